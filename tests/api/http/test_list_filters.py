"""Filters of every list: a filtered list is part of the unfiltered one, in the same order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.handlers.http.operation import operations
from chalicelib.handlers.http.schemas import PageQuery
from tests.api.helpers.accounts import deposit, frozen, new_key, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, AtTime, Json, User
from tests.api.helpers.holders import put_holder
from tests.api.helpers.risk import held_by_hand, raised
from tests.api.helpers.stream import Stream
from tests.api.helpers.tickets import raised as ticket_of
from tests.api.helpers.tickets import resolve

DAYS = 4
PAGE = 5
CHOOSING = {"account_id", "category", "status", "customer_id", "actor", "to"}
"""Parameters by which a service chooses what it reads, so that two of them at once may go wrong."""


@dataclass(frozen=True)
class World:
    """A bank with some days of transactions, the last of which is today."""

    client: Api
    customer: User
    friend: User
    teller: User
    manager: User
    auditor: User
    account: Json
    savings: Json
    foreign: Json
    shared: Json
    days: tuple[str, ...]

    def at(self, log_in: Callable[[str], User]) -> "World":
        """Return the world with everybody logged in again."""
        names = ("customer", "friend", "teller", "manager", "auditor")
        people: dict[str, Any] = {name: log_in(getattr(self, name).email) for name in names}
        return replace(self, **people)


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def people(
    stream: Stream, customer: User, other_customer: User, teller: User, manager: User, auditor: User
) -> dict[str, User]:
    return {
        "customer": customer, "friend": other_customer, "teller": teller, "manager": manager, "auditor": auditor
    }  # fmt: skip


@pytest.fixture
def world(
    client: Api, people: dict[str, User], log_in: Callable[[str], User], stream: Stream, at_time: AtTime
) -> World:
    begun = timestamp(clock.now())[:10]
    customer, other_customer, teller = (people[name] for name in ("customer", "friend", "teller"))
    account, savings = opened(client, customer, "500.00"), opened(client, customer, type="savings")
    foreign, shared = opened(client, other_customer, "80.00"), opened(client, other_customer, "90.00")
    put_holder(client, teller, shared, customer, "pay").ok()
    made = World(client, **people, account=account, savings=savings, foreign=foreign, shared=shared, days=(begun,))
    waiting = _first_day(made)
    days = [begun]
    for number in range(1, DAYS):
        at_time(timedelta(days=number))
        days.append(timestamp(clock.now())[:10])
        made = made.at(log_in)
        if number == 1:
            deposit(client, made.customer, account, "3.00", category="rent", tags=["flat"]).ok(201)
            _decide(made, waiting[0], "approve")
        if number == 2:
            deposit(client, made.teller, account, "4.00").ok(201)
            _decide(made, waiting[1], "approve")
            _decide(made, waiting[2], "reject")
    withdraw(client, made.customer, account, "9999.00").refused(422, "insufficient_funds")
    reverse(client, made.manager, deposit(client, made.teller, savings, "5.00").ok(201)).ok(201)
    transfer(client, made.friend, shared, account, "2.00", category="gift").ok(201)
    frozen(client, made.teller, savings)
    stream.deliver()
    return replace(made, days=tuple(days))


def _first_day(world: World) -> list[str]:
    """Make payments of all outcomes; return those that wait: labelled, labelled by both sides, and four more."""
    client, customer, account = world.client, world.customer, world.account
    transfer(client, customer, account, world.savings, "7.00", category="rent").ok(201)
    transfer(client, world.friend, world.foreign, account, "8.00", memo="thanks").ok(201)
    withdraw(client, customer, account, "9999.00").refused(422, "insufficient_funds")
    waiting = [held_by_hand(customer, account, world.foreign, f"{number + 10}.00") for number in range(4)]
    waiting.append(held_by_hand(world.friend, world.shared, world.foreign, "6.00"))
    for name, user in ((waiting[0], customer), (waiting[1], customer), (waiting[1], world.friend)):
        edits = {"category": "rent", "tags": ["flat"]}
        client.patch(f"/v1/transactions/{name}", edits, token=user.token).ok()
    for severity, number in (("low", 1), ("high", 2), ("low", 3)):
        raised(customer, account, severity, number)  # type: ignore[arg-type]
    raised(world.friend, world.foreign, "low", 4)
    for user in (customer, world.friend, customer):
        ticket_of(client, user)
    resolve(client, world.teller, ticket_of(client, customer)).ok()
    return waiting


def _decide(world: World, transaction_id: str, how: str) -> None:
    body = {"reason": "r"} if how == "reject" else None
    path = f"/v1/transactions/{transaction_id}/{how}"
    world.client.post(path, body, token=world.manager.token, key=new_key()).ok()


def rows(world: World, user: User, path: str, filters: dict[str, str], name: Callable[[Json], str]) -> list[str]:
    """Return the names of the rows of all pages."""
    found, query = list[str](), "&".join(f"{key}={value}" for key, value in ({"limit": str(PAGE)} | filters).items())
    cursor = ""
    for _ in range(100):
        page = world.client.get(f"{path}?{query}{cursor}", token=user.token).ok()
        found += [name(row) for row in page["data"]]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"
    raise AssertionError(f"{path} has no end")


@dataclass(frozen=True)
class Listed:
    """A list: its path, what every query of it has, filters of one parameter each, and what names a row."""

    user: str
    path: str
    filters: tuple[tuple[str, str], ...]
    always: tuple[tuple[str, str], ...] = ()
    name: Callable[[Json], str] = lambda row: str(row["id"])


# fmt: off
LISTS = (
    *(Listed(user, "/v1/transactions", (
        ("status", "posted"), ("status", "pending"), ("status", "failed"), ("status", "voided"), ("type", "transfer"),
        ("type", "deposit"), ("from", "{day1}"), ("to", "{day1}"), ("to", "{day0}"),
    ), (("from", "{day0}"),) if user == "teller" else ()) for user in ("customer", "teller")),
    Listed("friend", "/v1/transactions", (
        ("status", "posted"), ("status", "pending"), ("type", "deposit"), ("from", "{day1}"), ("to", "{day0}"),
    )),
    *(Listed(user, "/v1/reports/transactions", (
        ("status", "posted"), ("status", "pending"), ("status", "failed"), ("status", "voided"), ("type", "transfer"),
        ("category", "rent"), ("account_id", "{account}"), ("min_amount", "5.00"), ("max_amount", "10.00"),
        ("end_date", "{day1}"), ("end_date", "{day0}"),
        *((("branch_id", "{branch}"),) if user == "manager" else ()),
    ), (("start_date", "{day0}"), ("end_date", "{last}"))) for user in ("customer", "manager")),
    *(Listed(user, "/v1/accounts/{account}/history", (
        ("type", "transfer"), ("category", "rent"), ("tag", "flat"), ("from", "{day1}"), ("to", "{day1}"),
        ("to", "{day0}"),
    )) for user in ("customer", "teller")),
    Listed("friend", "/v1/accounts/{foreign}/history", (
        ("type", "transfer"), ("category", "rent"), ("from", "{day2}"), ("to", "{day1}"),
    )),
    Listed("customer", "/v1/accounts", (("status", "frozen"), ("status", "active"))),
    Listed("teller", "/v1/tickets", (("status", "open"), ("status", "resolved"), ("customer_id", "{customer}"))),
    Listed("customer", "/v1/tickets", (("status", "open"), ("status", "resolved"))),
    Listed("teller", "/v1/reports/risk", (
        ("severity", "low"), ("severity", "high"), ("status", "open"), ("account_id", "{account}"),
        ("customer_id", "{customer}"),
    )),
    Listed("teller", "/v1/customers", (("last_name", "lovelace"), ("email", "{email}"))),
    *(Listed(user, "/v1/events", (
        ("type", "transaction.posted"), ("subject", "accounts/{account}"), ("from", "{day2}"), ("to", "{day1}"),
    )) for user in ("customer", "teller")),
    Listed("auditor", "/v1/audit", (
        ("actor", "{actor}"), ("from", "{day2}"), ("to", "{day1}"),
    ), (("entity", "{account}"),), lambda row: f"{row['pk']} {row['sk']}"),
    Listed("auditor", "/v1/audit/logins", (("user_id", "{actor}"), ("from", "{day2}"), ("to", "{day1}")), (),
           lambda row: str(row["at"]) + str(row["user_id"])),
)
# fmt: on
UNCHANGED = {("status", "open"), ("last_name", "lovelace"), ("from", "{day1}")}
"""Filters that may let everything through in this world."""


def asked(world: World, pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    values = {
        "account": world.account["id"],
        "foreign": world.foreign["id"],
        "branch": world.account["branch_id"],
        "customer": str(world.customer.customer_id),
        "email": world.customer.email,
        "actor": world.customer.user_id,
        "last": world.days[-1],
    } | {f"day{number}": day for number, day in enumerate(world.days)}
    return {key: value.format(**values) for key, value in pairs}


def is_part(part: list[str], whole: list[str]) -> bool:
    """Return whether one list is the other with rows left out."""
    rest: Iterator[str] = iter(whole)
    return all(row in rest for row in part)


def is_for_staff_only(listed: Listed, pair: tuple[tuple[str, str], ...]) -> bool:
    """Return whether staff find more with both filters than with one: what was refused on an account."""
    return listed.user == "manager" and {("status", "failed"), ("account_id", "{account}")} <= set(pair)


def test_every_filtered_list_is_part_of_the_unfiltered_one(world: World) -> None:
    assert [fault for listed in LISTS for fault in faults(world, listed)] == []


def faults(world: World, listed: Listed) -> Iterator[str]:
    """Yield what is wrong with a list, with each filter alone and with two of them."""

    def of(*pairs: tuple[str, str]) -> list[str]:
        path = listed.path.format(account=world.account["id"], foreign=world.foreign["id"])
        return rows(world, getattr(world, listed.user), path, asked(world, (*listed.always, *pairs)), listed.name)

    whole = of()
    if not whole or len(set(whole)) < len(whole):
        yield f"{listed.user} {listed.path}: {whole}"
    alone = {one: of(one) for one in listed.filters}
    for one, found in alone.items():
        if not is_part(found, whole) or not found or (found == whole and one not in UNCHANGED):
            yield f"{listed.user} {listed.path} {one}: {found} of {whole}"
    for one, other in combinations(listed.filters, 2):
        if one[0] == other[0] or not {one[0], other[0]} <= CHOOSING:
            continue
        both, wider = of(one, other), [whole]
        if not is_for_staff_only(listed, (one, other)):
            wider += [alone[one], alone[other]]
        if not all(is_part(both, found) for found in wider):
            yield f"{listed.user} {listed.path} {one} {other}: {both} of {wider}"


KNOWN = {
    "/v1/accounts": {"customer_id"},  # whose list it is
    "/v1/customers": {"phone", "account_number"},  # of one customer, like email
    "/v1/tickets": {"assigned_to", "order"},  # in test_ticket_lists.py
    "/v1/reports/transactions": {"format", "bom"},
    "/v1/webhook-endpoints/{endpoint_id}/deliveries": {"status"},  # in tests/api/webhooks/test_deliveries.py
    "/v1/standing-orders": {"account_id", "customer_id", "status"},  # in tests/api/orders/test_standing_orders.py
    "/v1/scheduled-payments": {"account_id", "customer_id"},  # in tests/api/orders/test_scheduled_payments.py
    "/v1/clearing/recalls": {"status"},  # in tests/api/clearing/test_received_recalls.py
    "/v1/clearing/payments": {"state", "rail"},  # in tests/api/clearing/test_desk.py
    "/v1/approvals": {"status", "action", "mine"},  # one queue for each status; in tests/api/approvals/test_inbox.py
}


def test_every_filter_of_every_list_is_tried() -> None:
    tried = {(listed.path, name) for listed in LISTS for name, _ in (*listed.filters, *listed.always)}
    for operation in operations():
        query, path = operation.about.query, operation.route.path.replace("{account_id}", "{account}")
        if query is None or not issubclass(query, PageQuery):
            continue
        names = {field.alias or name for name, field in query.model_fields.items()} - {"limit", "cursor"}
        assert {(path, name) for name in names - KNOWN.get(path, set())} <= tried
