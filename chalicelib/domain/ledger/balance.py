"""An account's balance, available balance and chain, as far as posting is concerned."""

from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import Literal

from chalicelib.domain.days import DAY, Days
from chalicelib.domain.errors import (
    AccountClosed,
    AccountFrozen,
    Figures,
    InsufficientFunds,
    Refusal,
)
from chalicelib.domain.interest import carried_fraction
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS, entry_hash
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.product import ProductType
from chalicelib.domain.time import TICK, start_of, timestamp

AccountType = Literal[ProductType, "general_ledger"]
Status = Literal["active", "frozen", "closed"]
StatementDelivery = Literal["none", "monthly"]
"""Whether the bank makes an account's statement when a month is over, or only when somebody asks for it."""
GENERAL_LEDGER = "gl."
WRITTEN = (
    "balance",
    "held",
    "ledger_version",
    "last_seq",
    "last_hash",
    "last_entry_at",
    "spent_on",
    "spent",
    "interest_paid_through",
    "interest_carried",
)


def is_general_ledger(account_id: str) -> bool:
    """Return whether an account is one of the bank's own, which have no floor."""
    return account_id.startswith(GENERAL_LEDGER)


@dataclass(frozen=True)
class InterestPaid:
    """Whole days whose interest an account has received, and the text of what its rounding carries on."""

    account_id: str
    days: Days
    carried: str

    def __post_init__(self) -> None:
        if self.days.count < 1:
            raise ValueError("a credit of interest is for one day or more")
        carried_fraction.parse(self.carried)


@dataclass(frozen=True)
class Position:
    """Amounts in minor units. `ledger_version` is what a write is conditioned on; it moves with every change here.

    `interest_paid_through` is the last day (YYYY-MM-DD) whose interest was credited, "" before the first credit;
    `interest_carried` what that credit left, as `domain/interest/carried_fraction.py` writes it, "" for nothing.
    """

    account_id: str
    currency: str
    status: Status = "active"
    balance: int = 0
    held: int = 0
    overdraft_limit: int = 0
    ledger_version: int = 0
    last_seq: int = 0
    last_hash: str = GENESIS
    last_entry_at: str = ""
    spent_on: str = ""
    spent: int = 0
    interest_paid_through: str = ""
    interest_carried: str = ""

    @property
    def available(self) -> int:
        return self.balance - self.held + self.overdraft_limit

    def counting_day(self, day: str) -> str:
        """Return the day (YYYY-MM-DD) on which a payment counts against the limit: never before the last counted one.

        Otherwise two machines whose clocks differ at midnight would reset the count of each other's day.
        """
        return max(day, self.spent_on)

    def spending_on(self, day: str) -> int:
        return self.spent if self.spent_on and self.spent_on == self.counting_day(day) else 0

    def refusal_to_move(self, amount: int) -> Refusal | None:
        """Return why the account's status refuses a signed amount, or None."""
        if self.status == "closed":
            return AccountClosed("The account is closed and neither pays nor receives.")
        if amount < 0 and self.status == "frozen":
            return AccountFrozen("The account is frozen: it receives, but does not pay. Ask the bank.")
        return None

    def refusal_to_spend(self, amount: int, day: str, limits: Limits | None) -> Refusal | None:
        """Return why limits or funds refuse to pay an amount (positive, minor units), or None."""
        if limits and (refusal := limits.refuse_day(self.spending_on(day), amount, self.currency, day)):
            return refusal
        if amount > self.available:
            figures: Figures = {"available": self.available, "currency": self.currency}
            return InsufficientFunds("The available balance is less than the amount.", figures=figures)
        return None

    def before_next_entry(self, zone: tzinfo) -> list[str]:
        """Return the moments that the next entry must come after: the last entry, and the end of the paid days.

        Otherwise a machine whose clock is slow could change a balance that has already earned interest.
        """
        moments = [self.last_entry_at] if self.last_entry_at else []
        if self.interest_paid_through:
            unpaid_from = start_of(date.fromisoformat(self.interest_paid_through) + DAY, zone)
            moments.append(timestamp(unpaid_from - TICK))
        return moments

    def spend(self, amount: int, day: str) -> "Position":
        """Count an amount against the day's limit."""
        return replace(self, spent_on=self.counting_day(day), spent=self.spending_on(day) + amount)

    def give_back(self, amount: int, day: str) -> "Position":
        """Return an amount to the limit of the day on which it was counted, unless the account counts another day."""
        return replace(self, spent=max(0, self.spent - amount)) if self.spent_on == day else self

    def hold(self, amount: int) -> "Position":
        """Set an amount aside; a negative one releases it."""
        return replace(self, held=self.held + amount)

    def enter(self, transaction_id: str, kind: str, amount: int, created_at: str) -> tuple["Position", Entry]:
        """Append one entry to the account's chain."""
        entry = Entry(
            account_id=self.account_id,
            seq=self.last_seq + 1,
            transaction_id=transaction_id,
            type=kind,
            amount=amount,
            currency=self.currency,
            balance_after=self.balance + amount,
            created_at=created_at,
            prev_hash=self.last_hash,
            hash="",
        )
        entry = replace(entry, hash=entry_hash(entry))
        after = replace(
            self, balance=entry.balance_after, last_seq=entry.seq, last_hash=entry.hash, last_entry_at=created_at
        )
        return after, entry

    def pay_interest(self, paid: InterestPaid) -> "Position":
        """Count days as paid, once: raises ValueError unless they come right after those that were."""
        if self.interest_paid_through and paid.days.start != date.fromisoformat(self.interest_paid_through) + DAY:
            raise ValueError(f"interest is paid through {self.interest_paid_through}, not to {paid.days.start}")
        return replace(self, interest_paid_through=paid.days.last.isoformat(), interest_carried=paid.carried)

    def posting_fields(self) -> dict[str, int | str]:
        """Return the fields that posting may change, by name. Currency, status and overdraft limit are left out."""
        return {name: getattr(self, name) for name in WRITTEN}

    def next_version(self) -> "Position":
        """Return the same position with the next version, ready to be written."""
        return replace(self, ledger_version=self.ledger_version + 1)
