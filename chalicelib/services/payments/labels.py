"""Categories, tags and memos that a party puts on its own side of a transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import clock
from chalicelib.domain.errors import Forbidden
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.customers import customers
from chalicelib.services.payments.transaction_views import VisibleTransaction


@dataclass(frozen=True)
class Annotations:
    """Text that a client adds to a payment. The memo is part of the payment; the rest labels the client's side only."""

    memo: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()

    def label(self, account_id: str, transaction_id: str, caller: Caller) -> Callable[[str], Action] | None:
        """Return the action that labels one side with its posting, or None if there is nothing to label."""
        if self.category is None and not self.tags:
            return None

        def action(created_at: str) -> Action:
            label = Label.new(account_id, transaction_id, created_at, self.category, list(self.tags))
            return label.stamp(caller, created_at).put_if_absent()

        return action


def annotate(seen: VisibleTransaction, caller: Caller, edits: dict[str, Any]) -> VisibleTransaction:
    """Set or clear (None) category, tags and memo on the caller's sides; how the caller sees it then.

    Raises Forbidden for a joint holder who may only view the account.
    """
    if not seen.labelled and not caller.sees_everything:
        raise Forbidden("You may only view this account. Ask its owner for the right to pay.")
    if not edits:
        return seen
    written = {account_id: _annotated(account_id, seen.transaction, caller, edits) for account_id in seen.labelled}
    return replace(seen, label=written.get(seen.sides[0], seen.label)) if seen.sides else seen


def follow_posting(caller: Caller, transaction: Transaction) -> list[Action]:
    """Return the actions that move the labels of a pending transaction to the moment of its posting.

    A side without a label is checked to have none, so a label that is set meanwhile makes the posting start again.
    """
    sides = [side.account_id for side in transaction.sides()]
    found = get_all(Label, (Label.key(account_id, transaction.id) for account_id in sides))
    labelled = {label.account_id for label in found}
    return [
        *(label.move_to(transaction.listed_at, caller) for label in found),
        *(Label.absent(account_id, transaction.id) for account_id in sides if account_id not in labelled),
    ]


@transact.until_committed
def _annotated(account_id: str, transaction: Transaction, caller: Caller, edits: dict[str, Any]) -> Label:
    if transaction.status == "pending":  # a label is listed at the posting's moment, so it must not miss the posting
        transaction = Transaction.by_id(transaction.id) or transaction
    label, action = _edited(account_id, transaction, caller, edits)
    still = [transaction.still_pending()] if transaction.status == "pending" else []
    owners = [side.customer_id for side in transaction.sides() if side.account_id == account_id]
    transact.commit([action, *still, *map(customers.unless_erased, owners)], caller.request_id)
    return label


def _edited(account_id: str, transaction: Transaction, caller: Caller, edits: dict[str, Any]) -> tuple[Label, Action]:
    now = timestamp(clock.now())
    existing = Label.find(*Label.key(account_id, transaction.id))
    before: dict[str, Any] = {"category": None, "tags": [], "memo": None}
    if existing:
        before = {"category": existing.category, "tags": existing.tags or [], "memo": existing.memo}
    wanted = before | edits
    label = Label.new(account_id, transaction.id, transaction.listed_at, **wanted)
    if existing is None:
        return label, label.stamp(caller, now).put_if_absent()
    return label, existing.become(label, caller, now)
