"""What a customer's sums of a day must be, by the transactions of own accounts and of those held of others."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.domain.time import moment
from chalicelib.domain.verification.day_sums import CLOCKS_DIFFER_MAX, SHARED, Bounds, PersonDays, SumName


@dataclass(frozen=True)
class Payment:
    """A payment of a customer: the amounts that were counted, by account, with the days on which they may have been.

    `ended_at` is when it was given back: voided, expired or reversed.
    """

    shares: tuple[tuple[str, int, frozenset[str]], ...]
    currency: str
    at: str
    ended_at: str | None = None
    is_own: bool = False


@dataclass
class CustomerSums:
    """The sums of one customer, by what its records say of when they began (`days`)."""

    days: PersonDays
    due: dict[SumName, Bounds] = field(default_factory=dict)
    _carried: dict[str, dict[str, Bounds]] = field(default_factory=dict)

    def pay(self, payment: Payment) -> None:
        """Count a payment from an own account, unless the account counts alone."""
        currency = payment.currency
        if self.days.alone.get(currency, SHARED) != SHARED:
            return
        sharing = self.days.shared.get(currency)
        for account_id, amount, on in payment.shares:
            if sharing and sharing.account_id == account_id and payment.at <= sharing.at:
                self._carry(payment, sharing.at, amount, on)
            elif not payment.is_own:
                self._count(payment, amount, on)

    def pay_as_holder(self, payment: Payment) -> None:
        """Count a payment from an account that the customer holds of another."""
        for _, amount, on in payment.shares:
            self._count(payment, amount, on)

    def bring_cash(self, amount: int, currency: str, at: str, *, is_sure: bool) -> None:
        """Count cash, where the policy of that moment counted it."""
        window = self.days.window
        if window.has(at):
            self._add("CASH", [window.day_of(at)], currency, amount, is_sure=is_sure and window.is_sure(at))

    def require(self, customer_id: str) -> None:
        """Check the sums that were found. Raises Broken at the first that is wrong."""
        carried, self._carried = self._carried, {}
        for currency, by_day in carried.items():
            on = max(by_day)  # the account knew no earlier day any more
            self._bounds("SPENT", on, currency).merge(by_day[on])
        self.days.require(customer_id, self.due)

    def _carry(self, payment: Payment, shared_at: str, amount: int, on: Iterable[str]) -> None:
        """Count what an account had counted when the customer's sum took over its day; also what went to own
        accounts."""
        window, ended_at = self.days.window, payment.ended_at
        if not window.has(payment.at):
            return
        is_close = payment.is_own and moment(shared_at) - moment(payment.at) <= CLOCKS_DIFFER_MAX
        by_day, is_sure = self._carried.setdefault(payment.currency, {}), not is_close and self._is_known(payment, on)
        for one in on:
            bounds = by_day.setdefault(one, Bounds())
            bounds.add(amount, is_sure=is_sure)
            if ended_at is None or window.day_of(ended_at) > one:
                continue
            if ended_at <= shared_at or not payment.is_own:
                bounds.add(-amount, is_sure=is_sure and window.is_sure(ended_at))

    def _count(self, payment: Payment, amount: int, on: Iterable[str]) -> None:
        window, ended_at, is_sure = self.days.window, payment.ended_at, self._is_known(payment, on)
        if not window.has(payment.at):
            return
        self._add("SPENT", on, payment.currency, amount, is_sure=is_sure)
        if ended_at and window.has(ended_at):
            given_back = [one for one in on if window.day_of(ended_at) <= one]
            is_sure = is_sure and window.is_sure(ended_at)
            self._add("SPENT", given_back, payment.currency, -amount, is_sure=is_sure)

    def _is_known(self, payment: Payment, on: Iterable[str]) -> bool:
        """Return whether a payment is surely in the sum of one day."""
        return len(list(on)) == 1 and self.days.window.is_sure(payment.at)

    def _add(self, kind: str, on: Iterable[str], currency: str, amount: int, *, is_sure: bool) -> None:
        for one in on:
            if one >= self.days.window.first:
                self._bounds(kind, one, currency).add(amount, is_sure=is_sure)

    def _bounds(self, kind: str, on: str, currency: str) -> Bounds:
        return self.due.setdefault(SumName(kind, on, currency), Bounds())
