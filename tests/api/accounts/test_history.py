"""What an account's entries tell: history with filters and pages, and the balance as of any moment."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import batch
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.accounts import history as service
from tests.api.helpers.accounts import deposit, history, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User, counted_calls

MICROSECOND = timedelta(microseconds=1)
BAD_MOMENTS = [
    "x",
    "2026-02-30T00:00:00Z",
    "2026-11-21T08:30:00",
    "20261121T083000Z ",
    "1700000000",
    "2026-13-01T00:00:00Z",
]
BAD_MOMENTS += [
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00%2B01:00",
]
BAD_BOUNDS = ["2026-02-30", "2026-13-01", "0000-01-01", "yesterday", "2026-1-1", "21-11-2026", "2026/11/21", "9" * 41]


def shifted(text: str, by: timedelta) -> str:
    return timestamp(moment(text) + by)


def pages(client: Api, user: User, path: str) -> list[list[Json]]:
    """Every page of a list, as far as `next_cursor` leads."""
    found, cursor = [], ""
    while True:
        page = client.get(path + cursor, token=user.token).ok()
        found.append(page["data"])
        assert page["has_more"] is (page["next_cursor"] is not None)
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"
        assert len(found) < 50


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    """An account with seven entries: 10.00 came in, six times 1.00 went out."""
    account = opened(client, customer, "10.00")
    for _ in range(6):
        withdraw(client, customer, account, "1.00").ok(201)
    return account


def test_entries_are_a_chain_newest_first(client: Api, customer: User, account: Json) -> None:
    page = history(client, customer, account)
    assert (page["has_more"], page["next_cursor"]) == (False, None)
    lines = page["data"]
    assert [line["seq"] for line in lines] == [7, 6, 5, 4, 3, 2, 1]
    assert [line["balance_after"] for line in lines] == [f"{whole}.00" for whole in range(4, 11)]
    assert [line["prev_hash"] for line in lines] == [line["hash"] for line in lines[1:]] + ["0" * 64]
    moments = [line["created_at"] for line in lines]
    assert moments == sorted(set(moments), reverse=True)
    assert set(lines[0]) == {
        "account_id",
        "id", "transaction_id", "seq", "type", "direction", "amount", "balance_after", "currency", "counterparty",
        "bank_counterparty", "memo", "category", "tags", "created_at", "hash", "prev_hash",
    }  # fmt: skip
    assert (lines[0]["direction"], lines[0]["amount"], lines[0]["currency"]) == ("out", "1.00", "USD")
    assert (lines[-1]["type"], lines[-1]["direction"]) == ("deposit", "in")
    assert len({line["id"] for line in lines}) == 7


def test_no_entry_is_lost_or_told_twice(client: Api, customer: User, account: Json) -> None:
    for limit in (1, 2, 3, 6, 7, 8, 100):
        found = pages(client, customer, f"/v1/accounts/{account['id']}/history?limit={limit}")
        assert [line["seq"] for page in found for line in page] == [7, 6, 5, 4, 3, 2, 1]
        assert [len(page) for page in found] == [limit] * (7 // limit) + ([7 % limit] if 7 % limit else [])


def test_what_comes_in_between_pages_disturbs_none(client: Api, customer: User, account: Json) -> None:
    page = history(client, customer, account, "limit=3")
    deposit(client, customer, account, "1.00").ok(201)
    rest = history(client, customer, account, f"limit=100&cursor={page['next_cursor']}")
    assert [line["seq"] for line in page["data"] + rest["data"]] == [7, 6, 5, 4, 3, 2, 1]


def test_an_account_without_entries_has_an_empty_history(client: Api, customer: User) -> None:
    assert history(client, customer, opened(client, customer)) == {"data": [], "has_more": False, "next_cursor": None}


def test_a_limit_out_of_bounds_is_named(client: Api, customer: User) -> None:
    account = opened(client, customer)
    for path in (f"/v1/accounts/{account['id']}/history", "/v1/accounts", "/v1/transactions"):
        for limit in ("0", "-1", "101", "x", "1.5", "", "1e1", "9" * 30):
            reply = client.get(f"{path}?limit={limit}", token=customer.token).refused(422, "validation_failed")
            assert reply.wrong_fields == ["limit"]


def test_a_cursor_serves_its_own_list_only(client: Api, customer: User, account: Json, other_customer: User) -> None:
    path = f"/v1/accounts/{account['id']}/history?limit=2"
    cursor = history(client, customer, account, "limit=2")["next_cursor"]
    other = opened(client, customer, "1.00")
    for elsewhere in (
        f"/v1/accounts/{other['id']}/history?limit=2",
        path + "&from=2020-01-01",
        path + "&category=rent",
        "/v1/accounts?limit=2",
        "/v1/transactions?limit=2",
    ):
        client.get(f"{elsewhere}&cursor={cursor}", token=customer.token).refused(400, "invalid_cursor")
    client.get(f"{path}&cursor={cursor}", token=other_customer.token).refused(404, "not_found")
    for garbage in (cursor[:-2], "x" + cursor, "AAAA", "%F0%9F%92%B6", "e30=", "null", "%20", "A" * 1024):
        client.get(f"{path}&cursor={garbage}", token=customer.token).refused(400, "invalid_cursor")
    client.get(f"{path}&cursor={'A' * 1025}", token=customer.token).refused(422, "validation_failed")


def test_history_is_for_those_who_may_see_the_account(
    client: Api, customer: User, other_customer: User, account: Json, teller: User, auditor: User
) -> None:
    for user in (teller, auditor):
        assert history(client, user, account) == history(client, customer, account)
    for what in ("history", "balance"):
        client.get(f"/v1/accounts/{account['id']}/{what}", token=other_customer.token).refused(404, "not_found")
        client.get(f"/v1/accounts/{account['id']}/{what}").refused(401, "unauthorized")
        for unknown in ("acc_01ARZ3NDEKTSV4RRFFQ69G5FAV", "acc_x", "gl.cash.brn_00000000000000000000000000.USD.000"):
            client.get(f"/v1/accounts/{unknown}/{what}", token=teller.token).refused(404, "not_found")


def test_history_by_moment_is_inclusive(client: Api, customer: User, account: Json) -> None:
    lines = history(client, customer, account)["data"]
    at = lines[3]["created_at"]

    def sequence(query: str) -> list[int]:
        return [line["seq"] for line in history(client, customer, account, query)["data"]]

    assert sequence(f"from={at}") == [7, 6, 5, 4]
    assert sequence(f"to={at}") == [4, 3, 2, 1]
    assert sequence(f"from={at}&to={at}") == [4]
    assert sequence(f"from={shifted(at, MICROSECOND)}") == [7, 6, 5]
    assert sequence(f"to={shifted(at, -MICROSECOND)}") == [3, 2, 1]
    assert sequence(f"to={at.replace('Z', '%2B00:00')}") == [4, 3, 2, 1]


def test_history_by_date(
    client: Api, customer: User, log_in: Callable[[str], User], at_time: Callable[[timedelta], None]
) -> None:
    account = opened(client, customer)
    days = []
    for day in range(3):
        at_time(timedelta(days=day))
        days.append(timestamp(clock.now())[:10])
        deposit(client, log_in(customer.email), account, "1.00").ok(201)
    user = log_in(customer.email)

    def sequence(query: str) -> list[int]:
        return [line["seq"] for line in history(client, user, account, query)["data"]]

    assert sequence(f"from={days[1]}") == [3, 2]
    assert sequence(f"to={days[1]}") == [2, 1]
    assert sequence(f"from={days[1]}&to={days[1]}") == [2]
    assert sequence("from=2999-01-01") == sequence("to=1999-01-01") == sequence("to=0900-01-01") == []
    assert sequence("from=0001-01-01&to=9999-12-30") == sequence("from=0900-01-01") == [3, 2, 1]


def test_dates_are_the_banks_own(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    account = opened(client, customer, "1.00")
    at = history(client, customer, account)["data"][0]["created_at"]
    for zone, hours in (("Etc/GMT-14", 14), ("Etc/GMT+12", -12)):
        monkeypatch.setenv("BANK_TIMEZONE", zone)
        day = shifted(at, timedelta(hours=hours))[:10]
        following = shifted(at, timedelta(hours=hours + 24))[:10]
        assert len(history(client, customer, account, f"from={day}&to={day}")["data"]) == 1
        assert history(client, customer, account, f"from={following}")["data"] == []


@pytest.mark.parametrize("end", ["from", "to"])
def test_a_wrong_date_is_named(client: Api, customer: User, end: str) -> None:
    account = opened(client, customer)
    for path in (f"/v1/accounts/{account['id']}/history", "/v1/transactions"):
        for bound in BAD_BOUNDS + BAD_MOMENTS:
            reply = client.get(f"{path}?{end}={bound}", token=customer.token).refused(422, "validation_failed")
            assert reply.wrong_fields == [end], bound


def test_a_backwards_range_is_refused(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    for path in (f"/v1/accounts/{account['id']}/history", "/v1/transactions"):
        for user in (customer, teller):
            reply = client.get(f"{path}?from=2026-01-02&to=2026-01-01", token=user.token)
            assert set(reply.refused(422, "validation_failed").wrong_fields) <= {"from", "to"}


def test_history_by_type(client: Api, customer: User, teller: User) -> None:
    account, other = opened(client, customer, "10.00"), opened(client, customer)
    reverse(client, teller, transfer(client, customer, account, other, "1.00").ok(201)).ok(201)
    withdraw(client, customer, account, "1.00").ok(201)
    for kind, sequence in {"deposit": [1], "transfer": [2], "reversal": [3], "withdrawal": [4]}.items():
        lines = history(client, customer, account, f"type={kind}")["data"]
        assert [(line["seq"], line["type"]) for line in lines] == [(seq, kind) for seq in sequence]
    assert history(client, customer, account, "type=interest_credit")["data"] == []
    reply = client.get(f"/v1/accounts/{account['id']}/history?type=gift", token=customer.token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["type"]


@pytest.mark.parametrize("query", ["type=deposit", "category=odd", "tag=odd", "category=odd&tag=odd&type=deposit"])
def test_a_filter_loses_nothing_over_pages(client: Api, customer: User, query: str) -> None:
    account = opened(client, customer)
    for number in range(1, 7):
        annotations: Json = {"category": "odd", "tags": ["odd", "x"]} if number % 2 else {"category": "even"}
        (withdraw if number == 2 else deposit)(client, customer, account, f"{number}.00", **annotations)
    wanted = ["6.00", "5.00", "4.00", "3.00", "1.00"] if query == "type=deposit" else ["5.00", "3.00", "1.00"]
    for limit in (1, 2, 3, 100):
        found = pages(client, customer, f"/v1/accounts/{account['id']}/history?{query}&limit={limit}")
        assert [line["amount"] for page in found for line in page] == wanted
        assert all(len(page) <= limit for page in found)


def test_the_balance_as_of_any_moment(client: Api, customer: User, account: Json) -> None:
    lines = history(client, customer, account)["data"]
    path = f"/v1/accounts/{account['id']}/balance"

    def at(moment_: str) -> tuple[str, int]:
        found = client.get(f"{path}?at={moment_}", token=customer.token).ok()
        assert (found["account_id"], found["currency"]) == (account["id"], "USD")
        return found["balance"], found["seq"]

    for line in lines:
        assert at(line["created_at"]) == (line["balance_after"], line["seq"])
    assert at(shifted(lines[0]["created_at"], -MICROSECOND)) == ("5.00", 6)
    assert at(shifted(lines[-1]["created_at"], -MICROSECOND)) == ("0.00", 0)
    for long_ago in ("1970-01-01T00:00:00Z", "0900-01-01T00:00:00Z", "0001-01-01T00:00:00Z"):
        assert at(long_ago) == ("0.00", 0)
    assert at("9999-12-31T23:59:59.999999Z") == ("4.00", 7)
    assert at(lines[3]["created_at"].replace("Z", "%2B00:00")) == (lines[3]["balance_after"], 4)
    now = client.get(path, token=customer.token).ok()
    assert (now["balance"], now["seq"]) == ("4.00", 7)
    assert now["at"] > lines[0]["created_at"]


def test_the_balance_now_is_after_the_last_entry_although_its_clock_was_ahead(
    client: Api, customer: User, account: Json, at_time: Callable[[timedelta], None]
) -> None:
    """No two hosts' clocks agree; whoever was told of a deposit sees it."""
    at_time(timedelta(minutes=1))
    deposit(client, customer, account, "1.00")
    at_time(timedelta(0))
    now = client.get(f"/v1/accounts/{account['id']}/balance", token=customer.token).ok()
    assert (now["balance"], now["seq"]) == ("5.00", 8)
    assert now["at"] == history(client, customer, account)["data"][0]["created_at"]


