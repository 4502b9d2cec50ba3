"""Mails about payments of orders: at the first refused attempt, at the final failure, at a suspension."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from chalicelib import clock
from chalicelib.models.item import BankItem
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.services.events import event_consumer
from tests.api.helpers.accounts import closed, deposit, frozen, opened
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.holders import put_holder
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.november import have_partitions
from tests.api.helpers.orders import change, dated, day, ordered
from tests.api.helpers.stream import Stream
from tests.order_runs import run_due

RETRIED, FAILED, SUSPENDED = "We try again at 08:00 and 15:00", "It is not tried again.", "is suspended, and pays"
DAILY: Json = {"amount": "20.00", "frequency": {"unit": "day"}}


@pytest.fixture
def stream(streamed_bank: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    """Begun before there are people."""
    have_partitions(monkeypatch, 1)
    yield Stream()
    clock.set_clock(None)


@pytest.fixture
def payer(client: Api, customer: User, stream: Stream) -> Json:
    return opened(client, customer, "5.00")


@pytest.fixture
def payee(client: Api, other_customer: User, payer: Json) -> Json:
    return opened(client, other_customer)


def run_at(stream: Stream, on: date, hour: int = 0) -> list[Json]:
    """Let a run do its work, and what follows from it follow. Return the records of the stream."""
    at = datetime.combine(on, time(hour, 5), tzinfo=UTC)
    clock.set_clock(lambda: at)
    assert run_due()["status"] == "completed"
    return stream.let_follow()


def follow(item: BankItem) -> None:
    """Let every handler of the stream have an item as it is."""
    for handler in event_consumer.HANDLERS:
        handler(event_consumer.batch_of(item))


def mails(mailbox: Mailbox, user: User) -> list[str]:
    """Return what a user was told of its orders."""
    wanted = (RETRIED, FAILED, SUSPENDED)
    return [word for text in mailbox.sent_to(user.email) for word in wanted if word in " ".join(text.split())]


def test_customer_hears_of_the_first_refusal_and_of_the_failure_and_once_each(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    order = ordered(client, customer, payer, payee, **DAILY, memo="Rent of the flat")
    records = run_at(stream, day(1))
    assert mails(mailbox, customer) == [RETRIED]
    event_consumer.consume(records)
    records += run_at(stream, day(0), 8)
    assert mails(mailbox, customer) == [RETRIED], "the second attempt is not told"
    records += run_at(stream, day(0), 15)
    event_consumer.consume(records)
    assert mails(mailbox, customer) == [RETRIED, FAILED]
    told = str(mailbox.mails)
    assert not [word for word in (order["id"], payer["id"], "20.00", "the flat") if word in told]


def test_money_that_comes_in_time_is_followed_by_no_failure(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    ordered(client, customer, payer, payee, **DAILY)
    tomorrow = day(1)
    run_at(stream, tomorrow)
    clock.set_clock(None)
    deposit(client, customer, payer, "50.00").ok(201)
    run_at(stream, tomorrow, 8)
    assert mails(mailbox, customer) == [RETRIED]


def test_refusal_that_is_final_at_once_is_one_mail(
    client: Api, customer: User, teller: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    ordered(client, customer, payer, payee, **DAILY)
    frozen(client, teller, payer)
    run_at(stream, day(1))
    assert mails(mailbox, customer) == [FAILED]


def test_three_failures_in_a_row_are_told_with_how_to_resume(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    ordered(client, customer, payer, payee, **DAILY)
    first, records = day(1), list[Json]()
    for number in range(3):
        for hour in (0, 8, 15):
            records += run_at(stream, first + timedelta(days=number), hour)
    event_consumer.consume(records)
    found = mails(mailbox, customer)
    assert sorted(found) == sorted([RETRIED, FAILED] * 3 + [SUSPENDED])
    [text] = [text for text in mailbox.sent_to(customer.email) if SUSPENDED in " ".join(text.split())]
    assert "POST /v1/standing-orders/{order_id}/resume" in text


def test_closed_payee_suspends_and_is_told(
    client: Api, customer: User, other_customer: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    ordered(client, customer, payer, payee, amount="1.00")
    closed(client, other_customer, payee)
    run_at(stream, day(1))
    assert sorted(mails(mailbox, customer)) == sorted([FAILED, SUSPENDED])
    assert mails(mailbox, other_customer) == []


def test_second_suspension_is_told_too(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    """As a mail about an order is sent once for each time that it was suspended."""
    order = Order.by_id(ordered(client, customer, payer, payee)["id"])
    assert order
    for version in (7, 9):
        order.status, order.reason, order.version = "suspended", "insufficient_funds", version
        follow(order)
        follow(order)
    assert mails(mailbox, customer) == [SUSPENDED, SUSPENDED]


def test_what_the_customer_does_itself_is_not_told(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    order = ordered(client, customer, payer, payee)
    change(client, customer, order, "skip").ok()
    change(client, customer, order, "suspend").ok()
    stream.let_follow()
    assert mails(mailbox, customer) == []


def test_owner_is_told_whoever_made_the_order(
    client: Api,
    customer: User,
    new_customer: Callable[[], User],
    teller: User,
    payer: Json,
    payee: Json,
    stream: Stream,
    mailbox: Mailbox,
) -> None:
    holder = new_customer()
    put_holder(client, teller, payer, holder, "pay").ok()
    ordered(client, holder, payer, payee, **DAILY)
    dated(client, teller, payer, payee, amount="30.00").ok(202)
    run_at(stream, day(1))
    assert mails(mailbox, customer) == [RETRIED, RETRIED]
    assert mails(mailbox, holder) == mails(mailbox, teller) == []


def test_customer_without_a_user_gets_none(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream, mailbox: Mailbox
) -> None:
    order = ordered(client, customer, payer, payee)
    refused = Execution(
        *Execution.key(order["id"], order["start"]),
        order_id=order["id"],
        customer_id="cus_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        date=order["start"],
        status="failed",
    )
    follow(refused)
    assert mailbox.orders == []
