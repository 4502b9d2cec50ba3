"""Changes of standing orders: edited, suspended, resumed and skipped, twice, at once and while a run pays."""

from collections.abc import Callable
from datetime import date

import pytest

from chalicelib.domain.errors import Conflict, IdempotencyKeyReused
from chalicelib.models.orders.order import Order
from chalicelib.services.orders import payment
from tests.api.helpers.accounts import balance, closed, new_key, opened, withdraw
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.holders import put_holder
from tests.api.helpers.orders import PATH, PAYMENTS, change, dated, day, ordered, read_order
from tests.api.helpers.race import just_before

PIN: Json = {"pin": "8371"}
Sides = tuple[Json, Json]


@pytest.fixture
def sides(client: Api, customer: User, other_customer: User) -> Sides:
    return opened(client, customer, "100.00"), opened(client, other_customer)


def edit(client: Api, user: User, order: Json, **edits: object) -> Json:
    return dict(client.patch(f"{PATH}/{order['id']}", edits, token=user.token).ok())


def dates(order: Json) -> list[str]:
    return [one["date"] for one in order["next"]]


def stored(order: Json) -> Order:
    found = Order.by_id(order["id"])
    assert found
    return found


def pay_next(order: Order) -> int:
    """Pay as a run does, and return the amount."""
    occurrence = order.schedule.find(date.fromisoformat(str(order.next_date)))
    assert occurrence
    paid = payment.pay(order, occurrence, "run", is_last_attempt=True)
    paid.raise_refusal()
    return int(paid.transaction.amount)


def test_edit_holds_from_the_next_payment_on(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides, count=5, final_amount="1.00")
    edited = edit(client, customer, order, amount="20.00", final_amount=None, memo="m")
    assert (edited["amount"], edited["final_amount"], edited["memo"]) == ("20.00", None, "m")
    assert (edited["next"][0]["amount"], dates(edited)) == ("20.00", dates(order))
    assert pay_next(stored(order)) == 2000
    assert edit(client, customer, order, amount="20.00") == edited, "nothing was changed"


def test_edited_end_leaves_at_least_one_payment(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides, start=day(3).isoformat(), frequency={"unit": "week"})
    shorter = edit(client, customer, order, end=day(12).isoformat())
    assert dates(shorter) == [day(3).isoformat(), day(10).isoformat()]
    assert dates(edit(client, customer, order, count=1)) == [day(3).isoformat()]
    path = f"{PATH}/{order['id']}"
    client.patch(path, {"end": day(2).isoformat()}, token=customer.token).refused(422, "validation_failed")


def test_other_dates_begin_anew_at_a_start_to_come(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides, count=2, first_amount="1.00")
    path = f"{PATH}/{order['id']}"
    weekly: Json = {"frequency": {"unit": "week"}}
    refused = client.patch(path, weekly, token=customer.token).refused(422, "validation_failed")
    assert refused.wrong_fields == ["start"]
    client.patch(path, {**weekly, "start": day().isoformat()}, token=customer.token).refused(422, "validation_failed")
    edited = edit(client, customer, order, **weekly, start=day(2).isoformat())
    assert dates(edited) == [day(2).isoformat(), day(9).isoformat()]
    assert (edited["first_amount"], edited["next"][0]["amount"]) == (None, "12.50")


def test_pin_is_asked_when_more_could_be_paid(client: Api, customer: User, sides: Sides, other_customer: User) -> None:
    """A thief with the session alone gets neither another payee nor more or more frequent payments."""
    order = ordered(client, customer, *sides)
    client.put(f"/v1/accounts/{sides[0]['id']}/pin", PIN, token=customer.token).ok(204)
    path, payee = f"{PATH}/{order['id']}", opened(client, other_customer)
    edits: list[Json] = [{"amount": "13.00"}, {"amount": "1.00"}, {"to_account_id": payee["id"]}, {"first_amount": "9"}]
    edits += [{"frequency": {"unit": "day"}, "start": day(2).isoformat()}, {"count": 9}, {"end": day(99).isoformat()}]
    for one in edits:
        client.patch(path, one, token=customer.token).refused(422, "pin_required")
        client.patch(path, {**one, "pin": "8372"}, token=customer.token).refused(422, "pin_incorrect")
        client.patch(path, {**one, **PIN}, token=customer.token).ok()
    client.patch(path, {"memo": "m"}, token=customer.token).ok()


def test_edit_of_an_outdated_version_is_refused(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides)
    path = f"{PATH}/{order['id']}"
    tag = client.get(path, token=customer.token).headers["ETag"]
    headers = {"If-Match": tag}
    client.patch(path, {"amount": "1.00"}, token=customer.token, headers=headers).ok()
    for again in ({"amount": "2.00"}, {"amount": "1.00"}):
        client.patch(path, again, token=customer.token, headers=headers).refused(409, "conflict")
    client.delete(path, token=customer.token, headers=headers).refused(409, "conflict")


def test_suspended_order_pays_nothing_until_it_is_resumed(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides)
    first, again = (change(client, customer, order, "suspend").ok() for _ in range(2))
    assert (first["status"], first["reason"], first["next"]) == ("suspended", "suspended_by_customer", [])
    assert first == again
    [item] = items(type="order")
    assert "gsi2pk" not in item
    resumed = change(client, customer, order, "resume").ok()
    assert (resumed["status"], resumed["reason"], dates(resumed)) == ("active", None, dates(order))
    assert change(client, customer, order, "resume").ok() == resumed


