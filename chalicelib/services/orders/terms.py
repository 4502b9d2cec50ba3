"""Terms of an order: what a client asks for, checked against accounts, limits and the calendar."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib import clock, config
from chalicelib.domain import errors, ids, money
from chalicelib.domain.errors import AccountClosed, AccountFrozen, CurrencyMismatch, SameAccount, ValidationFailed
from chalicelib.domain.orders import amounts as order_amounts
from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.business_calendar import BusinessDayRule
from chalicelib.domain.orders.recurrence import Frequency, Schedule, Unit
from chalicelib.domain.orders.upcoming import first_due, first_payable
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.orders.order import Order
from chalicelib.services import amounts
from chalicelib.services.orders.next_occurrence import business_calendar
from chalicelib.services.payments import outgoing

AMOUNTS = ("amount", "first_amount", "final_amount")
SEALED = ("memo", "to_iban", "to_name", "remittance")
"""Terms that an approval keeps from those who decide."""


@dataclass(frozen=True)
class Terms:
    """The terms of an order as a client writes them: amounts are decimal strings, dates ISO days of the bank's zone.

    `day` is 31 for the last day of a month, `weekday` 0 for Monday. A payee at another bank has no account, but the
    fields of `payees.AtOtherBank`, sealed as the order has them.
    """

    from_account_id: str
    amount: str
    start: str
    unit: Unit = "day"
    every: int = 1
    to_account_id: str | None = None
    beneficiary_id: str | None = None
    currency: str | None = None
    first_amount: str | None = None
    final_amount: str | None = None
    memo: str | None = field(default=None, repr=False)
    day: int | None = None
    weekday: int | None = None
    end: str | None = None
    times: int | None = None
    business_days: BusinessDayRule = "none"
    to_iban: str | None = None
    to_name: str | None = None
    remittance: str | None = None
    verification: Result | None = None
    has_accepted_mismatch: bool | None = None
    payee_named_at: str | None = None

    @classmethod
    def of(cls, order: Order) -> "Terms":
        """Return the terms of an order that was made before."""
        values: dict[str, Any] = {name: getattr(order, name) for name in cls.__dataclass_fields__}
        return cls(**values | {name: _text(values[name], order.currency) for name in AMOUNTS})

    def to_json(self) -> dict[str, Any]:
        """Return the terms for an approval, without what nobody is shown."""
        return {name: value for name, value in asdict(self).items() if name not in SEALED and value is not None}

    def to_sealed(self) -> dict[str, str]:
        """Return what of the terms nobody is shown: the customer's own words, and who is paid at another bank."""
        return {name: value for name in SEALED if (value := getattr(self, name)) is not None}

    @property
    def schedule(self) -> Schedule:
        """Return when the order is due."""
        frequency = Frequency(self.unit, self.every, self.day, self.weekday)
        end = date.fromisoformat(self.end) if self.end else None
        return Schedule(date.fromisoformat(self.start), frequency, end, self.times, self.business_days)


@dataclass(frozen=True)
class CheckedTerms:
    """Terms that can be carried out. `first_date` is the first occurrence to come, `attempt_at` (UTC) its attempt."""

    terms: Terms
    payer: Account
    amounts: OrderAmounts
    first_date: str
    attempt_at: str

    @property
    def largest_amount(self) -> int:
        """Return the largest amount that an occurrence can have, in minor units."""
        values = (self.amounts.regular, self.amounts.first, self.amounts.final)
        return max(value for value in values if value is not None)

    def fields(self) -> dict[str, Any]:
        """Return the fields of the order's item."""
        terms = asdict(self.terms)
        terms |= {"amount": self.amounts.regular, "first_amount": self.amounts.first}
        terms |= {"final_amount": self.amounts.final, "currency": self.payer.currency}
        return terms | {"next_date": self.first_date, "next_attempt_at": self.attempt_at}


