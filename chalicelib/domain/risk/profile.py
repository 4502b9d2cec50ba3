"""The risk profile of an account, by which its next movement is judged: bounded, and folded from its movements.

The fold does not depend on their order, on how they come in batches, or on how often each is delivered: what it keeps
are sums by day and the latest of what is too much to keep, and it knows by their numbers what it has seen.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from chalicelib.domain.risk.known_parties import Known, add_meeting, read_known

DAY_SECONDS = 86_400
HISTORY_DAYS = 90
RECENT_SECONDS = 7 * DAY_SECONDS
RECENT_MAX = 64
AHEAD_MAX = 64
"""How many entries an entry may come after that were made later; what is later than that counts as seen."""
LOG_PARTS = 1000
"""Amounts vary by factors, so their logarithms (base 2) are kept: whole thousandths, whose sums are exact."""

Kind = Literal["transfer", "cash", "bank"]


@dataclass(frozen=True)
class Move:
    """A transaction as one customer's account sees it.

    `seq` is that of its entry, 0 of what is not posted. `amount` is in minor units, positive where it comes in;
    `second` since 1970. `counterparty` is a token; None where there is none, or it belongs to the same customer
    (`is_own`). What the bank does itself (interest, reversals) is of the kind `bank`.
    """

    account_id: str
    transaction_id: str
    seq: int
    amount: int
    currency: str
    second: int
    kind: Kind
    counterparty: str | None = None
    is_own: bool = False

    @property
    def day(self) -> int:
        return self.second // DAY_SECONDS

    @property
    def is_foreign(self) -> bool:
        """Return whether money enters or leaves the customer's accounts; only such moves are counted."""
        return self.kind != "bank" and not self.is_own


class Recent(NamedTuple):
    """A movement of the last days."""

    second: int
    seq: int
    amount: int
    counterparty: str | None


class Day(NamedTuple):
    """Counts, sums and the largest amount of one day, minor units; of what goes out also the sums of logarithms and of
    their squares. A day with nothing but zeros has seen the customer's own transfers."""

    in_count: int = 0
    in_sum: int = 0
    out_count: int = 0
    out_sum: int = 0
    out_largest: int = 0
    out_logs: int = 0
    out_squares: int = 0

    def with_amount(self, amount: int) -> "Day":
        if amount > 0:
            return self._replace(in_count=self.in_count + 1, in_sum=self.in_sum + amount)
        log = logarithm(-amount)
        return self._replace(
            out_count=self.out_count + 1,
            out_sum=self.out_sum - amount,
            out_largest=max(self.out_largest, -amount),
            out_logs=self.out_logs + log,
            out_squares=self.out_squares + log * log,
        )


NO_DAY = Day()


@dataclass(frozen=True)
class Profile:
    """`seen_to` and all before, and `seen_ahead`, are numbers of entries that are in it. `earlier_day` is the last day
    with a movement before those in `days`; `known` are the counterparties, with the days of first meetings."""

    seen_to: int = 0
    seen_ahead: tuple[int, ...] = ()
    days: Mapping[int, Day] = field(default_factory=dict)
    earlier_day: int | None = None
    recent: tuple[Recent, ...] = ()
    known: Known = field(default_factory=dict)

    def has_seen(self, seq: int) -> bool:
        return seq <= self.seen_to or seq in self.seen_ahead

    def during(self, move: Move, seconds: int) -> list[Recent]:
        """Return the remembered movements of so many seconds before a movement, without that movement."""
        since = move.second - seconds
        return [one for one in self.recent if since < one.second <= move.second and one.seq != move.seq]

    def to_json(self) -> dict[str, Any]:
        return {
            "seen": [self.seen_to, *self.seen_ahead],
            "days": [[day, *figures] for day, figures in sorted(self.days.items())],
            "earlier_day": self.earlier_day,
            "recent": [list(one) for one in self.recent],
            "known": {counterparty: list(met) for counterparty, met in sorted(self.known.items())},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Profile":
        return cls(
            seen_to=told["seen"][0],
            seen_ahead=tuple(told["seen"][1:]),
            days={day: Day(*figures) for day, *figures in told["days"]},
            earlier_day=told["earlier_day"],
            recent=tuple(Recent(*one) for one in told["recent"]),
            known=read_known(told["known"], DAY_SECONDS),
        )


def token(account_id: str, counterparty_id: str) -> str:
    """Return a short hash that stands for a counterparty, different in each profile, so that profiles name nobody."""
    return hashlib.sha256(f"{account_id}\n{counterparty_id}".encode()).hexdigest()[:10]


def logarithm(amount: int) -> int:
    """Return the logarithm of an amount of one or more, in thousandths."""
    return round(math.log2(amount) * LOG_PARTS)


def fold(profile: Profile, moves: Iterable[Move]) -> Profile:
    """Return the profile after these movements of its account; movements that it has seen change nothing."""
    for move in moves:
        if not profile.has_seen(move.seq):
            profile = _fold(profile, move)
    return profile


def _fold(profile: Profile, move: Move) -> Profile:
    seen_to, seen_ahead = _mark_seen(profile, move.seq)
    if move.kind == "bank":
        return Profile(seen_to, seen_ahead, profile.days, profile.earlier_day, profile.recent, profile.known)
    days, earlier_day = _days(profile, move)
    recent, known = profile.recent, profile.known
    if not move.is_own:
        recent = _recent(profile, move)
    if move.counterparty is not None:
        known = add_meeting(known, move.counterparty, move.day)
    return Profile(seen_to, seen_ahead, days, earlier_day, recent, known)


def _mark_seen(profile: Profile, seq: int) -> tuple[int, tuple[int, ...]]:
    """A missing number is waited for while it may be on its way: the stream keeps the order of an item, not of all."""
    ahead = sorted({*profile.seen_ahead, seq})
    seen_to = profile.seen_to
    if len(ahead) > AHEAD_MAX:
        seen_to = ahead[0]
    while ahead and ahead[0] <= seen_to + 1:
        seen_to = max(seen_to, ahead.pop(0))
    return seen_to, tuple(ahead)


def _days(profile: Profile, move: Move) -> tuple[dict[int, Day], int | None]:
    day = profile.days.get(move.day, NO_DAY)
    days = {**profile.days, move.day: day.with_amount(move.amount) if move.is_foreign else day}
    first = max(days) - HISTORY_DAYS + 1
    left = [one for one in days if one < first]
    if profile.earlier_day is not None:
        left.append(profile.earlier_day)
    return {one: figures for one, figures in days.items() if one >= first}, max(left, default=None)


def _recent(profile: Profile, move: Move) -> tuple[Recent, ...]:
    every = sorted((*profile.recent, Recent(move.second, move.seq, move.amount, move.counterparty)))
    since = every[-1].second - RECENT_SECONDS
    return tuple(one for one in every if one.second > since)[-RECENT_MAX:]
