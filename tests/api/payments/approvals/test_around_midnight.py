"""A policy that counts 24 hours counts across midnight: what a thief pays or brings at 23:59 counts at 00:01, too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import clock
from tests.api.helpers.accounts import balance, deposit, new_key, opened, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.held_money import approval_of, decide_approval, set_policy
from tests.api.helpers.holders import put_holder
from tests.api.helpers.race import just_before

ABOVE = {"USD": "1000.00"}


@dataclass
class Night:
    """The days after today. Everybody signs in at each time, for sessions are shorter than nights."""

    client: Api
    log_in: Callable[[str], User]
    day: datetime

    def set(self, time: str, days: int = 0, seconds: float = 0) -> None:
        hours, minutes = map(int, time.split(":"))
        now = self.day + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        clock.set_clock(lambda: now)

    def deposit(self, by: User, account: Json, amount: str, status: int = 201) -> Json:
        made: Json = deposit(self.client, self.log_in(by.email), account, amount).ok(status)
        return made

    def withdraw(self, by: User, account: Json, amount: str, status: int = 201) -> Json:
        made: Json = withdraw(self.client, self.log_in(by.email), account, amount).ok(status)
        return made

    def pay(self, by: User, payer: Json, payee: Json, amount: str, status: int = 201) -> Json:
        made: Json = transfer(self.client, self.log_in(by.email), payer, payee, amount).ok(status)
        return made


@pytest.fixture
def night(
    client: Api, log_in: Callable[[str], User], admin: User, teller: User, account: Json, payee: Json
) -> Iterator[Night]:
    """More than 1,000.00 in 24 hours waits, of each action."""
    day = datetime.combine(clock.now().date() + timedelta(days=2), datetime.min.time(), tzinfo=UTC)
    made = Night(client, log_in, day)
    made.set("23:59")
    signed_in = log_in(admin.email)
    for action in ("deposit", "withdraw", "transfer"):
        set_policy(client, signed_in, action, above=ABOVE, within_24h=True)
    yield made
    clock.set_clock(None)


@pytest.fixture
def second(client: Api, customer: User, account: Json) -> Json:
    return opened(client, customer, "9000.00")


@pytest.fixture
def joint(client: Api, customer: User, new_customer: Callable[[], User], teller: User) -> Json:
    """An account of somebody else, from which the customer may pay."""
    made = opened(client, new_customer(), "9000.00")
    put_holder(client, teller, made, customer, "pay").ok()
    return made


def test_cash_that_is_brought_before_midnight_counts_after_it(
    second: Json, night: Night, client: Api, teller: User, manager: User, customer: User, account: Json
) -> None:
    before = balance(account)
    night.deposit(teller, account, "600.00")
    night.set("00:01", 1)
    night.deposit(manager, second, "400.00")
    held = night.deposit(teller, second, "0.01", 202)
    assert approval_of(client, night.log_in(manager.email), held)["reasons"] == ["policy"]
    assert balance(account) - before == 60_000


def test_cash_counts_no_longer_once_24_hours_are_over(night: Night, teller: User, account: Json) -> None:
    night.set("09:30")
    night.deposit(teller, account, "1000.00")
    night.set("09:29", 1)
    night.deposit(teller, account, "0.01", 202)
    night.set("10:00", 1)
    night.deposit(teller, account, "600.00")
    night.set("09:59", 2)
    night.deposit(teller, account, "400.01", 202)
    night.deposit(teller, account, "400.00")


def test_initial_deposit_after_midnight_counts_the_cash_before_it(
    night: Night, client: Api, teller: User, customer: User, account: Json
) -> None:
    night.deposit(teller, account, "1000.00")
    night.set("00:01", 1)
    body = {"type": "current", "customer_id": customer.customer_id, "initial_deposit": "0.01"}
    by = night.log_in(teller.email)
    client.post("/v1/accounts", body, token=by.token, key=new_key()).refused(403, "action_blocked")


def test_dry_run_after_midnight_counts_the_cash_before_it(
    night: Night, client: Api, teller: User, account: Json
) -> None:
    night.deposit(teller, account, "1000.00")
    night.set("00:01", 1)
    body = {"account_id": account["id"], "amount": "0.01"}
    by = night.log_in(teller.email)
    tried = client.post("/v1/transactions/deposit?dry_run=true", body, token=by.token, key=new_key()).ok()
    assert (tried["would_wait"], tried["reasons"]) == (True, ["policy"])


@pytest.mark.parametrize("by", ["customer", "teller"])
def test_cash_that_is_taken_from_another_account_before_midnight_counts_after_it(
    second: Json, night: Night, customer: User, teller: User, account: Json, by: str
) -> None:
    payer = {"customer": customer, "teller": teller}[by]
    night.withdraw(payer, account, "1000.00")
    night.set("00:01", 1)
    night.withdraw(payer, second, "0.01", 202)


def test_payment_from_another_account_before_midnight_counts_after_it(
    second: Json, night: Night, customer: User, account: Json, payee: Json
) -> None:
    night.pay(customer, account, payee, "600.00")
    night.set("00:01", 1)
    night.pay(customer, second, payee, "400.00")
    night.pay(customer, second, payee, "0.01", 202)


def test_payment_of_a_joint_holder_before_midnight_counts_after_it(
    joint: Json, second: Json, night: Night, customer: User, payee: Json
) -> None:
    night.pay(customer, joint, payee, "1000.00")
    night.set("00:01", 1)
    night.pay(customer, second, payee, "0.01", 202)


def test_payment_before_midnight_counts_for_an_account_that_is_opened_after_it(
    night: Night, client: Api, customer: User, account: Json, payee: Json
) -> None:
    """It was counted by the customer's only account."""
    night.pay(customer, account, payee, "900.00")
    night.set("00:01", 1)
    other = opened(client, night.log_in(customer.email))
    night.pay(customer, account, other, "300.00")
    night.pay(customer, other, payee, "100.00")
    night.pay(customer, other, payee, "0.01", 202)


def test_payment_that_was_cancelled_before_midnight_does_not_count_after_it(
    second: Json, night: Night, client: Api, customer: User, account: Json, payee: Json
) -> None:
    held = night.pay(customer, account, payee, "1000.01", 202)
    decide_approval(client, night.log_in(customer.email), held, "cancel").ok()
    night.set("00:01", 1)
    night.pay(customer, second, payee, "1000.00")


def test_of_two_deposits_at_midnight_one_waits(
    second: Json, night: Night, teller: User, manager: User, account: Json
) -> None:
    """The one of yesterday lands between the read and the write of today's."""

    def land_late() -> None:
        night.set("23:59", seconds=59)
        night.deposit(manager, second, "600.00")
        night.set("00:00", 1)

    night.set("00:00", 1)
    by = night.log_in(teller.email)
    with just_before("TransactWriteItems", land_late):
        deposit(night.client, by, account, "600.00").ok(202)


def test_of_two_payments_at_midnight_one_waits(
    second: Json, night: Night, customer: User, account: Json, payee: Json
) -> None:
    def land_late() -> None:
        night.set("23:59", seconds=59)
        night.pay(customer, account, payee, "600.00")
        night.set("00:00", 1)

    night.set("00:00", 1)
    by = night.log_in(customer.email)
    with just_before("TransactWriteItems", land_late):
        transfer(night.client, by, second, payee, "600.00").ok(202)


def test_deposits_just_after_midnight_wait_for_nothing_without_a_reason(
    second: Json, night: Night, teller: User, account: Json
) -> None:
    night.deposit(teller, account, "400.00")
    night.set("00:00", 1)
    for into in (account, second):
        night.deposit(teller, into, "300.00")
