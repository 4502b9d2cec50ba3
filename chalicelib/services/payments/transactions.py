"""Transactions: looked up, listed, labelled, and undone by a linked reversal."""

from chalicelib import clock, config
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.errors import Conflict, Forbidden
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.services import conflicts
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.branches import vault_movements
from chalicelib.services.payments import transaction_views
from chalicelib.services.payments.transaction_views import VisibleTransaction

BETWEEN_BANKS = frozenset({"payment", "incoming_payment", "payment_return", "clearing_settlement", "clearing_fee"})
"""Types of transactions that another bank has booked, too."""


def get(caller: Caller, transaction_id: str) -> VisibleTransaction:
    """Read a transaction that the caller made or is a party of. Raises NotFound for any other."""
    [seen] = transaction_views.view_all(caller, [find(transaction_id)])
    if not seen.is_for(caller):
        raise errors.unknown("transaction", transaction_id)
    return seen


def reverse(
    caller: Caller, transaction_id: str, reason: str, idempotency_key: IdempotencyKey, *, allow_overdrawn: bool
) -> Outcome:
    """Post the linked opposite, once; on the day of the payment it gives back the payment's share of the day's limit.

    Raises Conflict for what was never posted, is reversed, or is a reversal, and ConflictOfInterest for who made it, or
    is a party to it as a customer.
    """
    if allow_overdrawn and not caller.may("transactions.overdraw"):
        raise Forbidden("Only a manager can send allow_overdrawn.")
    original = find(transaction_id)
    is_of_the_bank = original.transaction_type in vault_movements.OF_THE_BANK
    _require_may_reverse(caller, original, is_of_the_bank=is_of_the_bank)
    accounts = tuple(leg.account_id for leg in original.movement().legs)
    if is_of_the_bank and original.status == "posted":
        accounts = vault_movements.accounts_of(_undone(original, idempotency_key, allow_overdrawn=allow_overdrawn))

    def movement(_: Snapshot) -> Movement:
        if original.transaction_type == "reversal":
            raise Conflict("A reversal cannot be reversed.")
        if original.transaction_type in BETWEEN_BANKS:
            raise Conflict("What moved between banks cannot be reversed here: the other bank would not know of it.")
        if original.status != "posted" or original.reversed_by:
            raise Conflict(f"Only a posted transaction can be reversed, once. This one is {_standing(original)}.")
        undone = _undone(original, idempotency_key, allow_overdrawn=allow_overdrawn)
        return vault_movements.between_vaults(undone) if is_of_the_bank else undone

    approved = gate.require(caller, _build_request(original, reason, allow_overdrawn), idempotency_key)
    once = (Transaction.status == "posted") & Transaction.reversed_by.does_not_exist()
    link = original.update_if(once, [Transaction.reversed_by.set(idempotency_key.transaction_id)], caller, clock.now())
    order = PostingRequest(
        idempotency_key=idempotency_key,
        caller=caller,
        accounts=accounts,
        movement=movement,
        reverses=original.id,
        reason=reason,
        branch_id=original.branch_id,
        extras=(Extra(link, Conflict("Somebody else reversed it at the same time.")), *approved),
    )
    return ledger.post(order)


def _require_may_reverse(caller: Caller, original: Transaction, *, is_of_the_bank: bool) -> None:
    conflicts.require_no_party(caller, original)
    if is_of_the_bank and not caller.may("branches.move_cash"):
        raise Forbidden("Only a manager can reverse a movement of branch cash.")
    if original.status == "posted" and not original.reversed_by and original.transaction_type != "reversal":
        conflict_of_interest.require_other_maker(caller, original.initiated_by, conflict_of_interest.OWN_REVERSAL)


def _build_request(original: Transaction, reason: str, allow_overdrawn: bool) -> HeldRequest:
    return HeldRequest(
        "reverse",
        f"Reverse the {original.transaction_type} {original.id}.",
        resource_id=original.id,
        payload={"reason": reason, "allow_overdrawn": allow_overdrawn},
        parties=[original.initiated_by],
        accounts=sorted(original.account_ids()),
        amount=original.amount,
        currency=str(original.currency),
    )


def execute_reversal(maker: Caller, approval: Approval) -> None:
    """Carry out a reversal that was approved. Raises its refusal."""
    reverse(maker, str(approval.resource_id), idempotency_key=gate.key_of(approval), **approval.payload).raise_refusal()


def _undone(original: Transaction, idempotency_key: IdempotencyKey, *, allow_overdrawn: bool) -> Movement:
    counted = original.limit_shares(config.timezone())
    return original.movement_of_entries().reverse(
        idempotency_key.transaction_id,
        allow_overdrawn=allow_overdrawn,
        counted=counted,
        holder_id=original.holder_id,
    )


def _standing(transaction: Transaction) -> str:
    return "reversed already" if transaction.reversed_by else str(transaction.status)


def find(transaction_id: str) -> Transaction:
    """Read a transaction without a check of access. Raises NotFound."""
    existing = Transaction.by_id(transaction_id) if ids.is_id("txn", transaction_id) else None
    if existing is None:
        raise errors.unknown("transaction", transaction_id)
    return existing
