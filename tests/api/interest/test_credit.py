"""Interest of accounts, as months pass: what is pending, and credits that pay each day once."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib import clock
from tests.api.helpers import interest
from tests.api.helpers.accounts import closed, deposit, frozen, history, new_key, opened, read, reverse, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls, items
from tests.api.helpers.interest import World
from tests.api.helpers.race import just_before

UNKNOWN = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def world(client: Api, customer: User, manager: User, log_in: Callable[[str], User]) -> Iterator[World]:
    """It is noon on 1 January 2027."""
    world = World(client, customer, manager, log_in)
    world.at("2027-01-01")
    yield world
    clock.set_clock(None)


def expense(currency: str = "USD") -> int:
    """What the bank has paid in interest, in minor units."""
    shards = [one for one in items(type="account") if one["id"].startswith(f"gl.interest_expense.{currency}.")]
    return -sum(int(one["balance"]) for one in shards)


def test_nothing_is_pending_on_the_day_of_opening(world: World) -> None:
    account = world.savings("10000.00")
    assert world.pending(account) == {
        "account_id": account["id"],
        "pending": "0.00",
        "currency": "USD",
        "from": None,
        "to": None,
        "days": 0,
        "day_count": "ACT/365F",
        "accrued": "0.00000000",
        "carried": "0.00000000",
        "paid_through": None,
        "rate_segments": [],
    }


def test_what_is_pending_is_shown_with_how_it_comes_about(world: World) -> None:
    account = world.savings("1000.00")
    world.put_rate("0.0350", "2027-01-16")
    world.at("2027-01-21")
    deposit(world.client, world.customer, account, "500.00").ok(201)
    world.at("2027-01-31")
    assert world.pending(account) == {
        "account_id": account["id"],
        "pending": "3.15",
        "currency": "USD",
        "from": "2027-01-01",
        "to": "2027-01-30",
        "days": 30,
        "day_count": "ACT/365F",
        "accrued": "3.15068493",
        "carried": "0.00000000",
        "paid_through": None,
        "rate_segments": [
            {"from": "2027-01-01", "to": "2027-01-15", "days": 15, "annual_rate": "0.0300", "interest": "1.23287671"},
            {"from": "2027-01-16", "to": "2027-01-30", "days": 15, "annual_rate": "0.0350", "interest": "1.91780822"},
        ],
    }
    assert history(world.client, world.customer, account)["data"][0]["type"] == "deposit"


def test_a_credit_pays_what_was_pending_and_carries_the_fraction(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    credited = world.apply(account).ok(201)
    made = credited.pop("transaction")
    assert credited == {
        "account_id": account["id"],
        "amount": "24.66",
        "currency": "USD",
        "from": "2027-01-01",
        "to": "2027-01-30",
        "days": 30,
        "paid_through": "2027-01-30",
        "carried": "-0.00246575",
        "transaction_id": made["id"],
    }
    assert (made["type"], made["status"], made["amount"]) == ("interest_credit", "posted", "24.66")
    assert (made["to_account_id"], made["from_account_id"]) == (account["id"], None)
    assert read(world.client, world.customer, account)["balance"] == "10024.66"
    [line] = history(world.client, world.customer, account, "type=interest_credit")["data"]
    assert (line["direction"], line["amount"], line["balance_after"]) == ("in", "24.66", "10024.66")
    assert expense() == 2466
    after = world.pending(account)
    assert (after["paid_through"], after["days"], after["carried"]) == ("2027-01-30", 0, "-0.00246575")


def test_after_a_credit_on_the_15th_the_next_one_pays_the_rest_of_the_month(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-15")
    first = world.apply(account).ok(201)
    world.at("2027-02-01")
    second = world.apply(account).ok(201)
    assert (first["from"], first["to"], second["from"], second["to"]) == (
        "2027-01-01",
        "2027-01-14",
        "2027-01-15",
        "2027-01-31",
    )
    # 10,000 × 3 % × 14 / 365 = 11.5068; 10,011.51 × 3 % × 17 / 365 = 13.9886, and −0.0032 carried, is 13.9854.
    assert (first["amount"], second["amount"], expense()) == ("11.51", "13.99", 2550)


def test_a_day_is_paid_once_however_often_somebody_asks(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-15")
    world.apply(account).ok(201)
    refused = world.apply(account).refused(409, "conflict")
    assert "paid through 2027-01-14" in refused.json["detail"]
    assert expense() == 1151
    world.at("2027-01-16T00:00Z")
    assert world.apply(account).ok(201)["days"] == 1


def test_days_without_a_cent_are_paid_without_a_transaction(world: World) -> None:
    account = world.savings("1.00")
    amounts = []
    for day in range(2, 8):
        world.at(f"2027-01-{day:02d}")
        credited = world.apply(account).ok(201)
        assert (credited["days"], credited["paid_through"]) == (1, f"2027-01-{day - 1:02d}")
        assert (credited["transaction_id"] is None) == (credited["amount"] == "0.00")
        assert (credited["transaction"] is None) == (credited["transaction_id"] is None)
        amounts.append((credited["amount"], credited["carried"]))
    # A dollar earns 3/365 of a cent a day.
    assert amounts[0] == ("0.00", "0.00008219")
    assert amounts[-1] == ("0.00", "0.00049315")
    assert [one["transaction_type"] for one in items(type="transaction")] == ["deposit"]
    world.at("2027-03-03")
    assert world.apply(account).ok(201)["amount"] == "0.01"  # 61 × 3/365 of a cent is more than a half


def test_a_credit_of_nothing_is_answered_again_by_its_key(world: World) -> None:
    account = world.savings("1.00")
    world.at("2027-01-02")
    first = world.apply(account, key="zero")
    world.at("2027-01-09")
    again = world.apply(account, key="zero")
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first.ok(201), "true")
    assert "Idempotent-Replayed" not in first.headers
    assert world.pending(account)["from"] == "2027-01-02"


def test_a_credit_is_answered_again_by_its_key(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-02-01")
    first = world.apply(account, key="january")
    world.at("2027-03-01")
    again = world.apply(account, key="january")
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first.ok(201), "true")
    assert world.pending(account)["from"] == "2027-02-01"


def test_that_nothing_was_left_to_pay_is_answered_again_by_its_key(world: World) -> None:
    account = world.savings("10000.00")
    first = world.apply(account, key="early").refused(409, "conflict")
    world.at("2027-02-01")
    again = world.apply(account, key="early").refused(409, "conflict")
    assert (again.json["detail"], again.headers["Idempotent-Replayed"]) == (first.json["detail"], "true")
    assert "Idempotent-Replayed" not in first.headers


def test_a_key_of_another_request_is_refused(world: World) -> None:
    account, other = world.savings("10000.00"), world.savings("1.00")
    world.at("2027-02-01")
    world.apply(account, key="paid").ok(201)
    world.apply(other, key="paid").refused(409, "idempotency_key_reused")
    world.apply(other, key="zero").ok(201)
    world.apply(account, key="zero").refused(409, "idempotency_key_reused")
    deposit(world.client, world.manager, account, "1.00", key="zero").refused(409, "idempotency_key_reused")
    world.client.post(f"/v1/accounts/{account['id']}/apply_interest", token=world.manager.token).refused(
        400, "idempotency_key_missing"
    )


def test_a_rate_for_a_future_day_changes_nothing_before_it(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-20")
    before = world.pending(account)
    world.put_rate("0.2000", "2027-01-20")
    assert world.pending(account) == before
    world.at("2027-01-21")
    assert [one["annual_rate"] for one in world.pending(account)["rate_segments"]] == ["0.0300", "0.2000"]


def test_interest_compounds_from_the_day_of_its_credit(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-02-01")
    assert world.apply(account).ok(201)["amount"] == "25.48"  # 10,000 × 3 % × 31 / 365 = 25.4795
    world.at("2027-02-11")
    assert world.pending(account)["accrued"] == "8.24012055"  # 10,025.48 × 3 % × 10 / 365


def test_yen_have_no_cents(world: World) -> None:
    account = world.savings("10000", currency="JPY")
    world.at("2027-01-31")
    shown = world.pending(account)
    assert (shown["pending"], shown["accrued"], shown["currency"]) == ("25", "24.657534", "JPY")
    credited = world.apply(account).ok(201)
    assert (credited["amount"], credited["carried"], expense("JPY"), expense()) == ("25", "-0.342466", 25, 0)
    assert read(world.client, world.customer, account)["balance"] == "10025"


def test_a_current_account_earns_nothing_until_it_has_a_rate(world: World) -> None:
    account = opened(world.client, world.customer, "10000.00")
    world.at("2027-01-11")
    assert world.apply(account).ok(201)["amount"] == "0.00"
    interest.put_rate(world.client, world.manager, "0.0100", "2027-01-11", account_type="current").ok()
    world.at("2027-01-21")
    assert world.apply(account).ok(201)["amount"] == "2.74"


def test_a_frozen_account_receives_its_interest(world: World) -> None:
    account = world.savings("10000.00")
    frozen(world.client, world.manager, account)
    world.at("2027-01-31")
    assert world.apply(account).ok(201)["amount"] == "24.66"


def test_an_overdrawn_balance_earns_and_costs_nothing(world: World) -> None:
    account = world.savings("100.00")
    world.client.patch(f"/v1/accounts/{account['id']}", {"overdraft_limit": "5000.00"}, token=world.manager.token).ok()
    withdraw(world.client, world.customer, account, "5000.00").ok(201)
    world.at("2027-01-31")
    credited = world.apply(account).ok(201)
    assert (credited["amount"], credited["carried"], credited["days"]) == ("0.00", "0.00000000", 30)


def test_a_credit_that_is_reversed_stays_paid(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    made = world.apply(account).ok(201)["transaction"]
    reverse(world.client, world.manager, made).refused(403, "conflict_of_interest")
    reverse(world.client, world.log_in("root@florin.example"), made).ok(201)
    assert (read(world.client, world.customer, account)["balance"], expense()) == ("10000.00", 0)
    world.apply(account).refused(409, "conflict")


def test_closing_credits_first(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    withdraw(world.client, world.customer, account, "10000.00").ok(201)
    path = f"/v1/accounts/{account['id']}"
    refused = world.client.delete(path, token=world.customer.token).refused(422, "account_not_empty")
    assert "Interest of 24.66 USD was just credited" in refused.json["detail"]
    again = world.client.delete(path, token=world.customer.token).refused(422, "account_not_empty")
    assert "credited" not in again.json["detail"]
    withdraw(world.client, world.customer, account, "24.66").ok(201)
    assert closed(world.client, world.customer, account)["status"] == "closed"
    shown = world.pending(account)
    assert (shown["days"], shown["paid_through"]) == (0, "2027-01-30")
    [credit] = [one for one in items(type="transaction") if one["transaction_type"] == "interest_credit"]
    assert credit["initiated_by"] == "system"
    world.at("2027-03-01")
    assert world.pending(account)["days"] == 0
    world.apply(account).refused(422, "account_closed")


def test_what_earned_nothing_just_closes(world: World) -> None:
    accounts = [opened(world.client, world.customer), world.savings()]
    world.at("2027-01-31")
    assert [closed(world.client, world.customer, one)["status"] for one in accounts] == ["closed", "closed"]
    assert items(type="transaction") == []


def test_what_cannot_close_is_not_credited(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    path = f"/v1/accounts/{account['id']}"
    refused = world.client.delete(path, token=world.customer.token).refused(422, "account_not_empty")
    assert "credited" not in refused.json["detail"]
    assert (world.pending(account)["days"], expense()) == (30, 0)


def test_closing_what_is_frozen_credits_nothing_to_its_owner(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    withdraw(world.client, world.customer, account, "10000.00").ok(201)
    frozen(world.client, world.manager, account)
    world.client.delete(f"/v1/accounts/{account['id']}", token=world.customer.token).refused(409, "conflict")
    assert expense() == 0
    world.client.delete(f"/v1/accounts/{account['id']}", token=world.manager.token).refused(422, "account_not_empty")
    assert expense() == 2466


def test_of_two_credits_at_once_one_pays(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    with just_before("TransactWriteItems", lambda: world.apply(account).ok(201)):
        world.apply(account).refused(409, "conflict")
    assert expense() == 2466


def test_of_two_credits_of_nothing_at_once_one_advances(world: World) -> None:
    account = world.savings("1.00")
    world.at("2027-01-02")
    with just_before("TransactWriteItems", lambda: world.apply(account).ok(201)):
        world.apply(account).refused(409, "conflict")
    assert (world.pending(account)["paid_through"], expense()) == ("2027-01-01", 0)


@pytest.mark.parametrize("balance", ["10000.00", "1.00"])
def test_one_key_sent_twice_at_once_pays_once_and_is_answered_alike(world: World, balance: str) -> None:
    account, key = world.savings(balance), new_key()
    world.at("2027-01-31")
    answers: list[Reply] = []

    def ask() -> None:
        answers.append(world.apply(account, key=key))

    with just_before("TransactWriteItems", ask):
        ask()
    assert answers[0].ok(201) == answers[1].ok(201)


def test_money_that_comes_while_interest_is_credited_is_not_lost_to_it(world: World) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    with just_before("Query", lambda: deposit(world.client, world.customer, account, "1.00").ok(201)):
        credited = world.apply(account).ok(201)
    assert (credited["amount"], credited["transaction"]["entries"][0]["balance_after"]) == ("24.66", "10025.66")


def test_no_entry_falls_on_a_day_that_was_paid(world: World) -> None:
    """Where a machine's clock is behind: it would change a balance for which interest was paid."""
    account = world.savings("1.00")
    world.at("2027-01-02T00:00:01Z")
    world.apply(account).ok(201)
    world.at("2027-01-01T23:59:59Z")
    late = deposit(world.client, world.customer, account, "10000.00").ok(201)
    assert late["created_at"] == "2027-01-02T00:00:00.000000Z"


