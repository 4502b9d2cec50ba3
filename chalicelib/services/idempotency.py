"""Requests that move no money, made once: their key is recorded in the transaction of their effect."""

from chalicelib.domain.errors import KEY_REUSED, IdempotencyKeyReused
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.transaction import KeyRecord, Slot, Transaction, slot_from


def earlier(claim: Claim | None) -> str | None:
    """The id of what an earlier request under this key led to. Raises IdempotencyKeyReused if it was another request.

    Call it before any check that the effect of that earlier request would change.
    """
    slot = Slot.used(claim.transaction_id) if claim else None
    return _led_to(slot, claim) if slot and claim else None


def commit_once(
    caller: Caller, claim: Claim | None, resource_id: str, actions: list[Action], at: str
) -> tuple[str, bool]:
    """Commit under the claim, if there is one.

    Returns the id of the resource and whether it was an earlier request's. Raises transact.Cancelled when a condition
    of the actions failed, with their reasons only, in their order.
    """
    if claim is None:
        transact.commit(actions, caller.request_id)
        return resource_id, False
    record = KeyRecord.of(claim.transaction_id, claim.fingerprint, resource_id, caller, at)
    try:
        transact.commit([record.put_if_absent(), *actions], caller.request_id)
    except transact.Cancelled as cancelled:
        first, *others = cancelled.reasons
        if first.is_condition and first.item:
            return _led_to(slot_from(first.item), claim), True
        raise transact.Cancelled(others) from cancelled
    return resource_id, False


def _led_to(slot: Slot, claim: Claim) -> str:
    if slot.fingerprint != claim.fingerprint:
        raise IdempotencyKeyReused(KEY_REUSED)
    if isinstance(slot, Transaction) and slot.opens_account_id:
        return str(slot.opens_account_id)
    return str(slot.resource_id) if isinstance(slot, KeyRecord) else str(slot.id)
