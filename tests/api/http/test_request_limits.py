"""Limits of one caller on what is dear."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.permissions import PERMISSIONS, ROLES
from chalicelib.domain.request_limits import LIMITS, WINDOW_SECONDS, Limit, seconds_left
from chalicelib.handlers.http.operation import operations
from chalicelib.models import transact
from infra.settings import ROOT
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Reply, User, counted_calls, items
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

ACCOUNT = {"type": "current", "currency": "EUR"}


SAFE_SECONDS = 60


@pytest.fixture(autouse=True)
def _limits(bank: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Low limits, and an hour that does not end within the test."""
    monkeypatch.setenv("CALLER_LIMITS", "on")
    for name in ("accounts", "registrations", "customer_exports"):
        monkeypatch.setitem(LIMITS, name, Limit(2, 3))
    now = clock.now()
    if seconds_left(now) < SAFE_SECONDS:
        clock.set_clock(lambda: now + timedelta(seconds=SAFE_SECONDS))
    yield
    clock.set_clock(None)


def open_one(client: Api, user: User, key: str | None = None) -> Reply:
    return client.post("/v1/accounts", ACCOUNT, token=user.token, key=key or new_key())


def register(client: Api, number: int, **headers: str) -> Reply:
    person = {"first_name": "Ada", "last_name": "Byron", "date_of_birth": "1990-12-10"}
    body = {"email": f"limited{number}@example.com", "password": "correct horse battery staple", **person}
    return client.post("/v1/auth/register", body, **headers)


def test_request_above_the_limit_is_refused_until_the_hour_ends(
    client: Api, customer: User, at_time: Callable[[timedelta], None], log_in: Callable[[str], User]
) -> None:
    for _ in range(2):
        open_one(client, customer).ok(201)
    refused = open_one(client, customer).refused(429, "too_many_attempts")
    left = int(refused.headers["Retry-After"])
    assert (0 < left <= WINDOW_SECONDS, refused.json["retry_after"]) == (True, left)
    assert len(items(type="account", customer_id=customer.customer_id)) == 2
    at_time(timedelta(seconds=left + SAFE_SECONDS))
    open_one(client, log_in(customer.email)).ok(201)


def test_callers_count_apart_and_staff_has_a_limit_of_its_own(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    for user in (customer, other_customer):
        for _ in range(2):
            open_one(client, user).ok(201)
        open_one(client, user).refused(429, "too_many_attempts")
    body = {**ACCOUNT, "customer_id": customer.customer_id}
    for _ in range(3):
        client.post("/v1/accounts", body, token=teller.token, key=new_key()).ok(201)
    client.post("/v1/accounts", body, token=teller.token, key=new_key()).refused(429, "too_many_attempts")


def test_requests_at_once_get_no_more_than_the_limit(client: Api, customer: User) -> None:
    with just_before("TransactWriteItems", lambda: [open_one(client, customer) for _ in range(2)]):
        open_one(client, customer).refused(429, "too_many_attempts")
    [counter] = items(type="request_count")
    assert counter["requests"] == 2


def test_network_is_limited_where_nobody_is_signed_in(client: Api) -> None:
    for number in range(2):
        register(client, number).ok(201)
    register(client, 2).refused(429, "too_many_attempts")
    [counter] = items(type="request_count")
    assert counter["pk"].startswith("LIMIT#")
    assert "127.0.0.1" not in str(counter)


def test_invalid_and_forbidden_requests_do_not_count(client: Api, customer: User, auditor: User) -> None:
    client.post("/v1/accounts", {"type": "gold"}, token=customer.token, key=new_key()).refused(422, "validation_failed")
    client.post("/v1/accounts", ACCOUNT, token=auditor.token, key=new_key()).refused(403, "forbidden")
    assert items(type="request_count") == []


def test_limited_request_makes_one_write_more(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/v1/customers/{customer.customer_id}/export"
    with counted_calls() as limited:
        client.get(path, token=customer.token).ok()
    monkeypatch.setenv("CALLER_LIMITS", "off")
    with counted_calls() as free:
        client.get(path, token=customer.token).ok()
    assert limited - free == {"TransactWriteItems": 1}
    assert free - limited == {}


def test_request_that_cannot_be_counted_is_not_done(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transact, "commit", lambda *_: (_ for _ in ()).throw(transact.gave_up(ambiguous=True)))
    client.get(f"/v1/customers/{customer.customer_id}/export", token=customer.token).refused(503, "unavailable")


def test_counters_are_not_audited_and_expire(
    bank: object, streamed_bank: None, client: Api, customer: User, auditor: User
) -> None:
    stream = Stream()
    open_one(client, customer).ok(201)
    [counter] = items(type="request_count")
    assert 0 < int(counter["expires_at"]) - clock.now().timestamp() <= 2 * WINDOW_SECONDS
    stream.deliver()
    page = client.get(f"/v1/audit?actor={customer.user_id}", token=auditor.token).ok()
    events = {record["event"] for record in page["data"]}
    assert "account.created" in events
    assert "request_count.created" not in events


def test_whoever_may_ask_has_a_limit_that_is_not_zero() -> None:
    """Else it could ask once an hour."""
    for one in operations():
        if one.about.limit:
            roles = PERMISSIONS[one.route.permission] if one.route.permission else frozenset(ROLES)
            limits = {role: LIMITS[one.about.limit].of(role) for role in roles}
            assert all(limits.values()), (one.route.view, limits)


def test_customer_reads_its_report_again_and_again(client: Api, customer: User) -> None:
    for _ in range(3):
        client.get("/v1/reports/transactions", token=customer.token).ok()


def test_limits_of_the_docs_are_those_of_the_code() -> None:
    text = (ROOT / "docs/api.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (\d*) ?\| (\d+) \|$", text, re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+ /v1[^`]+)`", routes)) for name, routes, _, _ in rows}
    routes: dict[str, set[str]] = {}
    for one in operations():
        if one.about.limit:
            routes.setdefault(one.about.limit, set()).add(f"{one.route.method} {one.route.path}")
    assert told == routes
    assert told.keys() == LIMITS.keys()


def test_customer_cannot_bury_the_staff_in_tickets(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "tickets", Limit(2, 3))
    body = {"subject": "s", "message": "m"}
    ticket = client.post("/v1/tickets", body, token=customer.token).ok(201)
    more = f"/v1/tickets/{ticket['id']}/messages"
    client.post(more, {"message": "m"}, token=customer.token).ok(201)
    for path, one in (("/v1/tickets", body), (more, {"message": "m"})):
        client.post(path, one, token=customer.token).refused(429, "too_many_attempts")


def test_customer_cannot_have_a_large_file_read_without_end(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "payment_file_reads", Limit(2, 3))
    path = "/v1/payment-files/pfl_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    for part in ("payments", "status-report"):
        client.get(f"{path}/{part}", token=customer.token).refused(404, "not_found")
    for part in ("payments", "status-report"):
        client.get(f"{path}/{part}", token=customer.token).refused(429, "too_many_attempts")
