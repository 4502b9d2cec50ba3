"""Changes an endpoint as it was read, once its owner, and where it takes one a second person, allows it."""

from collections.abc import Callable
from typing import Any

from chalicelib import aws, clock
from chalicelib.domain.errors import Forbidden
from chalicelib.domain.if_match import IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.domain.webhooks.endpoint import BANK
from chalicelib.models import transact
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.services import idempotency
from chalicelib.services.customers import customers
from chalicelib.services.webhooks import endpoint_lookup, second_person
from chalicelib.services.webhooks.endpoint_lookup import OpenedEndpoint
from chalicelib.services.webhooks.second_person import Deed

NO_RIGHT = "You may no longer manage webhook endpoints."


@transact.until_committed
def change(
    caller: Caller,
    endpoint_id: str,
    decide: Callable[[WebhookEndpoint], dict[str, object]],
    matching: IfMatch,
    asked: tuple[Deed, dict[str, Any]],
    idempotency_key: IdempotencyKey | None = None,
) -> OpenedEndpoint:
    """Set what `decide` returns, if the endpoint is still as it was read. `asked`: the action that may have to wait."""
    endpoint = endpoint_lookup.find(caller, endpoint_id)
    matching.require(endpoint.version)
    changes, at, actions = decide(endpoint), timestamp(clock.now()), list[Action | Extra]()
    if not changes and idempotency_key is None:
        return endpoint_lookup.open_fields(endpoint)
    if changes:
        seen = (endpoint_id, endpoint.version)
        if not _is_allowed_already(asked[0], endpoint, caller, at):
            actions += second_person.require(caller, endpoint.owner, asked[0], seen, asked[1], idempotency_key)
        changes |= {"handled_by": endpoint.with_hand_of(caller.user_id)}
        actions += [*conditions(caller, endpoint.owner), endpoint.set_as_read(changes, caller, at)]
    idempotency.commit_once(caller, idempotency_key, endpoint_id, actions, at)
    with aws.unknown_outcome_on_error():
        return endpoint_lookup.get(caller, endpoint_id)


def _is_allowed_already(deed: Deed, endpoint: WebhookEndpoint, caller: Caller, at: str) -> bool:
    """Return whether an earlier approval covers this: it lets one person rotate the secret once."""
    return deed == "rotate" and caller.approval_id is None and endpoint.may_rotate(caller.user_id, at)


def conditions(caller: Caller, owner: str) -> list[Extra]:
    """Return what must still hold when a change is written: the caller's right, and that its customer is not erased."""
    still = [Extra(User.still_may(caller.user_id, "webhooks.manage"), Forbidden(NO_RIGHT))]
    return still if owner == BANK else [*still, customers.unless_erased(owner)]