def test_a_wrong_moment_is_named(client: Api, customer: User) -> None:
    account = opened(client, customer)
    for at in (*BAD_MOMENTS, "2026-11-21", "now", "9" * 41):
        reply = client.get(f"/v1/accounts/{account['id']}/balance?at={at}", token=customer.token)
        assert reply.refused(422, "validation_failed").wrong_fields == ["at"], at


def forget_what_entries_show(account: Json) -> None:
    """Leave the entries of an account as earlier versions have written them, and its labels on no list."""
    for entry in next(LedgerEntry.pages_of(account["id"])):
        LedgerEntry(entry.pk, entry.sk).update(actions=[LedgerEntry.shown.remove()])
    for label in Label.by_transaction(account["id"]).values():
        Label(label.pk, label.sk).update(actions=[Label.gsi2pk.remove(), Label.gsi2sk.remove()])


def test_history_of_earlier_versions_shows_the_same(client: Api, customer: User) -> None:
    mine, other = opened(client, customer, "10.00"), opened(client, customer)
    paid = transfer(client, customer, mine, other, "1.00", memo="rent").ok(201)
    edits = {"category": "home", "tags": ["t"], "memo": "mine"}
    client.patch(f"/v1/transactions/{paid['id']}", edits, token=customer.token).ok()
    before = [history(client, customer, one) for one in (mine, other)]
    assert [line["memo"] for line in before[0]["data"]] == ["mine", None]
    assert [line["counterparty"] for line in before[0]["data"]] == [other["id"], None]
    for one in (mine, other):
        forget_what_entries_show(one)
    assert [history(client, customer, one) for one in (mine, other)] == before


