"""A policy that counts 24 hours counts the day of a customer over all accounts: splitting a payment gains nothing."""

from collections.abc import Callable

import pytest

from tests.api.helpers.accounts import balance, deposit, new_key, opened, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.held_money import approval_of, decide_approval, set_policy, stored
from tests.api.helpers.holders import put_holder
from tests.api.helpers.race import just_before

ABOVE = {"USD": "1000.00"}


@pytest.fixture
def second(client: Api, customer: User, admin: User, account: Json) -> Json:
    """Another account of the customer, whose transfers above 1,000.00 in 24 hours wait."""
    set_policy(client, admin, "transfer", above=ABOVE, within_24h=True)
    return opened(client, customer, "9000.00")


def test_payments_from_two_accounts_are_added(
    client: Api, customer: User, manager: User, account: Json, second: Json, payee: Json
) -> None:
    transfer(client, customer, account, payee, "600.00").ok(201)
    transfer(client, customer, second, payee, "400.00").ok(201)
    key = new_key()
    reply = transfer(client, customer, second, payee, "0.01", key=key)
    held = reply.ok(202)
    assert reply.headers["Location"] == f"/v1/approvals/{held['waiting']['approval_id']}"
    assert approval_of(client, manager, held)["reasons"] == ["policy"]
    assert transfer(client, customer, second, payee, "0.01", key=key).ok(202)["id"] == held["id"]
    decide_approval(client, manager, held, "approve").ok()
    assert (stored(held), balance(payee)) == (("posted", "executed"), 100_001)


@pytest.mark.parametrize("by", ["customer", "teller"])
def test_of_two_payments_at_once_from_two_accounts_one_waits(
    client: Api, request: pytest.FixtureRequest, account: Json, second: Json, payee: Json, by: str
) -> None:
    payer = request.getfixturevalue(by)
    with just_before("TransactWriteItems", lambda: transfer(client, payer, account, payee, "600.00").ok(201)):
        transfer(client, payer, second, payee, "600.00").ok(202)
    assert balance(payee) == 60_000


def test_withdrawals_are_added_and_a_held_one_counts(
    client: Api, customer: User, admin: User, account: Json, second: Json
) -> None:
    set_policy(client, admin, "withdraw", above=ABOVE, within_24h=True)
    withdraw(client, customer, account, "1000.01").ok(202)
    withdraw(client, customer, second, "0.01").ok(202)


@pytest.fixture
def counted(client: Api, admin: User) -> None:
    """More than 1,000.00 of cash in a day waits."""
    set_policy(client, admin, "deposit", above=ABOVE, within_24h=True)


def test_cash_that_a_teller_takes_in_is_added_over_the_accounts_of_a_customer(
    client: Api, teller: User, manager: User, customer: User, account: Json, counted: None
) -> None:
    other = opened(client, customer)
    before = balance(account)
    for into in (account, other):
        deposit(client, teller, into, "500.00").ok(201)
    held = deposit(client, teller, other, "0.01").ok(202)
    assert approval_of(client, manager, held)["reasons"] == ["policy"]
    assert (balance(account) - before, balance(other)) == (50_000, 50_000)
    decide_approval(client, manager, held, "approve").ok()
    assert balance(other) == 50_001


def test_cash_is_added_over_all_tellers_and_customers_apart(
    client: Api, teller: User, manager: User, other_customer: User, account: Json, counted: None
) -> None:
    deposit(client, teller, account, "600.00").ok(201)
    deposit(client, manager, account, "600.00").ok(202)
    deposit(client, manager, opened(client, other_customer), "600.00").ok(201)


def test_of_two_deposits_at_once_one_waits(
    client: Api, teller: User, customer: User, account: Json, counted: None
) -> None:
    other = opened(client, customer)
    with just_before("TransactWriteItems", lambda: deposit(client, teller, other, "600.00").ok(201)):
        deposit(client, teller, account, "600.00").ok(202)


def test_initial_deposits_are_added(client: Api, teller: User, customer: User, account: Json, counted: None) -> None:
    """Each into another new account, which cannot wait."""
    deposit(client, teller, account, "600.00").ok(201)
    body = {"type": "current", "customer_id": customer.customer_id, "initial_deposit": "400.00"}
    client.post("/v1/accounts", body, token=teller.token, key=new_key()).ok(201)
    body["initial_deposit"] = "0.01"
    client.post("/v1/accounts", body, token=teller.token, key=new_key()).refused(403, "action_blocked")


def test_dry_run_of_a_deposit_counts_the_day(client: Api, teller: User, account: Json, counted: None) -> None:
    deposit(client, teller, account, "600.00").ok(201)
    body = {"account_id": account["id"], "amount": "400.01"}
    tried = client.post("/v1/transactions/deposit?dry_run=true", body, token=teller.token, key=new_key()).ok()
    assert (tried["would_wait"], tried["reasons"]) == (True, ["policy"])


def test_cancelled_payment_counts_no_longer(
    client: Api, customer: User, account: Json, second: Json, payee: Json
) -> None:
    held = transfer(client, customer, account, payee, "1000.01").ok(202)
    decide_approval(client, customer, held, "cancel").ok()
    transfer(client, customer, second, payee, "1000.00").ok(201)


def test_payment_above_a_threshold_of_the_day_that_is_blocked_is_refused(
    client: Api, customer: User, admin: User, account: Json, second: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer", "block", above=ABOVE, within_24h=True)
    transfer(client, customer, account, payee, "600.00").ok(201)
    transfer(client, customer, second, payee, "600.00").refused(403, "action_blocked")
    assert items(type="transaction", status="pending") == []


def test_limit_of_the_day_is_still_a_refusal(
    client: Api, customer: User, account: Json, second: Json, payee: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "1500")
    transfer(client, customer, account, payee, "900.00").ok(201)
    transfer(client, customer, second, payee, "600.01").refused(422, "limit_exceeded")
    transfer(client, customer, second, payee, "600.00").ok(202)


def test_payments_between_own_accounts_do_not_add_up(
    client: Api, customer: User, account: Json, second: Json, payee: Json
) -> None:
    transfer(client, customer, account, second, "1000.00").ok(201)
    transfer(client, customer, second, payee, "1000.00").ok(201)
    transfer(client, customer, second, payee, "0.01").ok(202)


def test_what_a_joint_holder_pays_from_accounts_of_others_is_added(
    client: Api,
    customer: User,
    new_customer: Callable[[], User],
    teller: User,
    account: Json,
    second: Json,
    payee: Json,
) -> None:
    joint = opened(client, new_customer(), "9000.00")
    put_holder(client, teller, joint, customer, "pay").ok()
    transfer(client, customer, joint, payee, "600.00").ok(201)
    transfer(client, customer, account, payee, "600.00").ok(202)
