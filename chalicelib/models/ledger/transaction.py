"""Transactions, which are their own idempotency records, and the records of requests that move no money.

Both live under the hash of (caller, idempotency key): whatever the endpoint, one condition lets a key serve once.
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import NamedTuple

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain import ids
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.entry import EntryDetails
from chalicelib.domain.ledger.posting import Awaited, Held, Leg, Movement, TransactionStatus, TransactionType
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import Action, BankItem, RawItem
from chalicelib.models.ledger.shards import without_shard
from chalicelib.models.paging import walk_keys

DAY_SHARDS = 4
"""Partitions of a day's list of all transactions, for one partition takes 1 000 writes a second."""


class Side(NamedTuple):
    """A customer's account that a transaction moves, and its owner at the time."""

    account_id: str
    customer_id: str


class IdempotencyRecord(BankItem):
    """The record of a used key. `fingerprint` is a hash of operation and body, without PIN or password."""

    id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    interest = CompactJSONAttribute(null=True)
    """Of a credit of interest, one of nothing too: `[currency, first day, last day, carried on]`."""

    @staticmethod
    def key(transaction_id: str) -> tuple[str, str]:
        return f"TXN#{transaction_id}", "TXN"

    @classmethod
    def by_transaction_id(cls, transaction_id: str) -> "IdempotencyRecord | None":
        return cls.find(*cls.key(transaction_id))

    @classmethod
    def is_absent(cls, transaction_id: str) -> Action:
        """Make a transaction depend on no request having used a key."""
        pk, sk = cls.key(transaction_id)
        condition = cls.pk.does_not_exist()
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(pk, sk, condition=condition)}

    def raise_if_held(self) -> None:
        """Raise HeldForApproval if the key's request waits, or waited, for a second person."""


class RequestRecord(IdempotencyRecord, discriminator="key"):
    """A request that moved no money and was made under a key: what it led to."""

    resource_id = UnicodeAttribute()

    def raise_if_held(self) -> None:
        if ids.is_id("apr", self.resource_id):
            raise HeldForApproval(self.resource_id, is_new=False)

    @classmethod
    def of(cls, transaction_id: str, fingerprint: str, resource_id: str, caller: Caller, at: str) -> "RequestRecord":
        pk, sk = cls.key(transaction_id)
        record = cls(pk, sk, id=transaction_id, fingerprint=fingerprint, resource_id=resource_id)
        return record.stamp(caller, at)


