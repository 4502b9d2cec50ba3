"""Sums of a day by which limits and ceilings are enforced, as the audit has them and as they must be.

An account counts what leaves it (`spent`). Items of a customer, or of a user of the staff, count what several accounts
pay, the cash that is brought, and what one person moves alone. Sums in minor units, by the bank's days.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from typing import Any

from chalicelib.domain.audit.record import Record
from chalicelib.domain.days import DAY
from chalicelib.domain.ledger import day_hours
from chalicelib.domain.time import day, moment, timestamp
from chalicelib.domain.verification.checks import Broken

DAYS_PROVEN = 7
"""Before the day of the verification. A ceiling reaches back to yesterday."""
CLOCKS_DIFFER_MAX = timedelta(seconds=6)
"""How far two machines that post may differ."""
LIMITED = frozenset({"withdrawal", "transfer", "payment"})
"""Types of transactions that count against the payer's limits."""
SHARED = ""
"""Stands for the only account of a customer whose payments are counted beside the accounts."""


@dataclass
class Bounds:
    """The least and the most that a sum can be. They differ by what the sum may have counted, or not."""

    least: int = 0
    most: int = 0

    def add(self, amount: int, *, is_sure: bool = True) -> None:
        """Add a signed amount that was counted, or that may have been."""
        if is_sure or amount < 0:
            self.least += amount
        if is_sure or amount > 0:
            self.most += amount

    def merge(self, other: "Bounds") -> None:
        """Add what another part of the same sum can be."""
        self.least += other.least
        self.most += other.most

    def require(self, where: str, found: int) -> None:
        """Check a sum. Raises Broken."""
        if not self.least <= found <= self.most:
            expected = self.most if self.least == self.most else f"{self.least} to {self.most}"
            raise Broken(where, expected, found)


@dataclass(frozen=True)
class Window:
    """The days that are proven, by the bank's time `zone`, up to the timestamp `cut`. The first one is `first`."""

    cut: str
    zone: tzinfo

    @property
    def first(self) -> str:
        return (day(self.cut, self.zone) - DAYS_PROVEN * DAY).isoformat()

    def day_of(self, at: str) -> str:
        """Return the bank's day (YYYY-MM-DD) of a timestamp."""
        return day(at, self.zone).isoformat()

    def has(self, at: str) -> bool:
        """Return whether what happened at a moment can be in a sum as of the cut, or may be."""
        return self.first <= self.day_of(at) and at <= _shift(self.cut, CLOCKS_DIFFER_MAX)

    def is_sure(self, at: str) -> bool:
        """Return whether a write of that moment is surely in a sum as of the cut: a group's sum is dated by its last
        transaction."""
        return at <= _shift(self.cut, -CLOCKS_DIFFER_MAX)

    def days_around(self, at: str) -> set[str]:
        """Return the days on which an account may have counted a payment of that moment: another machine's clock may
        have begun the next one."""
        return {self.day_of(at), self.day_of(_shift(at, CLOCKS_DIFFER_MAX))}


def _shift(at: str, by: timedelta) -> str:
    return timestamp(moment(at) + by)


@dataclass
class AccountDays:
    """The counts of an account on each day, followed through the audit of its partition: the account, then its
    holds. `seq` is the last entry that it has counted."""

    account_id: str
    window: Window
    found: dict[str, int] = field(default_factory=dict)
    due: defaultdict[str, Bounds] = field(default_factory=lambda: defaultdict(Bounds))
    seq: int = 0
    last_entry_at: str = ""
    _turns: list[tuple[str, str]] = field(default_factory=list)
    _until: str = ""
    _latest: str = ""

    @property
    def is_moved(self) -> bool:
        """Return whether the account has counted, or moved, on one of the days."""
        return bool(self.found or self.due) or (bool(self.seq) and self.window.has(self.last_entry_at))

    def follow(self, record: Record, state: Mapping[str, Any]) -> None:
        """Take the next record, with the fields of its item after it. Raises Broken."""
        if record.kind == "account":
            self._follow_account(record, state)
        elif record.kind == "hold" and record.at <= self._until:
            self._follow_hold(record, state)

    def _follow_account(self, record: Record, state: Mapping[str, Any]) -> None:
        where = f"audit of {self.account_id}, version {record.version}"
        if record.version > 1 and "counts_alone" in record.after:
            raise Broken(f"{where}: counts_alone", "nothing: it is set when the account is opened", "true")
        on = str(state.get("spent_on") or "")
        self._latest = max(self._latest, record.at)
        if record.at > self.window.cut:
            return
        before = self._turns[-1][1] if self._turns else ""
        if on != before:
            if self.window.has(record.at):
                self._require_turn(where, record, before, on)
            self._turns.append((record.at, on))
        if on >= self.window.first:
            self.found[on] = int(state.get("spent") or 0)
        self.seq, self.last_entry_at = int(state.get("last_seq") or 0), str(state.get("last_entry_at") or "")
        self._until = self._latest

    def _require_turn(self, where: str, record: Record, before: str, on: str) -> None:
        """Check that the day that the account counts is the day of the write: any other begins at nothing."""
        today = self.window.day_of(record.at)
        if on <= before or (on != today and self.window.day_of(_shift(record.at, -CLOCKS_DIFFER_MAX)) != on):
            raise Broken(f"{where}: spent_on", today, on or "nothing")

    def _follow_hold(self, record: Record, state: Mapping[str, Any]) -> None:
        amount, counted_on = int(state["amount"]), str(state["counted_on"])
        if record.version == 1:
            self._add(counted_on, amount)
        elif record.after.get("status") != "released":
            return
        elif "expires_at" in record.after:
            self._add(self.counting_day(record.at), -amount)  # its entry counts nothing: the hold has
        else:
            self.give_back(amount, counted_on, record.at)

    def counting_day(self, at: str) -> str:
        """Return the day on which the account counted a payment: its own, or a later one that had begun already."""
        return max(self.window.day_of(at), self._day_before(at))

    def pay(self, amount: int, at: str) -> None:
        """Count an entry that has left the account, in minor units."""
        self._add(self.counting_day(at), amount)

    def give_back(self, amount: int, counted_on: str, at: str) -> None:
        """Give an amount back to its day, unless the account counted a later one by then."""
        if self._day_before(at) == counted_on:
            self._add(counted_on, -amount)

    def require(self) -> None:
        """Check what the account has counted on each day. Raises Broken at the first that is wrong."""
        for on in sorted(self.found.keys() | self.due.keys()):
            self.due[on].require(f"{self.account_id}: spent on {on}", self.found.get(on, 0))

    def _add(self, on: str, amount: int) -> None:
        if on >= self.window.first:
            self.due[on].add(amount)

    def _day_before(self, at: str) -> str:
        """Return the day that the account counted right before a moment."""
        number = bisect_left(self._turns, (at, ""))
        return self._turns[number - 1][1] if number else ""


