"""Hands decisions about money to the service that holds it, which is loaded only then: it builds on this capability."""

from importlib import import_module
from typing import Any

from chalicelib.domain.approvals.decision import Verdict
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller

SERVICE = "chalicelib.services.payments.approvals"


def decide(caller: Caller, transaction_id: str, verdict: Verdict, note: str | None, key: IdempotencyKey | None) -> None:
    """Approve or reject a pending transaction. Raises what its service raises."""
    service: Any = import_module(SERVICE)
    if verdict == "approved":
        service.approve(caller, transaction_id, key, note)
    else:
        service.reject(caller, transaction_id, note, key)


def cancel(caller: Caller, transaction_id: str, key: IdempotencyKey | None) -> bool:
    """Cancel a pending transaction; return whether an earlier request had. Raises what its service raises."""
    service: Any = import_module(SERVICE)
    return bool(service.cancel(caller, transaction_id, key).replayed)
