"""Deliveries as their owners see them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.domain import errors
from chalicelib.domain.permissions import Caller
from chalicelib.domain.webhooks.delivery import Status
from chalicelib.domain.webhooks.endpoint import owner_of
from chalicelib.models.paging import Page, Paging, first_with_any
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.services import conflicts
from chalicelib.services.crypto import personal_fields
from chalicelib.services.webhooks import endpoint_lookup, own_matters


@dataclass(frozen=True)
class OpenedDelivery:
    """A delivery with its attempts in clear, the first one first."""

    delivery: Delivery
    attempts: list[dict[str, Any]]


def find(caller: Caller, delivery_id: str) -> Delivery:
    """Read a delivery. Raises NotFound, also for another owner's."""
    found = Delivery.by_id(delivery_id)
    if found is None or found.owner != owner_of(caller) or not own_matters.filter_shown(caller, [found]):
        raise errors.unknown("delivery", delivery_id)
    return found


def get(caller: Caller, delivery_id: str) -> OpenedDelivery:
    """Read a delivery with what the receiver said at each attempt. Raises NotFound."""
    return open_attempts(find(caller, delivery_id))


def open_attempts(delivery: Delivery) -> OpenedDelivery:
    """Decrypt what the receiver said; nothing of it is left where the key is destroyed."""
    subject_id = endpoint_lookup.subject_of(delivery.owner, delivery.endpoint_id)
    return OpenedDelivery(delivery, [_open(delivery, subject_id, one) for one in delivery.attempts])


def page(caller: Caller, endpoint_id: str, status: Status | None, paging: Paging) -> Page[Delivery]:
    """List the deliveries to an endpoint, the last made first. A filtered page may be short. Raises NotFound."""
    endpoint = endpoint_lookup.find(caller, endpoint_id)

    def read(asked: Paging) -> Page[Delivery]:
        found = Delivery.page_of_endpoint(endpoint.id, asked)
        return Page([one for one in found.items if status in (None, one.status)], found.next_cursor)

    show = partial(own_matters.filter_shown, caller)
    return conflicts.fill_page(paging, lambda asked: first_with_any(read, asked), show)


def _open(delivery: Delivery, subject_id: str, attempt: dict[str, Any]) -> dict[str, Any]:
    sealed = attempt.get("answer")
    text = personal_fields.decrypt_text(subject_id, delivery.own_key, "answer", sealed) if sealed else None
    return {**attempt, "answer": text}