@dataclass(frozen=True)
class SumName:
    """Which sum of a person: of what, on which day, in which currency."""

    kind: str
    day: str
    currency: str

    @classmethod
    def of(cls, record: Record) -> "SumName":
        """Return the name of the sum that a record of `daily_spending` is about."""
        kind, on, currency = record.item_key[1].split("#")
        return cls(kind, on, currency)


@dataclass(frozen=True)
class Sharing:
    """When the customer's sum of a currency began, and with which account, whose sum of that day it took over."""

    at: str
    account_id: str | None


@dataclass
class PersonDays:
    """The sums of a customer, or of a user of the staff, followed through the audit of their partition.

    `hours` are those of all records, also after the cut. `shared` says by currency when the customer's sum began; with
    `is_legacy` no account ever counted alone. `alone` has by currency the only account, which counts for the customer.
    """

    window: Window
    found: Counter[SumName] = field(default_factory=Counter)
    hours: dict[SumName, Counter[int]] = field(default_factory=dict)
    keys: dict[tuple[str, str], SumName] = field(default_factory=dict)
    shared: dict[str, Sharing] = field(default_factory=dict)
    alone: dict[str, str] = field(default_factory=dict)

    def follow(self, record: Record, state: Mapping[str, Any]) -> None:
        """Take the next record, with the fields of its item after it. Raises Broken."""
        if record.kind == "daily_spending":
            self._follow_sum(record)
        elif record.kind == "customer_accounts" and "alone" in record.touched:
            self._follow_alone(record, state)

    def _follow_sum(self, record: Record) -> None:
        name = SumName.of(record)
        if name.day < self.window.first:
            return
        where = f"audit of {' '.join(record.item_key)}, version {record.version}"
        if record.event.endswith(".removed"):
            raise Broken(where, "a sum that is kept for 30 days", record.event)
        more = int(record.after.get("spent", 0)) - int(record.before.get("spent", 0))
        if more < 0 and name.kind != "SPENT":
            raise Broken(f"{where}: spent", f"{record.before['spent']} or more", record.after["spent"])
        self.keys[record.item_key] = name
        hours = self.hours.setdefault(name, Counter())
        if more > 0:
            hours[day_hours.hour_of(record.at, name.day, self.window.zone)] += more
        if record.at <= self.window.cut:
            self.found[name] += more

    def _follow_alone(self, record: Record, state: Mapping[str, Any]) -> None:
        before, after = self.alone, dict(state.get("alone") or {})
        for currency in before.keys() | after.keys():
            had, has = before.get(currency), after.get(currency)
            if had is not None and has not in (had, SHARED):
                where = f"audit of {' '.join(record.item_key)}, version {record.version}: alone in {currency}"
                raise Broken(where, had or "no account, for good", has)
            if has == SHARED and had != SHARED:
                self.shared[currency] = Sharing(record.at, had)
        self.alone = after

    def require_hours(self, key: tuple[str, str], hours: Mapping[int, int]) -> None:
        """Check the hours of an item that is at its last record. Raises Broken."""
        if (name := self.keys.get(key)) is None:
            return
        due = self.hours[name]
        for hour in sorted(due.keys() | hours.keys()):
            if due[hour] != hours.get(hour, 0):
                raise Broken(f"{' '.join(key)}: hour {hour}", due[hour], hours.get(hour, 0))

    def require(self, owner_id: str, due: Mapping[SumName, Bounds]) -> None:
        """Check the sums that were found. Raises Broken at the first that is wrong."""
        require_sums(owner_id, due, self.found)


def require_sums(owner_id: str, due: Mapping[SumName, Bounds], found: Mapping[SumName, int]) -> None:
    """Check a person's sums. Raises Broken at the first that is wrong."""
    for name in sorted(due.keys() | found.keys(), key=lambda one: (one.day, one.kind, one.currency)):
        where = f"{owner_id}: {name.kind} on {name.day} in {name.currency}"
        due.get(name, Bounds()).require(where, found.get(name, 0))
