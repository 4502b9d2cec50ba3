"""Events of standing orders: of what is made, changed and ended, and of what becomes of each date."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.services import progress
from chalicelib.services.audit import audit_consumer
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import closed, opened
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.events import data_of, event_rows, event_table, told
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.november import have_partitions
from tests.api.helpers.orders import PATH, change, dated, day, ordered
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream
from tests.order_runs import run_due


@pytest.fixture
def stream(bank: People, wholly_streamed_bank: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    have_partitions(monkeypatch, 1)
    yield Stream()
    clock.set_clock(None)


@pytest.fixture
def payer(client: Api, customer: User, stream: Stream) -> Json:
    return opened(client, customer, "25.00")


@pytest.fixture
def payee(client: Api, other_customer: User, payer: Json) -> Json:
    return opened(client, other_customer)


def run_at(on: date, *hours: int) -> None:
    """Let the runs of a day do their work at its first attempt, or at these hours."""
    for hour in hours or (0,):
        at = datetime.combine(on, time(hour, 5), tzinfo=UTC)
        clock.set_clock(lambda at=at: at)  # type: ignore[misc]
        assert run_due()["status"] == "completed"


def told_of_orders(recipient: str | None = "bank") -> list[tuple[str, str, int]]:
    return [one for one in told(recipient) if one[1].startswith("standing-orders/")]


def require_whole(stream: Stream) -> None:
    """Require that the events are those that the audit explains, and no others."""
    stream.deliver()
    assert verify_bank(progress.ignore, timestamp(clock.now())).broken is None


def test_each_change_of_an_order_is_one_event_and_counted(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream
) -> None:
    order = ordered(client, customer, payer, payee, memo="Rent")
    path = f"{PATH}/{order['id']}"
    client.patch(path, {"amount": "11.00"}, token=customer.token).ok()
    client.patch(path, {"memo": "My flat"}, token=customer.token).ok()
    change(client, customer, order, "suspend").ok()
    change(client, customer, order, "resume").ok()
    change(client, customer, order, "skip").ok()
    client.delete(path, token=customer.token).ok()
    require_whole(stream)
    subject = path.removeprefix("/v1/")
    events = [
        ("standing_order.created", subject, 1),
        ("standing_order.updated", subject, 2),
        ("standing_order.suspended", subject, 3),
        ("standing_order.updated", subject, 4),
        ("standing_order.skipped", f"{subject}/executions/{order['start']}", 1),
        ("standing_order.ended", subject, 5),
    ]
    assert told_of_orders() == told_of_orders(customer.customer_id) == events
    changed = [data_of(row)["changed"] for row in event_rows(type="standing_order.updated", recipient="bank")]
    assert changed == [["amount"], ["status"]]
    [row] = event_rows(type="standing_order.ended", recipient="bank")
    assert (data_of(row)["status"], data_of(row)["amount"]) == ("cancelled", "11.00")
    assert "My flat" not in str(event_rows())
    listed = client.get(f"/v1/events?subject={subject}", token=customer.token).ok()["data"]
    assert [one["sequence"] for one in listed] == [5, 4, 3, 2, 1]


def test_each_refused_attempt_and_what_it_leads_to_is_told(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream
) -> None:
    """One day is paid, three fail, each at three attempts; the third suspends the order."""
    order = ordered(client, customer, payer, payee, amount="20.00", frequency={"unit": "day"})
    first = date.fromisoformat(order["start"])
    run_at(first)
    for number in (1, 2, 3):
        run_at(first + timedelta(days=number), 0, 8, 15)
    require_whole(stream)
    subject = f"standing-orders/{order['id']}"
    failed = [one for one in told_of_orders(customer.customer_id) if one[0] == "standing_order.execution_failed"]
    days = [(first + timedelta(days=number)).isoformat() for number in (1, 2, 3)]
    assert [(where, number) for _, where, number in failed] == [
        (f"{subject}/executions/{day}", number) for day in days for number in (1, 2, 3)
    ]
    last = [data_of(row) for row in event_rows(type="standing_order.execution_failed", recipient="bank")][-1]
    assert (last["status"], last["reason"], last["attempts"]) == ("failed", "insufficient_funds", 3)
    assert told_of_orders()[0:2] == [
        ("standing_order.created", subject, 1),
        ("standing_order.executed", f"{subject}/executions/{first}", 1),
    ]
    assert ("standing_order.suspended", subject, 2) in told_of_orders(customer.customer_id)


def test_events_are_told_once_however_often_the_stream_comes(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream
) -> None:
    order = ordered(client, customer, payer, payee, count=1)
    run_at(day(1))
    records = stream.read()
    for _ in range(2):
        audit_consumer.consume(records)
    subject = f"standing-orders/{order['id']}"
    assert sorted(told_of_orders()) == [
        ("standing_order.created", subject, 1),
        ("standing_order.ended", subject, 2),
        ("standing_order.executed", f"{subject}/executions/{day()}", 1),
    ]
    [ended] = event_rows(type="standing_order.ended", recipient="bank")
    assert data_of(ended)["reason"] == "completed"


def test_a_payment_on_a_date_makes_no_event_of_orders(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream
) -> None:
    dated(client, customer, payer, payee).ok(202)
    run_at(day(1))
    require_whole(stream)
    assert told_of_orders() == []
    assert "transaction.posted" in [name for name, _, _ in told(customer.customer_id)]


def test_joint_holders_are_told_while_they_hold_the_account(
    client: Api,
    customer: User,
    new_customer: Callable[[], User],
    teller: User,
    payer: Json,
    payee: Json,
    stream: Stream,
) -> None:
    holder = new_customer()
    put_holder(client, teller, payer, holder, "view").ok()
    order = ordered(client, customer, payer, payee, frequency={"unit": "day"})
    change(client, customer, order, "skip").ok()
    end_holder(client, teller, payer, holder).ok(204)
    change(client, customer, order, "suspend").ok()
    require_whole(stream)
    assert [name for name, _, _ in told_of_orders(holder.customer_id)] == [
        "standing_order.created",
        "standing_order.skipped",
    ]
    assert [name for name, _, _ in told_of_orders(customer.customer_id)][-1] == "standing_order.suspended"


def test_the_end_of_an_order_with_its_account_is_told_to_the_owner(
    client: Api, customer: User, new_customer: Callable[[], User], teller: User, payee: Json, stream: Stream
) -> None:
    holder, empty = new_customer(), opened(client, customer)
    put_holder(client, teller, empty, holder, "view").ok()
    ordered(client, customer, empty, payee)
    closed(client, customer, empty)
    require_whole(stream)
    [ended] = event_rows(type="standing_order.ended", recipient=customer.customer_id)
    assert data_of(ended)["reason"] == "payer_closed"
    assert [name for name, _, _ in told_of_orders(holder.customer_id)] == ["standing_order.created"]


def test_a_stranger_learns_nothing_of_an_order(
    client: Api, customer: User, other_customer: User, payer: Json, payee: Json, stream: Stream
) -> None:
    order = ordered(client, customer, payer, payee)
    stream.deliver()
    assert told_of_orders(other_customer.customer_id) == []
    query = f"/v1/events?subject=standing-orders/{order['id']}"
    assert client.get(query, token=other_customer.token).ok() == {"data": [], "has_more": False, "next_cursor": None}


@pytest.mark.parametrize("name", ["standing_order.created", "standing_order.skipped"])
def test_an_event_that_is_missing_is_named_by_the_verification(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream, name: str
) -> None:
    order = ordered(client, customer, payer, payee)
    change(client, customer, order, "skip").ok()
    require_whole(stream)
    [row] = event_rows(type=name, recipient=customer.customer_id)
    event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})
    broken = verify_bank(progress.ignore, timestamp(clock.now())).broken
    assert broken
    assert broken.where == f"event {row['id']} of {row['subject']}, told to {customer.customer_id}"


def test_a_date_that_was_tried_and_is_skipped_then_is_told_once_more(
    client: Api, customer: User, payer: Json, payee: Json, stream: Stream
) -> None:
    order = ordered(client, customer, payer, payee, amount="30.00")
    run_at(day(1))
    token = client.post("/v1/auth/login", {"email": customer.email, "password": customer.password}).ok()["access_token"]
    client.post(f"{PATH}/{order['id']}/skip", {}, token=token).ok()
    require_whole(stream)
    subject = f"standing-orders/{order['id']}/executions/{order['start']}"
    assert sorted(one for one in told_of_orders(customer.customer_id) if one[1] == subject) == [
        ("standing_order.execution_failed", subject, 1),
        ("standing_order.skipped", subject, 2),
    ]
