"""Orders above a policy: asked once, when they are made, and again when amounts, payee or dates change."""

from datetime import timedelta

import pytest

from chalicelib.services.verification import supervision, verify_parts
from tests.api.helpers.accounts import balance, deposit, opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.held_money import set_ceilings, set_policy
from tests.api.helpers.orders import PATH, ask, dated, day, ordered, read_order
from tests.api.helpers.paid_orders import broken, pay_next
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change

Sides = tuple[Json, Json]
ABOVE: Json = {"above": {"USD": "10.00"}}


@pytest.fixture
def stream(bank: People, empty_bank: None, monkeypatch: pytest.MonkeyPatch) -> Stream:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    monkeypatch.setattr(supervision, "CLOCKS_DIFFER_MAX", timedelta(0))
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))
    return Stream()


@pytest.fixture
def sides(client: Api, customer: User, other_customer: User, stream: Stream) -> Sides:
    return opened(client, customer, "100.00"), opened(client, other_customer)


@pytest.fixture
def supervised(client: Api, admin: User, sides: Sides) -> Sides:
    """Transfers and orders of more than 10.00 need a second person."""
    for action in ("transfer", "standing_order"):
        set_policy(client, admin, action, **ABOVE)
    return sides


def approved(client: Api, manager: User, held: Reply) -> Json:
    approval = held.ok(202)
    assert approval["action"] == "standing_order"
    return dict(client.post(f"/v1/approvals/{approval['id']}/approve", {}, token=manager.token).ok())


def test_approved_order_pays_without_being_asked_again(
    client: Api, customer: User, manager: User, supervised: Sides, stream: Stream
) -> None:
    done = approved(client, manager, ask(client, customer, *supervised, memo="Rent"))
    assert done["status"] == "executed"
    [order] = client.get(PATH, token=customer.token).ok()["data"]
    assert (order["approval_id"], order["memo"]) == (done["id"], "Rent")
    assert pay_next(order["id"]) == "posted"
    assert balance(supervised[0]) == 8750
    assert broken(stream) is None


def test_payment_on_a_date_is_asked_too(
    client: Api, customer: User, manager: User, supervised: Sides, stream: Stream
) -> None:
    held = dated(client, customer, *supervised, key="k")
    approved(client, manager, held)
    [made] = client.get("/v1/scheduled-payments", token=customer.token).ok()["data"]
    assert dated(client, customer, *supervised, key="k").ok(202)["id"] == held.json["id"], "the key's approval"
    assert pay_next(made["id"]) == "posted"
    assert broken(stream) is None


def test_largest_amount_decides(client: Api, customer: User, supervised: Sides) -> None:
    ask(client, customer, *supervised, amount="1.00").ok(201)
    ask(client, customer, *supervised, amount="1.00", first_amount="10.01").ok(202)
    ask(client, customer, *supervised, amount="1.00", final_amount="10.01", count=2).ok(202)


def test_order_below_the_policy_is_asked_as_any_transfer(
    client: Api, customer: User, admin: User, supervised: Sides
) -> None:
    """A policy that is set later holds each payment of it."""
    order = ordered(client, customer, *supervised, amount="10.00")
    assert order["approval_id"] is None
    set_policy(client, admin, "transfer", above={"USD": "5.00"})
    assert pay_next(order["id"]) == "pending"


def test_edit_is_asked_again_and_holds_then(
    client: Api, customer: User, manager: User, other_customer: User, supervised: Sides, stream: Stream
) -> None:
    first = approved(client, manager, ask(client, customer, *supervised))["id"]
    [order] = client.get(PATH, token=customer.token).ok()["data"]
    path = f"{PATH}/{order['id']}"
    held = client.patch(path, {"amount": "20.00"}, token=customer.token)
    assert held.ok(202)["status"] == "requested"
    assert read_order(client, customer, order)["amount"] == "12.50", "nothing holds before it is approved"
    second = approved(client, manager, held)["id"]
    edited = read_order(client, customer, order)
    assert (edited["amount"], edited["approval_id"], first != second) == ("20.00", second, True)
    other = opened(client, other_customer)
    client.patch(path, {"to_account_id": other["id"]}, token=customer.token).ok(202)
    lower = client.patch(path, {"amount": "5.00"}, token=customer.token).ok()
    assert lower["approval_id"] is None
    assert broken(stream) is None


