"""Categories, tags and memos that a party puts on its own side of a transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import clock
from chalicelib.domain.errors import Conflict, Forbidden
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller, system
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import batch_get, get_all
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services import conflicts
from chalicelib.services.customers import customers
from chalicelib.services.payments import transactions
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


def annotate(
    caller: Caller, transaction_id: str, edits: dict[str, Any], matching: IfMatch = ANY_VERSION
) -> VisibleTransaction:
    """Set or clear (None) category, tags and memo on all of the caller's sides at once; return the caller's view.

    Category and tags of a reversed transaction are set on its reversal, too. Raises NotFound, Forbidden for a joint
    holder who may only view the account, ConflictOfInterest for staff whose own account it moved, and Conflict when
    `matching` (If-Match) is outdated.
    """
    seen = _annotate(caller, transaction_id, edits, matching)
    carried: dict[str, Any] = {name: edits[name] for name in ("category", "tags") if name in edits}
    if carried and seen.transaction.reversed_by:
        _annotate(caller, seen.transaction.reversed_by, carried, ANY_VERSION)
    return seen


@transact.until_committed
def _annotate(caller: Caller, transaction_id: str, edits: dict[str, Any], matching: IfMatch) -> VisibleTransaction:
    seen = transactions.get(caller, transaction_id)
    if not seen.labelled and not caller.sees_everything:
        raise Forbidden("You may only view this account. Ask its owner for the right to pay.")
    conflicts.require_no_party(caller, seen.transaction)
    matching.require(seen.version)
    if not edits or not seen.labelled:
        return seen
    edited = {account_id: _edit(account_id, seen, caller, edits) for account_id in seen.labelled}
    actions: list[Action] = [action for _, action in edited.values()]
    if matching.is_given:
        actions.append(seen.transaction.is_as_read())
        if seen.label and seen.sides[0] not in edited:
            actions.append(seen.label.is_as_read())
    elif seen.transaction.status == "pending":  # a label is listed at the posting's moment, so it must not miss that
        actions.append(seen.transaction.still_pending())
    owners = dict.fromkeys(one.customer_id for one in seen.transaction.sides() if one.account_id in edited)
    transact.commit([*actions, *map(customers.unless_erased, owners)], caller.request_id)
    label, _ = edited.get(seen.sides[0], (seen.label, None))
    return replace(seen, label=label)


def follow_posting(caller: Caller, transaction: Transaction) -> list[Action]:
    """Return the actions that move the labels of a pending transaction to the moment of its posting.

    A side without a label is checked to have none, so a label that is set meanwhile makes the posting start again.
    """
    return move_labels(caller, transaction, get_all(Label, keys_of(transaction)))


def keys_of(transaction: Transaction) -> list[Key]:
    """Return where the labels of a transaction's sides are, if they have any."""
    return [Label.key(side.account_id, transaction.id) for side in transaction.sides()]


def move_labels(caller: Caller, transaction: Transaction, found: Sequence[Label]) -> list[Action]:
    """Return the same actions as `follow_posting`, of labels that were read."""
    sides = [side.account_id for side in transaction.sides()]
    labelled = {label.account_id for label in found}
    return [
        *(label.move_to(transaction.listed_at, caller) for label in found),
        *(Label.absent(account_id, transaction.id) for account_id in sides if account_id not in labelled),
    ]


def put_once(label: Label, customer_id: str, caller: Caller) -> bool:
    """Put a label where there is none, unless its customer is erased. Return whether this caller has put it."""
    try:
        transact.commit([label.put_if_absent(), customers.unless_erased(customer_id)], caller.request_id)
    except transact.Cancelled as cancelled:
        existing = cancelled.reasons[0].found(Label)
        return existing is not None and existing.request_id == caller.request_id
    except Conflict:
        return False
    return True


def carry_over(reversals: Iterable[Transaction]) -> None:
    """Label each side of a reversal as what it reverses, unless it has a label: a refund belongs to that category."""
    sides = {Label.key(side.account_id, str(one.reverses)): (one, side) for one in reversals for side in one.sides()}
    for label in batch_get(sides):
        if isinstance(label, Label) and (label.category or label.tags):
            reversal, side = sides[label.own_key]
            copy = Label.new(side.account_id, reversal.id, reversal.listed_at, label.category, label.tags or [])
            caller = system(f"reversal-{reversal.id}")
            put_once(copy.stamp(caller, timestamp(clock.now())), side.customer_id, caller)


def _edit(account_id: str, seen: VisibleTransaction, caller: Caller, edits: dict[str, Any]) -> tuple[Label, Action]:
    """Return the label of a side after the edits, and the action that writes it if it is still as it was read."""
    now, transaction = timestamp(clock.now()), seen.transaction
    is_first = account_id == seen.sides[0]
    existing = seen.label if is_first else Label.find(*Label.key(account_id, transaction.id))
    before: dict[str, Any] = {"category": None, "tags": [], "memo": None}
    if existing:
        before = {"category": existing.category, "tags": existing.tags or [], "memo": existing.memo}
    wanted = before | edits
    label = Label.new(account_id, transaction.id, transaction.listed_at, **wanted)
    if existing is None:
        return label, label.stamp(caller, now).put_if_absent()
    label.version = existing.version + 1
    return label, existing.become(label, caller, now)