def test_page_of_history_costs_few_read_units(client: Api, customer: User) -> None:
    """Of session, account, entries and labels. Each label that exists is read, too."""
    account = opened(client, customer, "50.00")
    for _ in range(20):
        withdraw(client, customer, account, "1.00").ok(201)
    with counted_calls() as calls:
        assert len(history(client, customer, account)["data"]) == 20
    assert calls == Counter(GetItem=2, Query=2)


def test_an_old_entry_that_is_seen_before_its_transaction_is_read_again(
    client: Api, customer: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB commits item by item, and a query may look in between."""
    forget_what_entries_show(account)
    read, hidden = batch.get_all, [1]

    def halfway(kind: type[BankItem], keys: Iterable[tuple[str, str]]) -> list[BankItem]:
        return [item for item in read(kind, keys) if not (kind is Transaction and hidden and hidden.pop())]

    monkeypatch.setattr(service, "get_all", halfway)
    page = history(client, customer, account)
    assert not hidden
    assert [entry["seq"] for entry in page["data"]] == [7, 6, 5, 4, 3, 2, 1]
    hidden += [1] * 99
    client.get(f"/v1/accounts/{account['id']}/history", token=customer.token).refused(503, "unavailable")


def test_anyone_can_check_a_history_with_the_lines_in_the_documentation(client: Api, customer: User) -> None:
    lines = (
        (Path(__file__).parents[3] / "docs" / "ledger.md").read_text().partition("```python\n")[2].partition("```")[0]
    )
    documented: dict[str, Any] = {}
    exec(lines, documented)  # noqa: S102 — it is our own documentation
    account = opened(client, customer)
    for number in range(3):
        deposit(client, customer, account, f"10.0{number}").ok(201)
    withdraw(client, customer, account, "7.77").ok(201)
    entries = history(client, customer, account)["data"]
    assert len(entries) == 4
    assert [entry["hash"] for entry in entries] == [documented["entry_hash"](entry) for entry in entries]
    assert [entry["prev_hash"] for entry in entries] == [*(entry["hash"] for entry in entries[1:]), "0" * 64]
