"""Lists of transactions: one's own, and for staff and auditors the whole bank's."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from chalicelib import clock, config
from chalicelib.domain.time import timestamp
from tests.api.helpers.accounts import deposit, opened, read, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.risk import held_by_hand


def listed(client: Api, user: User, query: str = "") -> list[str]:
    """Ids on all pages."""
    found, cursor = [], ""
    for _ in range(100):
        page: Json = client.get(f"/v1/transactions?{query}{cursor}", token=user.token).ok()
        found += [one["id"] for one in page["data"]]
        assert page["has_more"] is (page["next_cursor"] is not None)
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"
    raise AssertionError("a list without an end")


def test_ones_own_newest_first(client: Api, customer: User, other_customer: User) -> None:
    account, foreign = opened(client, customer), opened(client, other_customer, "1.00")
    made = [deposit(client, customer, account, "1.00").ok(201)["id"] for _ in range(4)]
    refused = withdraw(client, customer, account, "99.00").refused(422, "insufficient_funds")
    made += [refused.json["transaction_id"], transfer(client, customer, account, foreign, "1.00").ok(201)["id"]]
    for limit in (1, 2, 3, 6, 100):
        assert listed(client, customer, f"limit={limit}") == made[::-1]


def test_a_partys_list_has_everything_of_its_accounts(
    client: Api, customer: User, other_customer: User, teller: User, manager: User
) -> None:
    """Whoever asked for it: the bank, the payer, another holder. The payer's refused payment is the payer's alone."""
    own, foreign = opened(client, customer, "50.00"), opened(client, other_customer, "90.00")
    put_holder(client, teller, foreign, customer, "pay").ok()
    counter = deposit(client, teller, own, "9.00").ok(201)
    made = [
        counter["id"],
        transfer(client, other_customer, foreign, own, "8.00").ok(201)["id"],
        reverse(client, manager, counter).ok(201)["id"],
    ]
    refused = withdraw(client, other_customer, foreign, "999.00").refused(422, "insufficient_funds")
    waiting = [held_by_hand(user, foreign, own, "20.00") for user in (customer, other_customer)]
    given_up = held_by_hand(customer, foreign, own, "3.00")
    client.post(f"/v1/transactions/{given_up}/reject", {"reason": "r"}, token=manager.token).ok()
    for limit in (1, 2, 3, 100):
        opening = listed(client, customer)[-2:]
        assert listed(client, customer, f"limit={limit}") == [given_up, *waiting[::-1], *made[::-1], *opening]
    assert listed(client, other_customer)[:4] == [given_up, *waiting[::-1], refused.json["transaction_id"]]
    for user in (customer, other_customer):
        assert listed(client, user, "status=pending") == waiting[::-1]
        assert listed(client, user, "status=voided") == [given_up]
        assert read(client, user, foreign)["held"] == "40.00"


def test_a_holders_list_ends_with_the_holding_but_for_its_own_requests(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    foreign = opened(client, other_customer, "90.00")
    put_holder(client, teller, foreign, customer, "pay").ok()
    own = withdraw(client, customer, foreign, "1.00").ok(201)["id"]
    withdraw(client, other_customer, foreign, "2.00").ok(201)
    end_holder(client, other_customer, foreign, customer)
    assert listed(client, customer) == [own]


def test_staff_and_auditors_list_everybodys(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User
) -> None:
    accounts = [(user, opened(client, user)) for user in (customer, other_customer)]
    made = [deposit(client, *accounts[number % 2], "1.00").ok(201)["id"] for number in range(7)]
    for user in (teller, auditor):
        for limit in (1, 2, 7, 100):
            assert listed(client, user, f"limit={limit}") == made[::-1]


def test_lists_show_what_a_transaction_shows(client: Api, customer: User, teller: User) -> None:
    made = deposit(client, customer, opened(client, customer), "1.00", memo="m", category="c", tags=["t"]).ok(201)
    assert client.get("/v1/transactions", token=customer.token).ok()["data"] == [made]
    [seen] = client.get("/v1/transactions", token=teller.token).ok()["data"]
    detail = client.get(f"/v1/transactions/{made['id']}", token=teller.token).ok()
    assert seen | {"pending_approvals": []} == detail


def test_lists_by_status_and_type(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    paid_in = deposit(client, customer, account, "5.00").ok(201)
    refused = withdraw(client, customer, account, "9.00").refused(422, "insufficient_funds").json["transaction_id"]
    paid_out = withdraw(client, customer, account, "1.00").ok(201)["id"]
    back = reverse(client, teller, deposit(client, customer, account, "1.00").ok(201)).ok(201)
    for user in (customer, teller):
        assert listed(client, user, "status=failed") == [refused]
        assert listed(client, user, "type=withdrawal") == [paid_out, refused]
        assert listed(client, user, "type=withdrawal&status=posted&limit=1") == [paid_out]
        assert listed(client, user, "status=pending") == []
    assert listed(client, teller, "type=reversal") == [back["id"]]
    assert paid_in["id"] in listed(client, customer, "type=deposit&status=posted")
    for query, field in (("status=open", "status"), ("type=gift", "type"), ("sort=asc", "sort"), ("from=x", "from")):
        reply = client.get(f"/v1/transactions?{query}", token=customer.token)
        assert reply.refused(422, "validation_failed").wrong_fields == [field]


def test_lists_by_date(
    client: Api,
    customer: User,
    teller: User,
    log_in: Callable[[str], User],
    at_time: Callable[[timedelta], None],
) -> None:
    account = opened(client, customer)
    days, made = [], []
    for day in range(3):
        at_time(timedelta(days=day))
        days.append(timestamp(clock.now())[:10])
        user = log_in(customer.email)
        made += [deposit(client, user, account, "1.00").ok(201)["id"] for _ in range(2)]
    owner, staff = log_in(customer.email), log_in(teller.email)
    for user in (owner, staff):
        for limit in (1, 2, 100):
            assert listed(client, user, f"limit={limit}&from={days[0]}") == made[::-1]
            assert listed(client, user, f"limit={limit}&from={days[1]}&to={days[1]}") == [made[3], made[2]]
            assert listed(client, user, f"limit={limit}&from={days[0]}&to={days[1]}") == made[3::-1]
    assert listed(client, owner, f"to={days[0]}") == [made[1], made[0]]
    assert listed(client, owner) == made[::-1]
    assert listed(client, staff) == [made[5], made[4]], "today's, unless a range is named"


@pytest.mark.parametrize(
    "query", ["from=2020-01-01", "from=0001-01-01", "from=0001-01-01&to=0001-01-02", "to=0900-01-01"]
)
def test_the_whole_banks_list_is_asked_for_in_ranges(client: Api, teller: User, query: str) -> None:
    """A backwards or over-long range is refused; one that is over-long ago is merely empty."""
    reply = client.get(f"/v1/transactions?{query}", token=teller.token)
    if reply.status != 200:
        assert set(reply.refused(422, "validation_failed").wrong_fields) <= {"from", "to"}


def test_a_cursor_serves_its_own_list_only(client: Api, customer: User, other_customer: User, teller: User) -> None:
    account = opened(client, customer)
    for _ in range(3):
        deposit(client, customer, account, "1.00").ok(201)
    own = client.get("/v1/transactions?limit=1", token=customer.token).ok()["next_cursor"]
    banks = client.get("/v1/transactions?limit=1", token=teller.token).ok()["next_cursor"]
    for cursor, user in ((own, other_customer), (own, teller), (banks, customer), ("x" + own, customer)):
        client.get(f"/v1/transactions?limit=1&cursor={cursor}", token=user.token).refused(400, "invalid_cursor")
    client.get(f"/v1/transactions?limit=1&cursor={banks[:-1]}", token=teller.token).refused(400, "invalid_cursor")


def test_days_without_any_are_no_pages(
    client: Api,
    customer: User,
    teller: User,
    log_in: Callable[[str], User],
    at_time: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor is the UTC day on which tonight is, west of Greenwich, before it has begun."""
    made = deposit(client, customer, opened(client, customer), "1.00").ok(201)
    for zone, days in (("UTC", 2), ("Etc/GMT+12", 1)):
        monkeypatch.setattr(config, "timezone", partial(ZoneInfo, zone))
        at_time(timedelta(days=days))
        page = client.get(f"/v1/transactions?from={made['created_at']}", token=log_in(teller.email).token).ok()
        assert ([one["id"] for one in page["data"]], page["has_more"]) == ([made["id"]], False)
