"""The bank's interest rates: current, future, and their history."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib import clock, config
from chalicelib.domain import errors
from chalicelib.domain.errors import NotFound, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.interest import rate as domain
from chalicelib.domain.interest.day_count import DayCount
from chalicelib.domain.permissions import Caller
from chalicelib.domain.product import PRODUCTS, ProductType
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.interest import rate as interest_rate
from chalicelib.models.interest.rate import InterestRate
from chalicelib.models.paging import Page, Paging
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import reference_cache, step_up
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest

BEFORE_MIDNIGHT = timedelta(minutes=1)
"""Too late to set a rate for the day: another machine's clock may have ended it, and a write takes seconds at worst."""


@dataclass(frozen=True)
class Rate:
    """The current rate of an account type, since when it applies, and the next one.

    `effective_from` is None for the default rate, which applies until one is set. `number` counts the rates that were
    set, and is their version.
    """

    account_type: ProductType
    day_count: DayCount
    annual_rate_millionths: int
    effective_from: date | None
    next: InterestRate | None
    number: int


_all_of = reference_cache.kept(interest_rate.all_of)
"""As clients may see them; interest itself is computed from what is read at that moment."""


def rates() -> list[Rate]:
    """Return the rate of each account type, with one query each; cached for a short time."""
    today = _day_of(clock.now())
    return [_rate(account_type, _all_of(account_type), today) for account_type in PRODUCTS]


def get(account_type: str) -> Rate:
    """Return the rate of an account type, read from the table. Raises NotFound."""
    product = _product(account_type)
    return _rate(product, interest_rate.all_of(product), _day_of(clock.now()))


@transact.until_committed
def put(
    caller: Caller, account_type: str, annual_rate: str, effective_from: str, matching: IfMatch = ANY_VERSION
) -> tuple[InterestRate, int]:
    """Set a rate (a decimal string) from a day on (YYYY-MM-DD), and return how many were set.

    It is set after all that were set before, whatever the clocks say, so that of two for one day the later one holds.
    The guard of its number makes two that are set at once two in a row. Needs a step-up. Raises NotFound,
    ValidationFailed for the field, and Conflict when `matching` (If-Match) is outdated.
    """
    step_up.require(caller)
    product = _product(account_type)
    millionths = _millionths(annual_rate)
    day_from = _effective_from(effective_from)  # each time: midnight may pass, and interest for it may be paid
    before = [str(rate.created_at) for rate in interest_rate.all_of(product)]
    matching.require(len(before))
    at = clock.next_timestamp(clock.now(), {f"rate of {product}": max(before, default="")})
    rate = InterestRate.new(product, millionths, day_from.isoformat(), at).stamp(caller, at)
    number = len(before) + 1
    guard = UniqueKey.of_rate_number(product, number).stamp(caller, at)
    request = HeldRequest(
        "interest_rate",
        f"Set the interest rate of {product} accounts to {annual_rate} from {effective_from} on.",
        resource_id=product,
        version=len(before),
        payload={"annual_rate": annual_rate, "effective_from": effective_from},
    )
    approved = gate.require(caller, request)
    transact.commit([guard.put_if_absent(), rate.put_if_absent(), *approved], caller.request_id)
    reference_cache.forget()
    return rate, number


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out a change of a rate that was approved."""
    put(maker, str(approval.resource_id), **approval.payload)


def history(account_type: str, paging: Paging) -> Page[InterestRate]:
    """List the rates that were set, the latest day first; of one day, the last one set first. Raises NotFound."""
    return InterestRate.history(_product(account_type), paging)


def _rate(account_type: ProductType, in_order: list[InterestRate], today: date) -> Rate:
    begun = [rate for rate in in_order if rate.effective_from <= today.isoformat()]
    coming = [rate for rate in in_order if rate.effective_from > today.isoformat()]
    of_next_day = [rate for rate in coming if rate.effective_from == coming[0].effective_from]
    return Rate(
        account_type=account_type,
        day_count=config.day_count(account_type),
        annual_rate_millionths=begun[-1].annual_rate_millionths if begun else domain.STANDARD_MILLIONTHS[account_type],
        effective_from=date.fromisoformat(begun[-1].effective_from) if begun else None,
        next=of_next_day[-1] if of_next_day else None,
        number=len(in_order),
    )


def _product(account_type: str) -> ProductType:
    for product in PRODUCTS:
        if product == account_type:
            return product
    raise NotFound(f"There is no account type {errors.shorten(account_type)} with a rate.")


def _millionths(annual_rate: str) -> int:
    try:
        return domain.parse(annual_rate)
    except ValueError as error:
        raise ValidationFailed.of("annual_rate", str(error)) from None


def _effective_from(text: str) -> date:
    try:
        effective_from = date.fromisoformat(text)
    except ValueError:
        raise ValidationFailed.of("effective_from", "must be a date such as 2026-11-21") from None
    try:
        domain.check_effective_from(effective_from, _day_of(clock.now() + BEFORE_MIDNIGHT))
    except ValueError as error:
        raise ValidationFailed.of("effective_from", str(error)) from None
    return effective_from


def _day_of(moment: datetime) -> date:
    return moment.astimezone(config.timezone()).date()
