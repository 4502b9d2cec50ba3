"""The clearing at a moment: its table, its way to the member, and its own clock."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from clearing_bank import business_days
from clearing_bank.facts import Payment
from clearing_bank.requests import Mention
from clearing_bank.store import Answer, Store


class Outbox(Protocol):
    """Where documents for the member go."""

    def send(self, answer: Answer, /) -> None: ...


@dataclass(frozen=True)
class Clearing:
    """The clearing at a moment of its own clock."""

    store: Store
    outbox: Outbox
    now: datetime
    cut_off: time = time(18)

    @property
    def today(self) -> date:
        """Return the day on which it books."""
        return business_days.next_open(self.now.date())

    def send(self, *each: Answer) -> None:
        for one in each:
            self.outbox.send(one)

    def payment_of(self, mention: Mention) -> Payment | None:
        """Return the payment that a message names by its UETR."""
        return self.store.payment(mention.uetr) if mention.uetr else None


def message_id(kind: str, *made_of: str | None) -> str:
    """Return an id that is the same whenever the same thing is answered, so that the member can dedupe it."""
    return f"{kind}-{hashlib.sha256('|'.join(map(str, made_of)).encode()).hexdigest()[:28].upper()}"


def clock_at(store: Store, real: datetime) -> datetime:
    """Return the time of the clearing's own clock."""
    return real + store.clock_offset()


def move_clock(store: Store, by: timedelta) -> None:
    store.set_clock_offset(store.clock_offset() + by)