def test_resumption_pays_nothing_of_the_past_and_no_date_twice(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides, frequency={"unit": "day"})
    change(client, customer, order, "skip").ok()
    change(client, customer, order, "suspend").ok()
    assert dates(change(client, customer, order, "resume").ok())[0] == day(2).isoformat()
    assert [one["date"] for one in items(type="order_execution")] == [day(1).isoformat()]


def test_payee_that_was_closed_meanwhile_is_not_resumed(
    client: Api, customer: User, other_customer: User, sides: Sides
) -> None:
    order = ordered(client, customer, *sides)
    change(client, customer, order, "suspend").ok()
    closed(client, other_customer, sides[1])
    change(client, customer, order, "resume").refused(422, "account_closed")
    assert read_order(client, customer, order)["status"] == "suspended"


def test_who_resumes_another_s_order_becomes_its_maker(
    client: Api, customer: User, new_customer: Callable[[], User], teller: User, sides: Sides
) -> None:
    holder = new_customer()
    put_holder(client, teller, sides[0], holder, "pay").ok()
    order = ordered(client, holder, *sides)
    client.put(f"/v1/accounts/{sides[0]['id']}/pin", PIN, token=customer.token).ok(204)
    change(client, customer, order, "suspend").ok()
    change(client, customer, order, "resume").refused(422, "pin_required")
    change(client, customer, order, "resume", **PIN).ok()
    assert stored(order).made_by == customer.user_id
    change(client, customer, order, "suspend").ok()
    change(client, customer, order, "resume").ok()


def test_skipping_one_date_twice_skips_one(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides)
    [first, second, _] = dates(order)
    skipped = change(client, customer, order, "skip", date=first).ok()
    assert dates(skipped)[0] == second
    assert change(client, customer, order, "skip", date=first).ok() == skipped
    key = new_key()
    change(client, customer, order, "skip", key=key).ok()
    after = change(client, customer, order, "skip", key=key)
    assert (after.ok()["next"], after.headers["Idempotent-Replayed"]) == (
        read_order(client, customer, order)["next"],
        "true",
    )
    assert [one["status"] for one in items(type="order_execution")] == ["skipped", "skipped"]
    refused = change(client, customer, order, "skip", date=day(400).isoformat()).refused(422, "validation_failed")
    assert refused.wrong_fields == ["date"]


def test_skipping_the_last_payment_ends_the_order(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides, count=1)
    ended = change(client, customer, order, "skip").ok()
    assert (ended["status"], ended["reason"], ended["next"]) == ("ended", "completed", [])


def test_date_that_is_paid_is_not_skipped(client: Api, customer: User, sides: Sides) -> None:
    """A run has paid, and crashed before it could record it."""
    order = ordered(client, customer, *sides)
    pay_next(stored(order))
    change(client, customer, order, "skip").refused(409, "conflict")
    assert items(type="order_execution") == []


@pytest.mark.parametrize("how", ["cancel", "suspend", "skip", "edit"])
def test_run_that_has_read_the_order_before_a_change_pays_nothing(
    client: Api, customer: User, sides: Sides, how: str
) -> None:
    order = ordered(client, customer, *sides)
    read = stored(order)
    if how == "cancel":
        client.delete(f"{PATH}/{order['id']}", token=customer.token).ok()
    elif how == "edit":
        edit(client, customer, order, amount="99.00")
    else:
        change(client, customer, order, how).ok()
    with pytest.raises((Conflict, IdempotencyKeyReused)):
        pay_next(read)
    assert balance(sides[0]) == 10000


def test_two_edits_at_once_are_one_after_the_other(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides)
    with just_before("TransactWriteItems", lambda: edit(client, customer, order, memo="first")):
        edited = edit(client, customer, order, amount="1.00")
    assert (edited["memo"], edited["amount"]) == ("first", "1.00")


def test_closing_the_account_ends_its_orders_and_no_others(client: Api, customer: User, other_customer: User) -> None:
    payer, other = opened(client, customer), opened(client, customer)
    payee = opened(client, other_customer)
    order, kept = ordered(client, customer, payer, payee), ordered(client, customer, other, payer)
    payment_id = dated(client, customer, payer, payee).ok(202)["id"]
    closed(client, customer, payer)
    ended = read_order(client, customer, order)
    assert (ended["status"], ended["reason"], ended["next"]) == ("ended", "payer_closed", [])
    assert read_order(client, customer, kept)["status"] == "active"
    assert client.get(f"{PAYMENTS}/{payment_id}", token=customer.token).ok()["status"] == "failed"


def test_erasure_takes_the_memo_and_the_export_has_it_before(client: Api, customer: User, sides: Sides) -> None:
    payer = opened(client, customer)
    order = ordered(client, customer, payer, sides[1], memo="For Grace")
    change(client, customer, order, "skip").ok()
    path = f"/v1/customers/{customer.customer_id}"
    exported = client.get(f"{path}/export?limit=100", token=customer.token).ok()
    told, pages = str(exported), 1
    while exported["has_more"] and pages < 20:
        exported = client.get(f"{path}/export?limit=100&cursor={exported['next_cursor']}", token=customer.token).ok()
        told, pages = told + str(exported), pages + 1
    assert "For Grace" in told
    assert order["id"] in told
    assert "skipped_by_customer" in told
    withdraw(client, customer, sides[0], "100.00").ok(201)
    for account in (payer, sides[0]):
        closed(client, customer, account)
    client.delete(path, token=customer.token).ok()
    [item] = items(type="order")
    assert "memo" not in item
