"""Webhook endpoints as their owners find them: whose they are, and what is in them in clear."""

from dataclasses import dataclass, field

from chalicelib.domain import errors, ids
from chalicelib.domain.errors import Forbidden
from chalicelib.domain.permissions import Caller
from chalicelib.domain.webhooks.endpoint import BANK, Scope, owner_of
from chalicelib.models.webhooks.endpoint import EndpointBook, WebhookEndpoint
from chalicelib.services.crypto import personal_fields


@dataclass(frozen=True)
class OpenedEndpoint:
    """An endpoint in clear. `secret` is there only in the response to the request that made it."""

    endpoint: WebhookEndpoint
    url: str | None = field(repr=False)
    description: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


def owner_for(caller: Caller, scope: Scope | None = None) -> str:
    """Return whose endpoints the caller handles. Raises Forbidden for another scope than the caller's."""
    owner = owner_of(caller)
    if owner is None or scope not in (None, "bank" if owner == BANK else "customer"):
        raise Forbidden("Customers have endpoints of the scope `customer`, managers and admins of the scope `bank`.")
    return owner


def subject_of(owner: str, endpoint_id: str) -> str:
    """Return under whose data key the fields of an endpoint and of its deliveries are sealed."""
    return endpoint_id if owner == BANK else owner


def find(caller: Caller, endpoint_id: str) -> WebhookEndpoint:
    """Read an endpoint. Raises NotFound, also for another owner's, and for one that is deleted."""
    is_id, owner = ids.is_id("whe", endpoint_id), owner_of(caller)
    found = WebhookEndpoint.by_id(owner, endpoint_id) if is_id and owner else None
    if found is None or found.status == "deleted":
        raise errors.unknown("webhook endpoint", endpoint_id)
    return found


def get(caller: Caller, endpoint_id: str) -> OpenedEndpoint:
    """Read an endpoint in clear. Raises NotFound."""
    return open_fields(find(caller, endpoint_id))


def list_all(caller: Caller) -> list[OpenedEndpoint]:
    """List the caller's endpoints, the last made first."""
    found = EndpointBook.of(owner_for(caller)).endpoints()
    opened = personal_fields.reveal(found)
    return [
        OpenedEndpoint(one, fields["url"], fields["description"])
        for one, fields in reversed(list(zip(found, opened, strict=True)))
    ]


def open_fields(endpoint: WebhookEndpoint) -> OpenedEndpoint:
    """Decrypt the address and the description of an endpoint."""
    fields = personal_fields.decrypt(endpoint)
    return OpenedEndpoint(endpoint, fields["url"], fields["description"])
