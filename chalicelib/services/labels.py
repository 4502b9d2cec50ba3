"""Categories, tags and memos that a party puts on its own side of a transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib import clock
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.label import Label
from chalicelib.models.snapshot import batch_get
from chalicelib.models.transaction import Transaction


@dataclass(frozen=True)
class Marks:
    """What a client writes on a movement. The memo is the movement's own; the rest is for the one who wrote it."""

    memo: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()

    def label(self, account_id: str, transaction_id: str, caller: Caller) -> Callable[[str], Action] | None:
        """The action that labels one side as it is posted, if there is anything to say."""
        if self.category is None and not self.tags:
            return None

        def action(created_at: str) -> Action:
            label = Label.new(account_id, transaction_id, created_at, self.category, list(self.tags))
            return label.written(caller, created_at).put_if_absent()

        return action


def sides(transaction: Transaction, caller: Caller) -> list[str]:
    """The accounts whose side of a transaction the caller may label, its own reading first: staff act for the payer."""
    parties = [
        (transaction.from_account_id, transaction.from_customer_id),
        (transaction.to_account_id, transaction.to_customer_id),
    ]
    seen = [account_id for account_id, customer_id in parties if account_id and caller.sees(customer_id)]
    return seen[:1] if caller.sees_everything else seen


def of(transaction_ids: list[tuple[str, str]]) -> dict[tuple[str, str], Label]:
    """Labels of (account id, transaction id) pairs, those that exist."""
    found = batch_get((Label.key(*pair) for pair in transaction_ids), consistent=True)
    return {(label.account_id, label.transaction_id): label for label in found if isinstance(label, Label)}


def annotate(transaction: Transaction, caller: Caller, edits: dict[str, Any]) -> None:
    """Set or clear (None) category, tags and memo on the caller's sides."""
    for account_id in sides(transaction, caller):
        for _ in transact.attempts():
            try:
                transact.commit([_edited(account_id, transaction, caller, edits)], caller.request_id)
                break
            except transact.Cancelled:
                continue
        else:
            raise transact.gave_up(ambiguous=False)


def _edited(account_id: str, transaction: Transaction, caller: Caller, edits: dict[str, Any]) -> Action:
    now = timestamp(clock.now())
    standing = Label.find(*Label.key(account_id, transaction.id))
    before: dict[str, Any] = {"category": None, "tags": [], "memo": None}
    if standing:
        before = {"category": standing.category, "tags": standing.tags or [], "memo": standing.memo}
    wanted = before | edits
    label = Label.new(account_id, transaction.id, transaction.created_at or now, **wanted)
    if standing is None:
        return label.written(caller, now).put_if_absent()
    fields = ("category", "tags", "memo", "gsi1pk", "gsi1sk")
    changes = [
        getattr(Label, name).remove()
        if getattr(label, name) is None
        else getattr(Label, name).set(getattr(label, name))
        for name in fields
    ]
    return standing.update_if(Label.version == standing.version, changes, caller, now)
