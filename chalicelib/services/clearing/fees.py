"""What the clearing has booked for itself, such as a fee: an entry of its statement that belongs to no payment.

Its advice leaves the amount in gl.clearing, and no payment takes it out. A manager books it as the bank's expense, with
a second person. The statement says how much. The id of the transaction follows from the entry, so it is booked once.
"""

from dataclasses import dataclass
from datetime import date

from chalicelib import clock, config
from chalicelib.domain import money
from chalicelib.domain.clearing.reconciliation import is_without_payment
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import date_ranges, idempotency
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.clearing import nostro_statements
from chalicelib.services.payments import transactions

BOOKED = Conflict("This entry was booked before. Nothing was done.")


@dataclass(frozen=True)
class StatedFee:
    """An entry of a statement by its name. `amount` is in minor units, negative where the bank has paid."""

    name: str
    day: date
    currency: str
    amount: int

    @property
    def key(self) -> IdempotencyKey:
        """Return the only key under which it is booked: no client can send it."""
        return derive_key("clearing", f"fee {self.currency} {self.day} {self.name}", "clearing_fee", [self.amount])


def book(
    caller: Caller, key: IdempotencyKey, asked_day: str, currency: str, name: str, reason: str
) -> tuple[Transaction, bool]:
    """Book an entry of a day's statement; return the transaction, and whether an earlier request under the key did.

    It may wait for a second person. Raises ValidationFailed for the day, NotFound for an entry that no statement has,
    or that is of a payment, and Conflict for one that was booked before.
    """
    earlier = idempotency.find_earlier(key)
    if earlier:
        return transactions.find(earlier), True
    fee = _find(date_ranges.day_until_today("date", asked_day), currency, name)
    if Transaction.by_id(fee.key.transaction_id):
        raise BOOKED
    approved = gate.require(caller, _request(fee, reason), key)
    guard = UniqueKey.of_uetr(fee.name, fee.key.transaction_id).stamp(caller, timestamp(clock.now()))
    extras = (
        Extra(guard.put_if_absent(), BOOKED),
        *idempotency.record_key(caller, key, fee.key.transaction_id),
        *approved,
    )
    outcome = ledger.post(_posting(caller, fee, reason, extras))
    outcome.raise_refusal()
    if outcome.replayed:
        raise BOOKED
    return outcome.transaction, False


def execute(maker: Caller, approval: Approval) -> None:
    """Book an entry as it was approved."""
    asked = approval.payload
    book(maker, gate.key_of(approval), asked["date"], asked["currency"], asked["entry"], asked["reason"])


def _find(day: date, currency: str, name: str) -> StatedFee:
    stated = nostro_statements.find_day(currency, day) if currency in config.clearing_currencies() else None
    amount = sum(line.amount for line in stated.lines() if line.name == name) if stated else 0
    if not (amount and is_without_payment(name)):
        raise NotFound("The clearing's statement of this day has no such entry without a payment.")
    return StatedFee(name, day, currency, amount)


def _request(fee: StatedFee, reason: str) -> HeldRequest:
    amount = f"{money.text(fee.amount, fee.currency)} {fee.currency}"
    return HeldRequest(
        "clearing.fee",
        f"Book {amount} of the clearing's own, stated on {fee.day}.",
        resource_id=fee.key.transaction_id,
        payload={"date": fee.day.isoformat(), "currency": fee.currency, "entry": fee.name, "reason": reason},
        amount=abs(fee.amount),
        currency=fee.currency,
    )


def _posting(caller: Caller, fee: StatedFee, reason: str, extras: tuple[Extra, ...]) -> PostingRequest:
    pays, expense = general_ledger.clearing("standard", fee.currency), general_ledger.clearing_fees(fee.currency)
    legs = (Leg(pays, -fee.amount), Leg(expense, fee.amount))
    movement = Movement(fee.key.transaction_id, "clearing_fee", fee.currency, legs)
    return PostingRequest(
        idempotency_key=fee.key,
        caller=caller,
        accounts=(pays, expense),
        movement=lambda _: movement,
        reason=reason,
        uetr=fee.name,
        extras=extras,
    )