class Transaction(IdempotencyRecord, discriminator="transaction"):
    """Amounts in minor units; `amount` is positive. Its status takes one step forward, and nothing else changes.

    `legs` are the sides as asked for, `entries` what was posted: `[{account_id, seq, amount, balance_after}]`. What is
    posted at once has no `legs`, for its entries say the same, and the item stays below the kilobyte that writes cost.
    `awaits` is what a pending one waits for, until `hold_until` at most (UTC), and `approval_required` how many people
    must approve it. One without waits for a review that has no approval item. A payment to another bank waits for the
    clearing once it is approved, without an end: in this case alone the two change before the status. `holder_id` is
    the joint holder who pays from another customer's account. `joint_holders` are the joint holders of its accounts, by
    account, when it came to its status; None where no account has any. `order_id` and `occurrence` (a date) are of the
    order that it pays. `uetr` is of the payment between banks that came in, or came back.
    """

    transaction_type = ChoiceAttribute[TransactionType]()
    status = ChoiceAttribute[TransactionStatus]()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    from_account_id = UnicodeAttribute(null=True)
    to_account_id = UnicodeAttribute(null=True)
    from_customer_id = UnicodeAttribute(null=True)
    to_customer_id = UnicodeAttribute(null=True)
    legs = CompactJSONAttribute(null=True)
    entries = CompactJSONAttribute(null=True)
    holds = CompactJSONAttribute(null=True)
    failure = CompactJSONAttribute(null=True)
    reverses = UnicodeAttribute(null=True)
    reversed_by = UnicodeAttribute(null=True)
    memo = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    initiated_by = UnicodeAttribute()
    opens_account_id = UnicodeAttribute(null=True)
    branch_id = UnicodeAttribute(null=True)
    posted_at = UnicodeAttribute(null=True)
    hold_until = UnicodeAttribute(null=True)
    awaits = ChoiceAttribute[Awaited](null=True)
    holder_id = UnicodeAttribute(null=True)
    joint_holders = CompactJSONAttribute(null=True)
    approval_required = IntegerAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    occurrence = UnicodeAttribute(null=True)
    is_shown = BooleanAttribute(null=True)
    uetr = UnicodeAttribute(null=True)

    @classmethod
    def by_id(cls, transaction_id: str) -> "Transaction | None":
        """Read a transaction. Return None also if the key's request moved no money."""
        record = IdempotencyRecord.by_transaction_id(transaction_id)
        return record if isinstance(record, Transaction) else None

    @property
    def approval_id(self) -> str | None:
        """Return the id of the approval that it waits for, or waited for."""
        return ids.with_prefix("apr", self.id) if self.approval_required else None

    def holder_ids(self, account_id: str) -> list[str] | None:
        """Return who held an account jointly when the transaction came to its status, or None if nobody did."""
        return (self.joint_holders or {}).get(account_id)

    def sides(self) -> list[Side]:
        """Return the customers' accounts that it moves, the payer's first. The bank's own accounts are no sides."""
        parties = ((self.from_account_id, self.from_customer_id), (self.to_account_id, self.to_customer_id))
        return [Side(account_id, customer_id) for account_id, customer_id in parties if account_id]

    def account_ids(self) -> set[str]:
        """Return the ids of the customers' accounts that it moves."""
        return {side.account_id for side in self.sides()}

    def details_for(self, account_id: str) -> EntryDetails:
        """Return what lists show of it with its entry of an account."""
        return EntryDetails.of(account_id, (self.from_account_id, self.to_account_id), self.memo)

    def due_details(self, account_id: str) -> EntryDetails | None:
        """Return what its entry of an account must have stored of it, None if it was posted before entries did."""
        return self.details_for(account_id) if self.is_shown else None

    def movement(self) -> Movement:
        """Return the movement that was posted, or that will be if it is still pending."""
        if self.legs is None:
            return self.movement_of_entries()
        legs = tuple(Leg(account_id, amount) for account_id, amount in self.legs)
        return Movement(self.id, self.transaction_type, self.currency, legs)

    def movement_of_entries(self) -> Movement:
        """Return the posted movement, from the entries; general-ledger accounts have no shard."""
        legs = merge_shards((entry["account_id"], entry["amount"]) for entry in self.entries)
        return Movement(self.id, self.transaction_type, self.currency, tuple(Leg(*leg) for leg in legs))

    @property
    def listed_at(self) -> str:
        """Return the moment under which every list has it: its posting, or its request if it is not posted."""
        return str(self.posted_at or self.created_at)

    @classmethod
    def ids_made_by(cls, user_id: str, since: str) -> Iterator[str]:
        """Yield the ids of a user's transactions from a moment on that were not posted at once, and some that were, by
        an index that may be a moment behind."""
        for page in walk_keys(keys.user(user_id), "gsi2", cls.gsi2sk >= since):
            yield from (keys.id_in(pk) for pk, _ in page)

    @property
    def is_at_clearing(self) -> bool:
        """Return whether it waits for the clearing, which alone ends it."""
        return bool(self.status == "pending" and self.awaits == "clearing")

    @property
    def is_handed_over(self) -> bool:
        """Return whether it is, or was, left to the clearing: its state there says what became of it."""
        return bool(self.awaits == "clearing")

    def is_overdue(self, at: str) -> bool:
        """Return whether a pending transaction may not be decided any more at a moment (UTC)."""
        return bool(self.hold_until) and at >= self.hold_until

    def limit_shares(self, zone: tzinfo) -> tuple[Held, ...]:
        """Return what a posted transaction counted against its payers' limits: when it was held, or else posted.

        Only withdrawals and transfers have a paying customer and count. `zone` is the bank's.
        """
        if self.holds:
            return self.own_holds()
        on = day(str(self.posted_at), zone).isoformat()
        paid = [leg for leg in self.movement_of_entries().legs if leg.amount < 0]
        return tuple(Held(leg.account_id, -leg.amount, on) for leg in paid if not is_general_ledger(leg.account_id))

    @property
    def is_own(self) -> bool:
        """Return whether it moves money between accounts of one customer."""
        return bool(self.from_customer_id) and self.from_customer_id == self.to_customer_id

    def own_holds(self) -> tuple[Held, ...]:
        """Return what is, or was, set aside for it."""
        return tuple(Held(account_id, amount, on) for account_id, amount, on in self.holds or [])

    def listed(self) -> "Transaction":
        """Put it on the list of its day and on that of its initiator."""
        for name, value in places_of(self.id, self.listed_at, self.initiated_by).items():
            setattr(self, name, value)
        return self

    def leave_to_its_accounts(self, caller: Caller) -> "Transaction":
        """Take a posted transaction off its initiator's list, which costs a write unit, if no one looks for it there.

        A customer finds it by the entries of an own account that it moved. Staff have lists of days.
        """
        if caller.customer_id in (None, self.from_customer_id, self.to_customer_id):
            self.gsi2pk = self.gsi2sk = None
        return self

    def place_by_initiator(self) -> dict[str, str | None]:
        """Return the index attributes of its initiator's list once it is posted after a wait.

        It leaves that list unless a joint holder has made it: its owner finds it by the entry of the account.
        """
        if not self.holder_id:
            self.gsi2pk = self.gsi2sk = None
        return {"gsi2pk": self.gsi2pk, "gsi2sk": self.gsi2sk}

    def still_pending(self) -> Action:
        """Return the check that it is pending when others commit with it."""
        condition = type(self).status == "pending"
        return {"ConditionCheck": self.get_operation_kwargs_from_class(self.pk, self.sk, condition=condition)}


def merge_shards(legs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return legs with general-ledger accounts instead of their shards: several of one account are one leg."""
    sums = dict[str, int]()
    for account_id, amount in legs:
        name = without_shard(account_id)
        sums[name] = sums.get(name, 0) + amount
    return list(sums.items())


def places_of(transaction_id: str, listed_at: str, initiated_by: str) -> dict[str, str]:
    """Return the index attributes of a transaction, which put it on the lists of its day and of its initiator."""
    of_day = day_list(listed_at[:10], day_shard(transaction_id))
    return {"gsi1pk": of_day, "gsi1sk": listed_at, "gsi2pk": keys.user(initiated_by), "gsi2sk": listed_at}


def day_list(day: str, shard: int) -> str:
    """Return an index partition in which transactions of a UTC day are listed."""
    return f"DAY#{day}#{shard}"


def day_shard(transaction_id: str) -> int:
    return sum(transaction_id.encode()) % DAY_SHARDS


def record_from_item(item: RawItem) -> IdempotencyRecord:
    """Return the record that a refused write found at its key."""
    return IdempotencyRecord.from_raw_data(item)
