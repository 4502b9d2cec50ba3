"""The second person whom the endpoints of the bank need: they see what the whole bank does."""

from typing import Any, Literal

from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.webhooks.endpoint import BANK
from chalicelib.models.transact import Extra
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest

Deed = Literal["create", "edit", "enable", "rotate"]
_SAID: dict[Deed, str] = {
    "create": "Add",
    "edit": "Change",
    "enable": "Enable",
    "rotate": "Rotate the secret of",
}


def require(
    caller: Caller,
    owner: str,
    what: Deed,
    resource: tuple[str, int | None],
    payload: dict[str, Any],
    idempotency_key: IdempotencyKey | None = None,
) -> tuple[Extra, ...]:
    """Ask whether one person may do this to an endpoint of the bank; a customer's own wait for nobody.

    `resource` is the endpoint's id and version, None for a new one.
    """
    if owner != BANK:
        return ()
    endpoint_id, version = resource
    request = HeldRequest(
        "webhook_endpoint",
        f"{_SAID[what]} the webhook endpoint {endpoint_id} of the bank.",
        resource_id=endpoint_id,
        version=version,
        payload={"do": what, **payload},
    )
    return gate.require(caller, request, idempotency_key)
