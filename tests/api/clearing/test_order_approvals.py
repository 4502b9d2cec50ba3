"""Orders to other banks under approval policies: asked once, with the payee sealed, and covered by the verification."""

from datetime import timedelta

import pytest

from chalicelib.domain.payments.payee_name import Comparison
from chalicelib.models.orders.order import Order
from chalicelib.services.orders import payees
from chalicelib.services.payments import payee_question
from chalicelib.services.payments.outgoing import Payee
from chalicelib.services.verification import supervision, verify_parts
from tests.api.helpers.accounts import balance, new_key, opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.clearing import IBAN, Clearing, connect
from tests.api.helpers.held_money import decide_approval, set_policy
from tests.api.helpers.orders import PATH, day
from tests.api.helpers.paid_orders import broken, pay_next
from tests.api.helpers.planted_orders import make_attempt
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change

OTHER_IBAN = "FR1420041010050500013M02606"


@pytest.fixture
def stream(bank: People, empty_bank: None, monkeypatch: pytest.MonkeyPatch) -> Stream:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    monkeypatch.setattr(supervision, "CLOCKS_DIFFER_MAX", timedelta(0))
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))
    monkeypatch.setattr(payee_question, "ask", lambda _, __: Comparison("match"))
    return Stream()


@pytest.fixture
def payer(client: Api, customer: User, stream: Stream) -> Json:
    return opened(client, customer, "1000.00", currency="EUR")


@pytest.fixture
def clearing(client: Api, admin: User, payer: Json, monkeypatch: pytest.MonkeyPatch) -> Clearing:
    """Return a clearing of a bank in which payments and orders of more than 5.00 need a second person."""
    for action in ("transfer", "standing_order"):
        set_policy(client, admin, action, above={"EUR": "5.00"})
    return connect(monkeypatch)


def ask(client: Api, user: User, payer: Json, **also: object) -> Reply:
    asked: Json = {"from_account_id": payer["id"], "amount": "10.00", "to_iban": IBAN, "to_name": "Zoë Müller"}
    asked |= {"frequency": {"unit": "month"}, "start": day(1).isoformat(), "business_days": "none", **also}
    return client.post(PATH, asked, token=user.token, key=new_key())


def verify_payee(client: Api, user: User) -> str:
    asked = {"iban": IBAN, "name": "Zoë Müller"}
    return str(client.post("/v1/payee-verifications", asked, token=user.token, key=new_key()).ok(201)["id"])


def approve(client: Api, manager: User, held: Reply) -> Json:
    path = f"/v1/approvals/{held.ok(202)['id']}/approve"
    done: Json = client.post(path, {}, token=manager.token, key=new_key()).ok()
    assert done["status"] == "executed", done
    return done


def only_order(client: Api, user: User) -> Json:
    [order] = client.get(PATH, token=user.token).ok()["data"]
    return dict(order)


def test_approved_order_pays_another_bank_without_being_asked_again(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    verification_id = verify_payee(client, customer)
    held = ask(client, customer, payer, memo="Flat", remittance="Rent 12", verification_id=verification_id)
    assert held.ok(202)["summary"].endswith("to an account at another bank.")
    [stored] = items(type="approval")
    assert not any(text in str(stored) for text in (IBAN, "Müller", "Rent 12"))
    ask(client, customer, payer, verification_id=verification_id).refused(422, "verification_expired")
    done = approve(client, manager, held)
    order = only_order(client, customer)
    assert (order["approval_id"], order["to_iban"], order["to_name"]) == (done["id"], IBAN, "Zoë Müller")
    assert (order["remittance"], order["memo"], order["verification"]) == ("Rent 12", "Flat", "match")
    assert pay_next(order["id"]) == "pending"
    [paid] = items(type="clearing_payment")
    assert (paid["status"], paid["verification"]) == ("queued", "match")
    assert broken(stream) is None


@pytest.mark.parametrize("changed", [{"amount": 9000}, {"approval_id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV"}])
def test_payment_to_another_bank_that_no_approval_covers_is_named(
    client: Api,
    customer: User,
    manager: User,
    payer: Json,
    clearing: Clearing,
    stream: Stream,
    changed: dict[str, object],
) -> None:
    if "amount" in changed:
        approve(client, manager, ask(client, customer, payer))
    else:
        ask(client, customer, payer, amount="1.00").ok(201)
        changed = {**changed, "amount": 2000}
    order = only_order(client, customer)
    assert broken(stream) is None
    assert pay_next(order["id"], **changed) == "pending"
    [paid] = items(type="transaction", order_id=order["id"])
    assert broken(stream) == f"audit of {paid['pk']}, TXN#000000000001: approval"


def test_approval_of_a_payment_within_the_bank_covers_none_to_another_one(
    client: Api,
    customer: User,
    other_customer: User,
    manager: User,
    payer: Json,
    clearing: Clearing,
    stream: Stream,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = opened(client, other_customer, currency="EUR")
    approve(client, manager, ask(client, customer, payer, to_iban=theirs["iban"], to_name=None))
    within = only_order(client, customer)
    assert (within["to_account_id"], broken(stream)) == (theirs["id"], None)
    monkeypatch.setattr(payees, "reveal", lambda _: Payee(IBAN, "Zoë Müller", "standard"))
    assert pay_next(within["id"], to_account_id=None) == "pending"
    [paid] = items(type="transaction", order_id=within["id"])
    assert broken(stream) == f"audit of {paid['pk']}, TXN#000000000001: approval"


def test_another_payee_is_asked_again_and_holds_then(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    approve(client, manager, ask(client, customer, payer))
    path = f"{PATH}/{only_order(client, customer)['id']}"
    held = client.patch(path, {"to_iban": OTHER_IBAN, "to_name": "Ann Lee"}, token=customer.token)
    assert only_order(client, customer)["to_iban"] == IBAN, "nothing holds before it is approved"
    done = approve(client, manager, held)
    order = only_order(client, customer)
    assert (order["to_iban"], order["to_name"], order["approval_id"]) == (OTHER_IBAN, "Ann Lee", done["id"])
    assert pay_next(order["id"]) == "pending"
    assert broken(stream) is None


def test_payment_that_waits_is_executed_once_it_is_approved(
    client: Api, customer: User, manager: User, admin: User, payer: Json, clearing: Clearing
) -> None:
    set_policy(client, admin, "transfer", above={"EUR": "0.50"})
    order = ask(client, customer, payer, amount="1.00").ok(201)
    today, due_at = day().isoformat(), f"{day().isoformat()}T00:00:00.000000Z"
    change("bank", f"ORDER#{order['id']}", "ORDER", start=today, next_date=today, next_attempt_at=due_at)
    stored = Order.by_id(order["id"])
    assert stored
    make_attempt(stored)
    shown = [one["status"] for one in executions(client, customer, order)]
    assert shown == ["pending"]
    [held] = items(type="transaction", order_id=order["id"])
    decide_approval(client, manager, held, "approve").ok()
    assert [one["status"] for one in executions(client, customer, order)] == ["executed"]
    assert balance(payer) == 100_000


def executions(client: Api, user: User, order: Json) -> list[Json]:
    listed: list[Json] = client.get(f"{PATH}/{order['id']}/executions", token=user.token).ok()["data"]
    return [one for one in listed if one["status"] != "scheduled"]
