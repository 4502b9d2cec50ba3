"""Interest of an account: what is pending, and crediting it, each day exactly once."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from chalicelib.domain import errors, ids
from chalicelib.domain.days import Days
from chalicelib.domain.errors import AccountClosed, Conflict
from chalicelib.domain.interest import carried_fraction
from chalicelib.domain.interest.accrual import Accrual
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.interest import credit as interest_credit
from chalicelib.models.interest.credit import InterestDue
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction
from chalicelib.services.interest.accrual import accrue, unpaid, yesterday
from chalicelib.services.interest.terms import TermsByProduct


@dataclass(frozen=True)
class Credited:
    """The result of a credit: `amount` in minor units of `currency` for `days`, and the carried fraction.

    `transaction` is None if no money moved: the interest rounded to zero, or no day was left to pay (`is_nothing`).
    """

    account_id: str
    currency: str
    days: Days
    amount: int
    carried: Fraction
    transaction: Transaction | None = None
    replayed: bool = False

    @property
    def is_nothing(self) -> bool:
        """Return whether every day was paid before."""
        return self.days.count == 0

    @property
    def paid_from(self) -> date:
        return self.days.start

    @property
    def paid_through(self) -> date:
        """Return the last day whose interest the account has."""
        return self.days.last


def pending(account: Account) -> Accrual:
    """Return what the account's unpaid days up to yesterday have earned."""
    return accrue(account, unpaid(account, yesterday()), TermsByProduct())


def credit_by_hand(caller: Caller, account_id: str, idempotency_key: IdempotencyKey) -> Credited:
    """Pay up to yesterday. Raises what `credit` does, and Conflict when there is no day left to pay.

    Raises ConflictOfInterest for staff who own or hold the account.
    """
    credited = credit(account_id, yesterday(), idempotency_key, caller)
    if credited.is_nothing:
        paid = Conflict(f"Interest is paid through {credited.paid_through}; no later day is over yet.")
        paid.replayed = credited.replayed
        raise paid
    return credited


def credit(
    account_id: str, through: date, idempotency_key: IdempotencyKey, caller: Caller, terms: TermsByProduct | None = None
) -> Credited:
    """Pay an account the interest of all its unpaid days up to and including `through`, under one key.

    The same key answers the same for ever. Whoever pays many accounts passes one `terms`, which reads the rates
    once. Raises NotFound, AccountClosed, IdempotencyKeyReused, ValueError for a day that is not over, Contention,
    Unavailable or OutcomeUnknown.
    """
    if through > yesterday():
        raise ValueError(f"{through} is not over: what it earns is not known yet")
    if not ids.is_id("acc", account_id):
        raise errors.unknown("account", account_id)
    known = terms or TermsByProduct()
    record = interest_credit.credit(
        account_id, idempotency_key, caller, lambda account: _due(caller, account, through, known)
    )
    return _find_credit(account_id, record, caller)


def _due(caller: Caller, account: Account, through: date, terms: TermsByProduct) -> InterestDue:
    """Return what the days earned that the account as read has not been paid. Raises AccountClosed."""
    account.access().require_impartial(caller)
    if account.status == "closed":
        raise AccountClosed("The account is closed; its interest was credited before.")
    days = unpaid(account, through)
    if not days.count:
        return InterestDue(days, 0, account.interest_carried or carried_fraction.text(carried_fraction.NOTHING))
    accrual = accrue(account, days, terms)
    return InterestDue(days, accrual.credit, carried_fraction.text(accrual.carried_out))


def _find_credit(account_id: str, record: IdempotencyRecord, caller: Caller) -> Credited:
    """Return the recorded credit. Raises the refusal if the credit was refused."""
    replayed = record.request_id != caller.request_id
    transaction = record if isinstance(record, Transaction) else None
    if transaction:
        Outcome(transaction, replayed).raise_refusal()
    currency, first, last, carried_on = record.interest
    return Credited(
        account_id=account_id,
        currency=currency,
        days=Days.inclusive(date.fromisoformat(first), date.fromisoformat(last)),
        amount=transaction.amount if transaction else 0,
        carried=carried_fraction.parse(carried_on),
        transaction=transaction,
        replayed=replayed,
    )