def test_who_may_see_and_credit_interest(
    other_customer: User, teller: User, auditor: User, admin: User, world: World
) -> None:
    account = world.savings("10000.00")
    world.at("2027-01-31")
    other, teller, auditor, admin = (world.log_in(one.email) for one in (other_customer, teller, auditor, admin))
    path = f"/v1/accounts/{account['id']}"
    world.client.get(f"{path}/interest", token=other.token).refused(404, "not_found")
    for user in (teller, auditor, admin, world.manager):
        assert interest.pending(world.client, user, account)["pending"] == "24.66"
    for user in (world.customer, other, teller, auditor):
        interest.apply(world.client, user, account).refused(403, "forbidden")
    interest.apply(world.client, admin, account).ok(201)


@pytest.mark.parametrize("account_id", [UNKNOWN, "x", "gl.cash.brn_00000000000000000000000000.USD.000"])
def test_what_is_no_customer_s_account_has_no_interest(world: World, account_id: str) -> None:
    unknown: Json = {"id": account_id}
    world.client.get(f"/v1/accounts/{account_id}/interest", token=world.manager.token).refused(404, "not_found")
    world.apply(unknown).refused(404, "not_found")


def test_interest_of_a_year_by_the_month_is_what_the_ledger_says(world: World) -> None:
    account, paid = world.savings("10000.00"), []
    for month in range(2, 13):
        world.at(f"2027-{month:02d}-01")
        paid.append(int(world.apply(account).ok(201)["amount"].replace(".", "")))
    assert expense() == sum(paid)
    assert read(world.client, world.customer, account)["balance"] == f"{(1_000_000 + sum(paid)) / 100:.2f}"


def test_a_credit_is_a_post_with_the_entries_and_the_rates_since_the_last_one(world: World) -> None:
    account, empty = world.savings("10000.00"), world.savings()
    world.at("2027-01-31")
    for one in (account, empty):
        with counted_calls() as calls:
            world.apply(one).ok(201)
        assert calls == {"GetItem": 2, "BatchGetItem": 1, "Query": 2, "TransactWriteItems": 1}
    with counted_calls() as calls:
        world.pending(account)
    assert calls == {"GetItem": 2}
    world.at("2027-02-28")
    with counted_calls() as calls:
        world.pending(account)
    assert calls == {"GetItem": 2, "Query": 3}  # and the entry before those
