"""Warnings of a day on which an account will not be covered: once for each day, three days ahead."""

from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.orders.order import Order
from chalicelib.services.events import event_consumer
from chalicelib.services.orders import shortfall
from tests.api.helpers.accounts import closed, deposit, opened
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.holders import put_holder
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.planted_orders import planted
from tests.api.helpers.stream import Stream

BANK = system("test")


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


def day(number: int) -> str:
    return (clock.now().date() + timedelta(days=number)).isoformat()


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "10.00")


@pytest.fixture
def payee(client: Api, other_customer: User) -> Json:
    return opened(client, other_customer)


def foreseen() -> list[tuple[str, int]]:
    return sorted((one["date"], int(one["missing"])) for one in items(type="shortfall"))


def test_a_shortfall_in_three_days_is_told_once(
    stream: Stream, customer: User, account: Json, payee: Json, mailbox: Mailbox
) -> None:
    order = planted(customer, account, payee["id"], 1_200, day(3))
    assert [shortfall.warn(order, BANK) for _ in range(3)] == [True, False, False]
    assert foreseen() == [(day(3), 200)]
    event_consumer.consume(stream.let_follow())  # the stream comes twice
    mails = [text for text in mailbox.sent_to(customer.email) if "will not have enough money" in text]
    assert len(mails) == 1
    assert account["id"] not in str(mailbox.mails)


def test_a_shortfall_in_four_days_is_not_told_yet(customer: User, account: Json, payee: Json) -> None:
    assert not shortfall.warn(planted(customer, account, payee["id"], 1_200, day(4)), BANK)
    assert foreseen() == []


def test_what_is_tried_today_is_not_told_ahead(customer: User, account: Json, payee: Json) -> None:
    assert not shortfall.warn(planted(customer, account, payee["id"], 1_200, day(0)), BANK)
    assert foreseen() == []


@pytest.mark.parametrize(
    ("days_before", "changed_days_before", "is_looked_at"),
    [(2.5, 20, True), (1.5, 20, False), (0.5, 20, False), (0.5, 1, True), (1.5, 2, True)],
)
def test_an_order_is_looked_at_once_or_after_a_change(
    customer: User, account: Json, payee: Json, days_before: float, changed_days_before: float, *, is_looked_at: bool
) -> None:
    order = planted(customer, account, payee["id"], 1_200, day(2))
    attempt = moment(str(order.next_attempt_at))
    run_at = attempt - timedelta(days=days_before)
    changed_at = timestamp(attempt - timedelta(days=changed_days_before))
    change = order.update_existing([Order.memo.set("x")], BANK, changed_at)
    transact.commit([change], "r")
    assert shortfall.warn_if_needed(order.id, run_at, BANK) is is_looked_at


def test_what_is_covered_is_not_told(client: Api, customer: User, account: Json, payee: Json, mailbox: Mailbox) -> None:
    order = planted(customer, account, payee["id"], 1_200, day(2))
    deposit(client, customer, account, "2.00").ok(201)
    assert not shortfall.warn(order, BANK)
    assert (foreseen(), mailbox.orders) == ([], [])


def test_money_from_another_account_of_the_owner_counts_from_the_day_after(
    client: Api, customer: User, account: Json, payee: Json
) -> None:
    second = opened(client, customer, "90.00")
    rent = planted(customer, account, payee["id"], 1_200, day(3), times=1)
    planted(customer, second, account["id"], 5_000, day(2), times=1)
    assert not shortfall.warn(rent, BANK)


def test_two_orders_of_one_account_make_one_warning(customer: User, account: Json, payee: Json) -> None:
    orders = [planted(customer, account, payee["id"], 700, day(1), times=1) for _ in range(3)]
    assert [shortfall.warn(order, BANK) for order in orders] == [True, False, False]
    assert foreseen() == [(day(1), 1_100)]


def test_joint_holders_are_told_of_it(
    client: Api, customer: User, other_customer: User, teller: User, account: Json, payee: Json
) -> None:
    put_holder(client, teller, account, other_customer, "view").ok()
    shortfall.warn(planted(customer, account, payee["id"], 1_200, day(1)), BANK)
    [item] = items(type="shortfall")
    assert customer.customer_id in item["customer_ids"]
    assert other_customer.customer_id in item["customer_ids"]


def test_the_owner_gets_the_mail_whoever_made_the_order(
    stream: Stream, customer: User, teller: User, account: Json, payee: Json, mailbox: Mailbox
) -> None:
    order = planted(customer, account, payee["id"], 1_200, day(1), made_by=teller.user_id)
    assert shortfall.warn(order, BANK)
    stream.let_follow()
    assert [one["to"] for one in mailbox.orders] == [customer.user_id]


def test_a_closed_account_is_not_warned_of(client: Api, customer: User, payee: Json) -> None:
    empty = opened(client, customer)
    order = planted(customer, empty, payee["id"], 1_200, day(1))
    closed(client, customer, empty)
    assert not shortfall.warn(order, BANK)
