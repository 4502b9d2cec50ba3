"""However many accounts a customer opens, and whenever: the customer has one daily limit."""

from typing import Any

import pytest

from tests.api.helpers.accounts import closed, deposit, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.holders import put_holder
from tests.api.helpers.race import just_before


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "100")


@pytest.fixture
def first(client: Api, customer: User) -> Json:
    return opened(client, customer, "500.00")


def test_second_account_counts_what_the_first_has_spent_today(client: Api, customer: User, first: Json) -> None:
    withdraw(client, customer, first, "60.00").ok(201)
    second = opened(client, customer, "500.00")
    refused = withdraw(client, customer, second, "40.01").refused(422, "limit_exceeded")
    assert (refused.json["limit"], refused.json["currency"]) == ("100.00", "USD")
    withdraw(client, customer, second, "40.00").ok(201)
    for account in (first, second, opened(client, customer, "500.00")):
        withdraw(client, customer, account, "0.01").refused(422, "limit_exceeded")


def test_payment_that_is_reversed_after_the_second_account_was_opened_is_given_back(
    client: Api, customer: User, teller: User, first: Json
) -> None:
    made = withdraw(client, customer, first, "60.00").ok(201)
    second = opened(client, customer, "500.00")
    reverse(client, teller, made).ok(201)
    withdraw(client, customer, second, "100.00").ok(201)
    withdraw(client, customer, first, "0.01").refused(422, "limit_exceeded")


def test_account_that_was_closed_counts_for_the_next_one(client: Api, customer: User) -> None:
    first = opened(client, customer, "60.00")
    withdraw(client, customer, first, "60.00").ok(201)
    closed(client, customer, first)
    second = opened(client, customer, "500.00")
    withdraw(client, customer, second, "40.01").refused(422, "limit_exceeded")


def test_payment_while_the_second_account_is_opened_is_counted(client: Api, customer: User, first: Json) -> None:
    with just_before("TransactWriteItems", lambda: withdraw(client, customer, first, "60.00").ok(201)):
        second = opened(client, customer)
    deposit(client, customer, second, "500.00").ok(201)
    withdraw(client, customer, second, "40.01").refused(422, "limit_exceeded")


def test_two_accounts_opened_at_once_are_two(client: Api, customer: User) -> None:
    """The first of all: each request has seen none."""
    made: list[Any] = []
    with just_before("TransactWriteItems", lambda: made.append(opened(client, customer))):
        made.append(opened(client, customer))
    for account in made:
        deposit(client, customer, account, "500.00").ok(201)
        withdraw(client, customer, account, "50.00").ok(201)
    for account in made:
        withdraw(client, customer, account, "0.01").refused(422, "limit_exceeded")


def test_accounts_in_two_currencies_count_alone(client: Api, customer: User, first: Json) -> None:
    euros = opened(client, customer, "500.00", currency="EUR")
    withdraw(client, customer, first, "100.00").ok(201)
    withdraw(client, customer, euros, "100.00").ok(201)
    assert items(type="daily_spending") == []


def test_own_transfers_do_not_count(client: Api, customer: User, other_customer: User, first: Json) -> None:
    second, foreign = opened(client, customer), opened(client, other_customer)
    transfer(client, customer, first, second, "100.00").ok(201)
    transfer(client, customer, second, foreign, "100.00").ok(201)


def test_other_account_is_no_edit_of_the_first(client: Api, customer: User, first: Json) -> None:
    opened(client, customer)
    changes = client.get(f"/v1/accounts/{first['id']}/changes", token=customer.token).ok()["data"]
    assert "counts_alone" not in str(changes)


def test_joint_holder_has_one_limit_for_own_accounts_and_those_of_others(
    client: Api, customer: User, other_customer: User, teller: User, first: Json
) -> None:
    """Also for what was paid before, and for an account that is opened later."""
    withdraw(client, customer, first, "30.00").ok(201)
    joint = opened(client, other_customer, "500.00")
    put_holder(client, teller, joint, customer, "pay").ok()
    withdraw(client, customer, joint, "40.00").ok(201)
    withdraw(client, customer, first, "30.01").refused(422, "limit_exceeded")
    withdraw(client, customer, first, "20.00").ok(201)
    later = opened(client, customer, "500.00")
    withdraw(client, customer, later, "10.01").refused(422, "limit_exceeded")
    withdraw(client, customer, later, "10.00").ok(201)
    withdraw(client, other_customer, joint, "60.00").ok(201)


def test_first_account_of_a_joint_holder_shares_its_limit(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    joint = opened(client, other_customer, "500.00")
    put_holder(client, teller, joint, customer, "view").ok()
    first = opened(client, customer, "500.00")
    put_holder(client, teller, joint, customer, "pay").ok()
    withdraw(client, customer, joint, "60.00").ok(201)
    withdraw(client, customer, first, "40.01").refused(422, "limit_exceeded")


def test_payment_while_its_customer_becomes_a_holder_is_counted(
    client: Api, customer: User, other_customer: User, teller: User, first: Json
) -> None:
    joint = opened(client, other_customer, "500.00")
    with just_before("TransactWriteItems", lambda: withdraw(client, customer, first, "60.00").ok(201)):
        put_holder(client, teller, joint, customer, "pay").ok()
    withdraw(client, customer, joint, "40.01").refused(422, "limit_exceeded")
