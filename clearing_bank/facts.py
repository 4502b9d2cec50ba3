"""What the clearing remembers: payments, and entries on the member's account with it."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from clearing_bank.behaviour import Behaviour, behaviour_of

State = Literal["received", "settled", "rejected", "returned"]
"""`received`: without an answer. A rejected payment was never booked; a returned one was booked twice."""

Direction = Literal["from_member", "to_member"]


@dataclass(frozen=True)
class Party:
    """A debtor or creditor and its bank."""

    name: str
    iban: str
    bic: str | None = None
    town: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class Payment:
    """A payment by or to a customer of the member."""

    uetr: str
    direction: Direction
    member_bic: str | None
    message_id: str
    transaction_id: str
    end_to_end_id: str
    amount: Decimal
    currency: str
    debtor: Party
    creditor: Party
    settlement_date: date
    is_instant: bool = False
    remittance: str | None = None
    state: State = "received"
    code: str | None = None
    asked: int = 0
    """How many messages about it have come before."""

    @property
    def behaviour(self) -> Behaviour:
        return behaviour_of(self.creditor.name, self.remittance)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"amount": str(self.amount), "settlement_date": self.settlement_date.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Payment":
        return cls(
            **stored
            | {
                "amount": Decimal(stored["amount"]),
                "settlement_date": date.fromisoformat(stored["settlement_date"]),
                "debtor": Party(**stored["debtor"]),
                "creditor": Party(**stored["creditor"]),
            }
        )

    def with_state(self, state: State, code: str | None = None) -> "Payment":
        return replace(self, state=state, code=code)


@dataclass(frozen=True)
class Entry:
    """A booking on the member's account; positive if the member was credited.

    `payments` has UETR, transaction id, end-to-end id and amount of each payment. They are all instant, or none is said
    to be.
    """

    reference: str
    message_id: str
    day: date
    amount: Decimal
    currency: str
    payments: tuple[tuple[str, str, str, Decimal], ...]
    is_return: bool = False
    is_instant: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "amount": str(self.amount),
            "day": self.day.isoformat(),
            "payments": [[*names, str(amount)] for *names, amount in self.payments],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Entry":
        payments = tuple((a, b, c, Decimal(amount)) for a, b, c, amount in stored["payments"])
        return cls(
            **stored
            | {"amount": Decimal(stored["amount"]), "day": date.fromisoformat(stored["day"]), "payments": payments}
        )


def entry_of(payments: list[Payment], message_id: str, day: date, reference: str, *, is_return: bool = False) -> Entry:
    """Return the booking of payments of one message: the member pays for what it sends."""
    sign = Decimal(-1 if (payments[0].direction == "from_member") != is_return else 1)
    each = tuple((one.uetr, one.transaction_id, one.end_to_end_id, sign * one.amount) for one in payments)
    total = sum((amount for *_, amount in each), Decimal(0))
    is_instant = all(one.is_instant for one in payments)
    return Entry(reference, message_id, day, total, payments[0].currency, each, is_return, is_instant)
