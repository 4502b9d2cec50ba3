"""What the ledger and the audit would have written, without a transaction for each posting.

The rules are the bank's own: the domain decides and chains, the models make the items. Only what DynamoDB would do in
between is done here: an item is kept at its last version, and each version that led there leaves its audit record.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Generic, TypeVar

from chalicelib import config
from chalicelib.domain.audit.record import record_of
from chalicelib.domain.audit.stream_change import Change
from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.errors import Refusal
from chalicelib.domain.events.counting import count_event
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, next_timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.events.stream_record import fields_of, image_of
from chalicelib.models.item import BankItem, Item
from chalicelib.models.ledger import items
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.services.audit.event_writer import rows_of

ItemT = TypeVar("ItemT", bound=BankItem)

_is_audited = True


@contextmanager
def unaudited() -> Iterator[None]:
    """Leave the audit away while the block runs: it is half of all items and two thirds of the time they take, and
    whoever measures reports reads none of it. `verify` will miss it."""
    global _is_audited
    _is_audited = False
    try:
        yield
    finally:
        _is_audited = True


class Kept(Generic[ItemT]):
    """An item of `bank` as it stands, and the end of its audit chain."""

    def __init__(self, item: ItemT):
        self.item = item
        self._audited: Image | None = None
        self._hash = GENESIS
        self._event_count: int | None = None

    def audited(self) -> Iterator[Item]:
        """The record of the version that the item has now, and its event; to be asked for once for each version."""
        image = fields_of(image_of(self.item.serialize()))
        change = Change(*self.item.own_key, self._audited, image, str(self.item.updated_at), "")
        record = count_event(record_of(change, self._hash), self._event_count)
        self._audited, self._hash, self._event_count = image, record.hash, record.event_count
        yield AuditRecord.of(record)
        yield from rows_of(record, change, is_wanted=False)


def new(item: BankItem) -> Iterator[Item]:
    """An item that stays as it is, and the record of its making."""
    yield item
    if _is_audited:
        yield from Kept(item).audited()


def post(
    idempotency_key: IdempotencyKey,
    movement: Movement,
    accounts: Mapping[str, Kept[Account]],
    caller: Caller,
    at: datetime,
    memo: str | None = None,
    branch_id: str | None = None,
) -> Iterator[Item]:
    """Move the accounts on, and give all other items of the posting: transaction, entries and audit records.

    An account that has not moved before is opened by it. `at` is when the money moves, or just after the last entry of
    any account if that is later. A branch is the caller's own, unless told. Raises the refusal that the bank would
    answer with.
    """
    snapshot = Snapshot(accounts={account_id: kept.item for account_id, kept in accounts.items()})
    created_at = next_timestamp(at, [kept.item.last_entry_at or "" for kept in accounts.values()])
    opened = [account.id for account in snapshot.accounts.values() if account.customer_id and not account.last_seq]
    decision = posting.post(movement, snapshot.positions(), created_at, day(created_at, config.timezone()).isoformat())
    if isinstance(decision, Refusal):
        raise decision
    made = items.transaction(idempotency_key, movement, snapshot, caller, created_at)
    made.status, made.posted_at, made.legs, made.is_shown = "posted", created_at, None, True
    made.entries, made.branch_id = items.entries_json(decision), branch_id or caller.branch_id
    made.opens_account_id, made.memo = opened[0] if opened else None, memo
    yield from new(made)
    yield from (LedgerEntry.of(entry, made.details_for(entry.account_id)) for entry in decision.entries)
    for position in decision.positions:
        kept = accounts[position.account_id]
        _move(kept.item, position, caller, created_at)
        if _is_audited:
            yield from kept.audited()


def _move(account: Account, position: Position, caller: Caller, at: str) -> None:
    """As an update of the account would leave it; one that has never moved comes into being at its first version."""
    if account.ledger_version:
        account.version += 1
        account.updated_at, account.updated_by, account.request_id = at, caller.user_id, caller.request_id
    account.stand_at(position)
