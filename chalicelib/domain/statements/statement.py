"""An account's statement for one of the bank's months: opening balance, entries, closing balance.

Pure: entries come in as the ledger has them, and what does not follow from them is never stated. A statement tells what
was posted, in the words of that moment: how a party has labelled its side since is its own, and changes no statement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Self

from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.month import Month
from chalicelib.domain.time import TICK, day, moment, start_of, timestamp


@dataclass(frozen=True)
class StatementAccount:
    """The account that a statement is of; it was opened on one of the bank's days.

    `holder_ids` are the customers who hold it jointly with the owner.
    """

    account_id: str
    account_number: str
    iban: str
    account_type: str
    currency: str
    customer_id: str
    opened_on: date
    holder_ids: tuple[str, ...] = ()

    @property
    def named_ids(self) -> tuple[str, ...]:
        """Return the customers whom a letter names: the owner, then the joint holders."""
        return (self.customer_id, *self.holder_ids)


@dataclass(frozen=True)
class Period:
    """A month, seen on one of the bank's days: while it runs, its statement is one to date."""

    month: Month
    today: date
    zone: tzinfo

    @classmethod
    def parse(cls, text: str, opened_on: date, now: datetime, zone: tzinfo) -> Self:
        """Parse a month.

        Raises ValueError, with a message for the client, for a future month or one before the account.
        """
        period = cls(Month.parse(text), now.astimezone(zone).date(), zone)
        if period.first > period.today:
            raise ValueError("is in the future")
        if period.month.last < opened_on:
            raise ValueError(f"is before the account was opened, on {opened_on}")
        return period

    @property
    def first(self) -> date:
        return self.month.first

    @property
    def last(self) -> date:
        return min(self.month.last, self.today)

    @property
    def is_over(self) -> bool:
        return self.today > self.month.last

    @property
    def label(self) -> str:
        """Return the month, or the day up to which its statement goes while it runs: for ids and file names."""
        return str(self.month) if self.is_over else self.last.isoformat()

    @property
    def since(self) -> str:
        """Return the first moment of the month, as a timestamp."""
        return timestamp(start_of(self.month.first, self.zone))

    @property
    def until(self) -> str:
        """Return the month's last moment, even if it is to come: an entry may be ahead of this machine's clock."""
        return timestamp(start_of(self.month.after.first, self.zone) - TICK)


@dataclass(frozen=True)
class PaymentBatch:
    """Payments of a file that it asks to have booked together (`BtchBookg` of a `PmtInf`).

    The texts are those of the customer who handed the file in; None once that customer is erased.
    """

    id: str
    file_id: str
    message_id: str | None = None
    payment_information_id: str | None = None


@dataclass(frozen=True)
class Line:
    """An entry, and what its transaction tells of it. The counterparty is the account on the other side, if any.

    Its name is known where everybody who may see the statement may see that account, too, and if it is at another bank.
    Of that bank the BIC is known where its message had it; the code is that in the IBAN. Of a return they are those of
    the payment, and `return_reason` is ISO's code of why it came back.
    """

    entry: Entry
    memo: str | None = None
    counterparty_id: str | None = None
    counterparty_number: str | None = None
    counterparty_iban: str | None = None
    counterparty_name: str | None = None
    counterparty_bic: str | None = None
    counterparty_bank_code: str | None = None
    end_to_end_id: str | None = None
    batch: PaymentBatch | None = None
    is_instant: bool = False
    uetr: str | None = None
    return_reason: str | None = None

    @property
    def is_between_banks(self) -> bool:
        return self.entry.type in {"payment", "incoming_payment", "payment_return"}


@dataclass(frozen=True)
class Statement:
    """Amounts in minor units. `newest` is the last entry up to the period's end, which may be older than the period."""

    account: StatementAccount
    period: Period
    newest: Entry | None
    lines: Sequence[Line]

    def __post_init__(self) -> None:
        before: Entry | None = None
        for entry in self.entries:
            self._require_to_follow(before, entry)
            before = entry
        if self.newest and self.newest.created_at >= self.period.since and self.newest != before:
            raise ValueError("the entries of the month do not end with the newest")
        if before and before != self.newest:
            raise ValueError("there are entries after the newest")

    @property
    def entries(self) -> Iterator[Entry]:
        return (line.entry for line in self.lines)

    @property
    def opening_balance(self) -> int:
        if self.lines:
            first = self.lines[0].entry
            return first.balance_after - first.amount
        return self.closing_balance

    @property
    def closing_balance(self) -> int:
        return self.newest.balance_after if self.newest else 0

    @property
    def total_in(self) -> int:
        return sum(entry.amount for entry in self.entries if entry.amount > 0)

    @property
    def total_out(self) -> int:
        """Return the sum that left the account, as a positive amount."""
        return -sum(entry.amount for entry in self.entries if entry.amount < 0)

    @property
    def interest(self) -> int:
        """Return the interest credited in the month; it is part of `total_in`."""
        return sum(entry.amount for entry in self.entries if entry.type == "interest_credit")

    @property
    def last_seq(self) -> int:
        return self.newest.seq if self.newest else 0

    @property
    def made_at(self) -> datetime:
        """Return a moment that is the same for the same statement: the end of the month.

        Of a month that runs it is the start of today, or the last entry if that is later: neither is to come.
        """
        if self.period.is_over:
            return start_of(self.period.month.after.first, self.period.zone)
        today = start_of(self.period.last, self.period.zone)
        return max(today, moment(self.newest.created_at)) if self.newest else today

    @property
    def until(self) -> str:
        """Return the last moment that the statement is of, as a timestamp."""
        return self.period.until if self.period.is_over else timestamp(self.made_at)

    def day(self, entry: Entry) -> date:
        """Return the bank's day of an entry."""
        return day(entry.created_at, self.period.zone)

    def _require_to_follow(self, before: Entry | None, entry: Entry) -> None:
        if (
            entry.account_id != self.account.account_id
            or not self.period.since <= entry.created_at <= self.period.until
        ):
            raise ValueError(f"entry {entry.seq} is none of this month")
        last_seq = before.seq if before else entry.seq - 1
        balance = before.balance_after if before else entry.balance_after - entry.amount
        if entry.seq != last_seq + 1 or entry.balance_after != balance + entry.amount:
            raise ValueError(f"entry {entry.seq} does not follow from the one before it")
        if entry.seq == 1 and balance != 0:
            raise ValueError("the first entry of an account follows nothing")
