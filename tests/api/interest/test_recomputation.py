"""A customer's own papers prove its interest: it is computed anew from camt.053 statements, and the books agree.

The computation here goes day by day and shares nothing with the bank's, nor do the sums of the statements.
"""

from calendar import isleap
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from chalicelib import clock
from tests.api.helpers.accounts import deposit, reverse, withdraw
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.interest import World
from tests.api.helpers.stream import Stream

RIGA, DAY = ZoneInfo("Europe/Riga"), timedelta(days=1)
MONTHS = [date(2027, 12, 1), date(2028, 1, 1), date(2028, 2, 1), date(2028, 3, 1), date(2028, 4, 1)]
"""With a leap day, a change of the year and one of the clocks."""
PLACES = {"USD": 2, "JPY": 0, "BHD": 3}
YEARS: dict[str, Callable[[date], int]] = {
    "ACT/365F": lambda _: 365,
    "ACT/ACT": lambda day: 366 if isleap(day.year) else 365,
    "ACT/360": lambda _: 360,
}
TIMES = ["00:00:00", "12:00:00", "23:59:59.999999"]


@dataclass
class Papers:
    """What the statements of an account say: entries by day, in units, and the closing balance of each month."""

    entries: list[tuple[date, Decimal, str]] = field(default_factory=list)
    closing: dict[date, Decimal] = field(default_factory=dict)

    def add(self, month: date, xml: str) -> None:
        """Read a statement. Its sums must lead from its opening to its closing balance."""
        document = etree.fromstring(xml.encode())
        space = {"c": etree.QName(document).namespace}

        def signed(node: Any) -> Decimal:
            sign = 1 if node.findtext("c:CdtDbtInd", namespaces=space) == "CRDT" else -1
            return sign * Decimal(node.findtext("c:Amt", namespaces=space))

        opening, closing = map(signed, document.iterfind(".//c:Bal", space))
        found = [
            (date.fromisoformat(one.findtext("c:BookgDt/c:Dt", namespaces=space)), signed(one), one)
            for one in document.iterfind(".//c:Ntry", space)
        ]
        assert opening + sum(amount for _, amount, _ in found) == closing
        assert opening == (list(self.closing.values()) or [Decimal(0)])[-1]
        for side, sign in (("Cdt", 1), ("Dbt", -1)):
            total = Decimal(document.findtext(f".//c:Ttl{side}Ntries/c:Sum", namespaces=space))
            assert total == sign * sum(amount for _, amount, _ in found if amount * sign > 0)
        self.closing[month] = closing
        for day, amount, node in found:
            assert (day.year, day.month) == (month.year, month.month)
            self.entries.append((day, amount, node.findtext(".//c:Prtry/c:Cd", namespaces=space)))

    def balance_on(self, day: date) -> Decimal:
        return sum((amount for booked, amount, _ in self.entries if booked <= day), Decimal(0))

    def interest(self) -> list[tuple[date, Decimal]]:
        return [(day, amount) for day, amount, kind in self.entries if kind == "interest_credit"]


def recompute(
    papers: Papers, places: int, day_count: str, opened: date, rate_on: Callable[[date], Decimal], paid_on: list[date]
) -> list[tuple[date, Decimal]]:
    """Return the credits that are due on days, each for the days before it that were not paid."""
    owed, since, due = Fraction(0), opened, list[tuple[date, Decimal]]()
    for credited_on in paid_on:
        while since < credited_on:
            held = max(papers.balance_on(since), Decimal(0))
            owed += Fraction(held) * 10**places * Fraction(rate_on(since)) / YEARS[day_count](since)
            since += DAY
        minor = round(owed)
        owed -= minor
        if minor:
            due.append((credited_on, Decimal(minor).scaleb(-places)))
    return due


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def world(
    client: Api, customer: User, manager: User, log_in: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("BANK_TIMEZONE", "Europe/Riga")
    monkeypatch.setenv("BANK_CURRENCIES", "USD,JPY,BHD")
    yield World(client, customer, manager, log_in)
    clock.set_clock(None)


def at(world: World, day: date, time: str = "12:00:00") -> None:
    world.at(datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=RIGA).astimezone(UTC).isoformat())


def move(world: World, random: Random, account: Json, made: list[Json]) -> None:
    """Deposit, withdraw, or undo a deposit of any earlier day."""
    text = f"{random.randint(1, 900)}" + ("" if account["currency"] == "JPY" else f".{random.randint(10, 99)}")
    if made and random.random() < 0.3:
        reverse(world.client, world.manager, made.pop(), allow_overdrawn=True).ok(201)
    elif random.random() < 0.6:
        made.append(deposit(world.client, world.customer, account, text).ok(201))
    else:
        withdraw(world.client, world.customer, account, text)


@pytest.mark.parametrize(
    ("seed", "currency", "day_count"), [(1, "USD", "ACT/365F"), (2, "JPY", "ACT/ACT"), (3, "BHD", "ACT/360")]
)
def test_interest_is_what_the_statements_say_and_the_books_agree(
    world: World, stream: Stream, monkeypatch: pytest.MonkeyPatch, seed: int, currency: str, day_count: str
) -> None:
    monkeypatch.setenv("DAY_COUNT_SAVINGS", day_count)
    random, rates, paid_on, made = Random(seed), {date(2027, 1, 1): Decimal("0.03")}, list[date](), list[Json]()
    opened = MONTHS[0] + 10 * DAY
    at(world, opened)
    account = world.savings("1500", currency=currency)
    world.client.patch(f"/v1/accounts/{account['id']}", {"overdraft_limit": "400"}, token=world.manager.token).ok()
    for month in MONTHS:
        first = max(month, opened + DAY)
        if month != MONTHS[2]:  # the interest of a month may be paid with that of the next one
            at(world, first)
            if month != MONTHS[0]:
                world.apply(account).ok(201)
                paid_on.append(first)
        for day in sorted(random.sample(range(2, 28 - (first - month).days), 5)):
            at(world, first + day * DAY, random.choice(TIMES))
            move(world, random, account, made)
        rate = Decimal(random.randint(1, 400)).scaleb(-4)
        rates[first + 29 * DAY] = rate
        world.put_rate(f"{rate:f}", (first + 29 * DAY).isoformat())
    at(world, date(2028, 6, 2))
    while stream.let_follow():
        pass

    def rate_on(day: date) -> Decimal:
        return rates[max(start for start in rates if start <= day)]

    papers = Papers()
    for month in MONTHS:
        path = f"/v1/accounts/{account['id']}/statements/{month:%Y-%m}?format=camt053"
        papers.add(month, world.client.get(path, token=world.customer.token).text)
    expected = recompute(papers, PLACES[currency], day_count, opened, rate_on, paid_on)
    assert papers.interest() == expected
    for month in MONTHS:
        last = (month + 31 * DAY).replace(day=1) - DAY
        interest = sum((amount for day, amount in expected if day <= last), Decimal(0))
        require_books(world, currency, last, papers.closing[month], interest)


def require_books(world: World, currency: str, day: date, customers: Decimal, interest: Decimal) -> None:
    """Check the trial balance of a day: it is even, owes customers what they have, and has spent their interest."""
    found = world.client.get(f"/v1/reports/trial-balance?as_of={day}", token=world.manager.token).ok()["accounts"]
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for line in found:
        assert line["currency"] == currency
        balances[line["account"]] += Decimal(line["credit"]) - Decimal(line["debit"])
    assert sum(balances.values()) == 0
    assert balances["customers"] == customers
    assert balances[f"gl.interest_expense.{currency}"] == -interest
