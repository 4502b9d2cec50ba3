"""Alerts about a member of staff do not go where that person has had a hand.

A person who is suspected must not learn of it. `GET /v1/events` hides such an event from the person; an endpoint of the
bank would send it to an address of the person's choice.
"""

from collections.abc import Iterable, Sequence

from chalicelib.domain.events.event import Event
from chalicelib.domain.permissions import Caller
from chalicelib.domain.webhooks.endpoint import BANK
from chalicelib.models.batch import get_all
from chalicelib.models.events.event_row import rows_by_id
from chalicelib.models.identity.user import User
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.services import conflicts
from chalicelib.services.webhooks.rights import REQUEST_ID


def without_own(endpoints: Sequence[WebhookEndpoint], event: Event) -> list[WebhookEndpoint]:
    """Return the endpoints without those in which a party to what an event tells of has had a hand.

    Costs reads only for alerts.
    """
    if event.recipient != BANK or not conflicts.tells_of_alert(event.type):
        return list(endpoints)
    users = get_all(User, {User.key(one) for endpoint in endpoints for one in endpoint.people})
    parties = {user.id for user in users if user.linked_customer_id and _is_own(user, event)}
    return [one for one in endpoints if parties.isdisjoint(one.people)]


def filter_shown(caller: Caller, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return deliveries without those of alerts about the caller, at whichever endpoint."""
    found = list(deliveries)
    alerts = [one for one in found if one.owner == BANK and conflicts.tells_of_alert(one.event_type)]
    if caller.own_customer_id is None or not alerts:
        return found
    rows = rows_by_id([one.event_id for one in alerts], BANK)
    shown = {row.id for row in conflicts.without_own_events(caller, rows)}
    return [one for one in found if one not in alerts or one.event_id in shown]


def _is_own(user: User, event: Event) -> bool:
    person = Caller(user.id, user.role, REQUEST_ID, own_customer_id=user.linked_customer_id)
    return not conflicts.without_own_events(person, [event])
