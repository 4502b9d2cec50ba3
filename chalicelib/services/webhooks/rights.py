"""The right of an endpoint to its owner's events, asked before each attempt."""

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.domain.time import timestamp
from chalicelib.domain.webhooks.endpoint import DisabledReason
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.observability import count, logger
from chalicelib.services.mail import order as mail

REQUEST_ID = "webhooks"


def has_right(endpoint: WebhookEndpoint) -> bool:
    """Return whether the person responsible for an endpoint may still have it. Takes one read.

    The person must be active in a role that may manage endpoints. Of a customer's endpoint it must still act as that
    customer, who must not be erased or about to be.
    """
    wanted = [User.key(endpoint.responsible_id)]
    if endpoint.customer_id:
        wanted.append(Customer.key(endpoint.customer_id))
    found = batch_get(wanted)
    user = next((one for one in found if isinstance(one, User)), None)
    if user is None or not user.may("webhooks.manage") or user.customer_id != endpoint.customer_id:
        return False
    customer = next((one for one in found if isinstance(one, Customer)), None)
    return not endpoint.customer_id or (customer is not None and customer.status == "active")


def disable(endpoint: WebhookEndpoint, reason: DisabledReason) -> None:
    """Disable an endpoint for a reason, and mail the person responsible, unless it has been changed meanwhile.

    The change is audited, so it makes the event `endpoint.disabled`.
    """
    caller = system(REQUEST_ID)
    try:
        transact.commit([endpoint.disable(reason, caller, timestamp(clock.now()))], caller.request_id)
    except transact.Cancelled:
        return  # disabled, deleted or edited in this moment: the next attempt reads it again
    count("WebhookEndpointsDisabled", reason=reason)
    logger.warning("a webhook endpoint is disabled", endpoint_id=endpoint.id, reason=reason)
    mail.tell("endpoint_disabled", endpoint.responsible_id, caller)
