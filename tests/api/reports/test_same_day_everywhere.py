"""Every list, report and statement puts a payment on the same day, also where a clock change takes or repeats midnight.

The days expected here are those of `zoneinfo` for the moment of the posting.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from chalicelib import clock
from tests.api.helpers.accounts import deposit
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.interest import World
from tests.api.helpers.stream import Stream

DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
MIDNIGHTS = {
    "Africa/Cairo": ["2027-04-29T22:00", "2027-04-30T21:00"],  # 30 April begins at 01:00
    "America/Havana": ["2027-11-07T04:00", "2027-11-07T05:00", "2027-11-08T05:00"],  # 7 November has two midnights
    "America/Santiago": ["2027-04-04T03:00", "2027-04-04T04:00"],  # 23:00 comes twice on 3 April
    "Asia/Kolkata": ["2027-03-31T18:30"],
}
"""Moments in UTC at which a day begins, or the clock shows that it does."""
Days = dict[date, list[str]]
"""Ids of transactions by day, in the order of their postings."""


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def world(client: Api, customer: User, manager: User, log_in: Callable[[str], User]) -> Iterator[World]:
    yield World(client, customer, manager, log_in)
    clock.set_clock(None)


@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_payment_is_on_the_same_day_everywhere(
    world: World, stream: Stream, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("BANK_TIMEZONE", zone)
    moments = [at - before for at in map(utc, MIDNIGHTS[zone]) for before in (MICROSECOND, timedelta(0))]
    world.at((moments[0] - 3 * DAY).isoformat())
    account = world.savings()
    made: Days = defaultdict(list)
    for number, at in enumerate(moments, 1):
        world.at(at.isoformat())
        posted = deposit(world.client, world.customer, account, f"{number}.00").ok(201)
        assert datetime.fromisoformat(posted["posted_at"]) == at
        made[at.astimezone(ZoneInfo(zone)).date()].append(posted["id"])
    world.at((moments[-1] + 2 * DAY).isoformat())
    while stream.let_follow():
        pass
    for found in (statements(world, account, made), summaries(world, account, made), lists(world, account, made)):
        for name, days in found.items():
            assert days == {day: value for day, value in expected(name, made).items() if value}, name
    books = {day: trial_balance(world, day) for day in made}
    assert books == {day: sum(amounts(made, until=day)) for day in made}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def amounts(made: Days, *, until: date) -> list[Decimal]:
    """Return what was deposited until the end of a day: the first payment is 1.00, the second 2.00."""
    return [Decimal(number) for number in range(1, 1 + sum(len(ids) for day, ids in made.items() if day <= until))]


def expected(name: str, made: Days) -> dict[date, object]:
    return {day: len(ids) if name.startswith("summary") else ids for day, ids in made.items()}


def statements(world: World, account: Json, made: Days) -> dict[str, dict[date, list[str]]]:
    """Return the transactions of the statements of all months by their day, in each format."""
    found: dict[str, Days] = {"JSON": defaultdict(list), "CSV": defaultdict(list), "camt.053": defaultdict(list)}
    for month in sorted({f"{day:%Y-%m}" for day in made}):
        path = f"/v1/accounts/{account['id']}/statements/{month}"
        ask = world.client.get(path, token=world.customer.token).ok()
        table = world.client.get(f"{path}?format=csv&bom=false", token=world.customer.token)
        document = etree.fromstring(
            world.client.get(f"{path}?format=camt053", token=world.customer.token).text.encode()
        )
        space = {"c": etree.QName(document).namespace}
        for line in ask["entries"]:
            found["JSON"][date.fromisoformat(line["date"])].append(line["transaction_id"])
        for row in csv.DictReader(StringIO(table.text)):
            found["CSV"][date.fromisoformat(row["date"])].append(row["transaction_id"])
        for entry in document.iterfind(".//c:Ntry", space):
            day = date.fromisoformat(entry.findtext("c:BookgDt/c:Dt", namespaces=space))
            found["camt.053"][day].append(entry.findtext("c:AcctSvcrRef", namespaces=space))
    return found


def summaries(world: World, account: Json, made: Days) -> dict[str, dict[date, int]]:
    """Return how many transactions the summaries count, by day."""
    path = f"/v1/reports/summary?from={min(made)}&to={max(made)}&by=day"
    asked = {"summary of the bank": (path, world.manager)}
    asked["summary of the account"] = (f"{path}&account_id={account['id']}", world.customer)
    return {
        name: {
            date.fromisoformat(period["from"]): sum(line["count"] for line in period["lines"])
            for period in world.client.get(wanted, token=user.token).ok()["periods"]
            if period["lines"]
        }
        for name, (wanted, user) in asked.items()
    }


def lists(world: World, account: Json, made: Days) -> dict[str, dict[date, list[str]]]:
    """Return what the lists show of each day, and of the days beside."""
    paths = {
        "history": (f"/v1/accounts/{account['id']}/history?from={{0}}&to={{0}}", "transaction_id", world.customer),
        "own transactions": ("/v1/transactions?from={0}&to={0}", "id", world.customer),
        "transactions": ("/v1/transactions?from={0}&to={0}", "id", world.manager),
        "own report": ("/v1/reports/transactions?start_date={0}&end_date={0}", "id", world.customer),
        "report": ("/v1/reports/transactions?start_date={0}&end_date={0}", "id", world.manager),
    }
    days = sorted({day + beside for day in made for beside in (-DAY, timedelta(0), DAY)})
    found: dict[str, dict[date, list[str]]] = {}
    for name, (path, field, user) in paths.items():
        listed = {day: whole_list(world.client, user, path.format(day)) for day in days}
        found[name] = {day: [line[field] for line in reversed(lines)] for day, lines in listed.items() if lines}
    return found


def whole_list(client: Api, user: User, path: str) -> list[Json]:
    """Return all pages together. A day of the bank lies on two days of UTC, which may be a page each."""
    page = client.get(path, token=user.token).ok()
    lines: list[Json] = page["data"]
    while page["has_more"]:
        page = client.get(f"{path}&cursor={page['next_cursor']}", token=user.token).ok()
        lines += page["data"]
    return lines


def trial_balance(world: World, day: date) -> Decimal:
    """Return what the bank owes customers at the end of a day, by its books."""
    found = world.client.get(f"/v1/reports/trial-balance?as_of={day}", token=world.manager.token).ok()["accounts"]
    [owed] = [Decimal(line["credit"]) for line in found if line["account"] == "customers"]
    return owed