def check(
    caller: Caller,
    terms: Terms,
    *,
    since: date | None = None,
    pays_late: bool = False,
    start_field: str = "start",
) -> CheckedTerms:
    """Check that an order with these terms could be carried out now, and that the caller may make it.

    `start_field` is what the client calls the start. `since` is the first date that is not over, for an order that was
    made before; without it the start must not be in the past, unless the terms were approved. What fell while they
    waited for that is paid late, and so is what is due of an active order whose terms change (`pays_late`). Raises
    ValidationFailed that names the field, NotFound, Forbidden, ConflictOfInterest, SameAccount, CurrencyMismatch,
    AccountClosed, AccountFrozen, ClearingUnavailable.
    """
    payer = _check_accounts(caller, terms)
    checked = _check_amounts(terms, payer.currency)
    is_new = since is None and caller.approval_id is None
    pays_late = pays_late or (since is None and not is_new)
    first, at = _check_schedule(terms.schedule, since, start_field, is_new=is_new, pays_late=pays_late)
    try:
        order_amounts.check(checked, terms.schedule)
    except ValueError as error:
        raise ValidationFailed.of("final_amount", str(error).removeprefix("final_amount ")) from None
    return CheckedTerms(terms, payer, checked, first.isoformat(), timestamp(at))


def _check_accounts(caller: Caller, terms: Terms) -> Account:
    """Return the paying account."""
    sides = tuple(filter(None, (terms.from_account_id, terms.to_account_id)))
    wanted = [Account.key(account_id) for account_id in dict.fromkeys(sides) if ids.is_id("acc", account_id)]
    found = {account.id: account for account in get_all(Account, wanted)}
    for account_id in sides:
        if account_id not in found:
            raise errors.unknown("account", account_id)
    payer, *payees = (found[account_id] for account_id in sides)
    payer.access().require(caller, "pay")
    if payer.status == "closed":
        raise AccountClosed("from_account_id: this account is closed and does not pay.")
    if payer.status == "frozen":
        raise AccountFrozen("from_account_id: this account is frozen and does not pay. Ask the bank.")
    asked = str(terms.currency or payer.currency)
    for payee in payees:
        _check_payee(caller, payer, payee)
    for account in (payer, *payees):
        if account.currency != asked:
            raise CurrencyMismatch(f"An account is in {account.currency}, the order in {asked}.")
    if not payees:
        outgoing.require_clearing()
        outgoing.require_currency(asked)
    return payer


def _check_payee(caller: Caller, payer: Account, payee: Account) -> None:
    payee.access().require_impartial(caller)
    if payer.id == payee.id:
        raise SameAccount("An order pays from one account to another.")
    if payee.status == "closed":
        raise AccountClosed("The payee's account is closed and cannot be paid.")


def _check_amounts(terms: Terms, currency: str) -> OrderAmounts:
    limits = amounts.limits(currency)
    most = min(limits.transaction, limits.daily)
    parsed = dict[str, int | None]()
    for name in AMOUNTS:
        text = getattr(terms, name)
        parsed[name] = None if text is None else amounts.parse(name, text, currency)
        if (parsed[name] or 0) > most:
            raise ValidationFailed.of(name, f"is above the limit: at most {money.text(most, currency)} can be paid")
    return OrderAmounts(parsed["amount"] or 0, parsed["first_amount"], parsed["final_amount"])


def _check_schedule(
    schedule: Schedule, since: date | None, start_field: str, *, is_new: bool, pays_late: bool
) -> tuple[date, datetime]:
    """Return the first date to come, or the first that is not over if it is paid late, and when it is tried (UTC)."""
    zone, now, calendar = config.timezone(), clock.now(), business_calendar()
    today = now.astimezone(zone).date()
    if is_new and schedule.start < today:
        raise ValidationFailed.of(start_field, "is in the past: begin today or later")
    if schedule.start > today + timedelta(days=config.payment_days_ahead()):
        raise ValidationFailed.of(start_field, f"is more than {config.payment_days_ahead()} days ahead")
    if schedule.end and schedule.end < schedule.start:
        raise ValidationFailed.of("end", "is before the start")
    first = next(schedule.occurrences(), None)
    if first is None:
        raise ValidationFailed.of("end" if schedule.end else "frequency", "leaves no date at all")
    since = since or schedule.start
    late = first_due(schedule, since, zone, calendar) if pays_late else None
    payable = late or first_payable(schedule, since, zone, now, calendar)
    if payable is None:
        raise ValidationFailed.of("end" if schedule.end else start_field, "leaves no date that can still be paid")
    if is_new and payable[0] != first:
        raise ValidationFailed.of(start_field, "is too late for today's payments: begin tomorrow or later")
    return payable[0].date, payable[1]


def _text(minor: int | None, currency: str) -> str | None:
    return None if minor is None else money.text(minor, currency)
