"""Requests that move no money, made once: their key is recorded in the transaction of their effect."""

from collections.abc import Sequence

from chalicelib import clock
from chalicelib.domain.errors import KEY_REUSED, IdempotencyKeyReused
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.ledger.transaction import IdempotencyRecord, RequestRecord, Transaction, record_from_item
from chalicelib.models.transact import Extra


def find_earlier(idempotency_key: IdempotencyKey | None) -> str | None:
    """Return the id that an earlier request under this key led to.

    Raises IdempotencyKeyReused for another request, and HeldForApproval if the earlier one waits or waited for a second
    person. Call it before any check that the effect of the earlier request would change.
    """
    record = IdempotencyRecord.by_transaction_id(idempotency_key.transaction_id) if idempotency_key else None
    return _resource_id(record, idempotency_key) if record and idempotency_key else None


def commit_once(
    caller: Caller, idempotency_key: IdempotencyKey | None, resource_id: str, actions: Sequence[Action | Extra], at: str
) -> tuple[str, bool]:
    """Commit actions and, if there is a key, the record of it; return the resource's id, and whether it was replayed.

    A replay commits nothing: the id is that of the earlier request. Raises what `transact.commit` does; Cancelled with
    the reasons of the actions only, in their order.
    """
    if idempotency_key is None:
        transact.commit(actions, caller.request_id)
        return resource_id, False
    record = RequestRecord.of(idempotency_key.transaction_id, idempotency_key.fingerprint, resource_id, caller, at)
    try:
        transact.commit([record.put_if_absent(), *actions], caller.request_id)
    except transact.Cancelled as cancelled:
        first, *others = cancelled.reasons
        if first.is_condition and first.item:
            return _resource_id(record_from_item(first.item), idempotency_key), True
        raise transact.Cancelled(others) from cancelled
    return resource_id, False


def record_key(caller: Caller, idempotency_key: IdempotencyKey | None, resource_id: str) -> tuple[Extra, ...]:
    """Return the record of a key, to commit with an effect that the ledger commits."""
    if idempotency_key is None:
        return ()
    at = timestamp(clock.now())
    record = RequestRecord.of(idempotency_key.transaction_id, idempotency_key.fingerprint, resource_id, caller, at)
    return (Extra(record.put_if_absent(), IdempotencyKeyReused(KEY_REUSED)),)


def _resource_id(record: IdempotencyRecord, idempotency_key: IdempotencyKey) -> str:
    if record.fingerprint != idempotency_key.fingerprint:
        raise IdempotencyKeyReused(KEY_REUSED)
    record.raise_if_held()
    if isinstance(record, Transaction) and record.opens_account_id:
        return str(record.opens_account_id)
    return str(record.resource_id) if isinstance(record, RequestRecord) else str(record.id)