def test_dates_of_an_approved_order_are_asked_again_unless_it_ends_sooner(
    client: Api, customer: User, manager: User, supervised: Sides, stream: Stream
) -> None:
    """Else what was approved once a month would be paid every day."""
    approved(client, manager, ask(client, customer, *supervised, count=3))
    [order] = client.get(PATH, token=customer.token).ok()["data"]
    path, first = f"{PATH}/{order['id']}", order["approval_id"]
    daily = {"frequency": {"unit": "day"}, "start": day(2).isoformat()}
    for edit in (daily, {"count": 4}, {"count": None}, {"count": None, "end": day(300).isoformat()}):
        held = client.patch(path, edit, token=customer.token).ok(202)
        assert read_order(client, customer, order)["approval_id"] == first, "nothing holds before it is approved"
        client.post(f"/v1/approvals/{held['id']}/reject", {"reason": "r"}, token=manager.token).ok()
    sooner = client.patch(path, {"count": 2}, token=customer.token).ok()
    assert (sooner["count"], sooner["approval_id"]) == (2, first)
    second = approved(client, manager, client.patch(path, daily, token=customer.token))["id"]
    assert read_order(client, customer, order)["approval_id"] == second
    assert pay_next(order["id"]) == "posted"
    assert broken(stream) is None


def test_dates_of_an_order_below_the_policy_change_freely(client: Api, customer: User, supervised: Sides) -> None:
    order = ordered(client, customer, *supervised, amount="10.00", count=3)
    edited = client.patch(f"{PATH}/{order['id']}", {"count": None}, token=customer.token).ok()
    assert (edited["count"], edited["approval_id"]) == (None, None)


def test_approval_of_an_order_that_moved_does_nothing(
    client: Api, customer: User, manager: User, supervised: Sides
) -> None:
    order = ordered(client, customer, *supervised, amount="1.00")
    path = f"{PATH}/{order['id']}"
    held = client.patch(path, {"amount": "20.00"}, token=customer.token)
    client.patch(path, {"memo": "m"}, token=customer.token).ok()
    assert approved(client, manager, held)["failure"]["code"] == "approval_stale"
    assert read_order(client, customer, order)["amount"] == "1.00"


def test_ceiling_of_staff_counts_for_orders(
    client: Api, customer: User, teller: User, admin: User, manager: User, sides: Sides, stream: Stream
) -> None:
    set_ceilings(client, admin, teller="5.00", manager="50.00", admin="99.00")
    held = ask(client, teller, *sides)
    assert held.ok(202)["reasons"] == ["ceiling"]
    approved(client, manager, held)
    [order] = client.get(PATH, token=customer.token).ok()["data"]
    assert pay_next(order["id"]) == "posted"
    ask(client, teller, *sides, amount="60.00").ok(202)
    ask(client, teller, *sides, amount="99.01").refused(422, "no_approver")
    assert broken(stream) is None


@pytest.mark.parametrize(
    "tampered",
    [{"amount": 9000}, {"approval_id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV"}],
    ids=["another amount", "an approval that is none"],
)
def test_payment_that_no_approval_covers_is_named(
    client: Api, customer: User, manager: User, supervised: Sides, stream: Stream, tampered: dict[str, object]
) -> None:
    """Of an insider who makes the bank's code pay more than was approved, or an order that nobody approved."""
    if "amount" in tampered:
        approved(client, manager, ask(client, customer, *supervised))
    else:
        ordered(client, customer, *supervised, amount="1.00")
        tampered = {**tampered, "amount": 2000}
    [order] = client.get(PATH, token=customer.token).ok()["data"]
    assert broken(stream) is None
    assert pay_next(order["id"], **tampered) == "posted"
    [paid] = items(type="transaction", order_id=order["id"])
    where = broken(stream)
    assert where == f"audit of {paid['pk']}, TXN#000000000001: approval"


def test_payment_outside_its_slot_is_named(client: Api, customer: User, supervised: Sides, stream: Stream) -> None:
    order = ordered(client, customer, *supervised, amount="1.00")
    pay_next(order["id"])
    [paid] = items(type="transaction", order_id=order["id"])
    change("bank", paid["pk"], paid["sk"], version=2, occurrence="2030-01-01", request_id="forged")
    where = broken(stream)
    assert where == f"audit of {paid['pk']}, TXN#000000000002: order_id"


def test_date_that_has_failed_stays_failed(client: Api, customer: User, teller: User, sides: Sides) -> None:
    """A deposit afterwards changes nothing of it."""
    order = ordered(client, customer, *sides, amount="200.00")
    assert pay_next(order["id"]) == "failed"
    deposit(client, teller, sides[0], "500.00").ok(201)
    assert pay_next(order["id"]) == "failed"
