"""Standing orders and payments on a date to other banks: made once, verified then, sent with the cycle of their day."""

from contextlib import AbstractContextManager
from datetime import date

import pytest

from chalicelib import config
from chalicelib.domain.errors import Conflict
from chalicelib.domain.orders.execution import attempt_moments
from chalicelib.domain.orders.recurrence import Occurrence
from chalicelib.domain.payments.payee_name import Comparison
from chalicelib.models.orders.order import Order
from chalicelib.services.crypto import personal_fields
from chalicelib.services.orders import payment
from chalicelib.services.payments import payee_question
from tests.api.helpers.accounts import balance, deposit, new_key, opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.clearing import IBAN, Clearing, answer, ask, own, read
from tests.api.helpers.orders import PATH, PAYMENTS, change, day
from tests.api.helpers.planted_orders import make_attempt

OTHER_IBAN = "FR1420041010050500013M02606"


@pytest.fixture(autouse=True)
def other_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other bank says that each name fits, but for Grace Hopper's."""
    monkeypatch.setattr(
        payee_question, "ask", lambda _, name: Comparison("no_match" if name == "Grace Hopper" else "match")
    )


def body(payer: Json, **also: object) -> Json:
    return {"from_account_id": payer["id"], "amount": "10.00", "to_iban": IBAN, "to_name": "Zoë Müller", **also}


def dated(client: Api, user: User, payer: Json, **also: object) -> Reply:
    return ask(client, user, body(payer, execution_date=day(1).isoformat(), **also))


def order_body(payer: Json, **also: object) -> Json:
    terms: Json = {"frequency": {"unit": "month"}, "start": day(1).isoformat(), "business_days": "none"}
    return body(payer, **terms, **also)


def ordered(client: Api, user: User, payer: Json, **also: object) -> Json:
    made: Json = client.post(PATH, order_body(payer, **also), token=user.token, key=new_key()).ok(201)
    return made


def stored(order: Json) -> Order:
    found = Order.by_id(order["id"])
    assert found
    return found


def next_of(order: Order) -> Occurrence:
    """Return the next occurrence of an order."""
    found = order.schedule.find(date.fromisoformat(str(order.next_date)))
    assert found
    return found


def attempt(clearing: Clearing, number: int) -> AbstractContextManager[None]:
    """Let it be the moment of tomorrow's attempt of a number while the block runs."""
    return clearing.at(attempt_moments(day(1), config.timezone())[number - 1])


def pay_due(clearing: Clearing, order: Json) -> None:
    """Pay the next occurrence as the day's first run does."""
    with attempt(clearing, 1):
        make_attempt(stored(order))


def executions(client: Api, user: User, order: Json) -> list[Json]:
    listed: list[Json] = client.get(f"{PATH}/{order['id']}/executions", token=user.token).ok()["data"]
    return [one for one in listed if one["status"] != "scheduled"]


def verify(client: Api, user: User, name: str, iban: str = IBAN) -> str:
    made = client.post("/v1/payee-verifications", {"iban": iban, "name": name}, token=user.token, key=new_key())
    return str(made.ok(201)["id"])


def test_standing_order_pays_another_bank_with_the_cycle_of_its_day(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    order = ordered(client, customer, payer, remittance="Rent", memo="Flat")
    assert (order["to_account_id"], order["to_iban"], order["to_name"]) == (None, IBAN, "Zoë Müller")
    assert (order["remittance"], order["memo"], order["verification"]) == ("Rent", "Flat", None)
    pay_due(clearing, order)
    [one] = executions(client, customer, order)
    assert (one["status"], one["reason"], balance(payer)) == ("executed", None, 100_000)
    made = read(client, customer, {"id": one["transaction_id"]})
    told = made["payment"]
    assert (made["type"], made["status"], made["order_id"], made["memo"]) == ("payment", "pending", order["id"], "Flat")
    assert (told["rail"], told["state"], told["to_iban"], told["to_name"], told["remittance"]) == (
        "standard",
        "queued",
        IBAN,
        "Zoë Müller",
        "Rent",
    )
    clearing.cut_off(made)
    assert clearing.paid() == [told["uetr"]]
    with clearing.later(days=4):
        answer(clearing, "ACSC", made)
    assert (balance(payer), own("clearing")) == (99_000, 1_000)
    assert executions(client, customer, order)[0]["status"] == "executed"


def test_later_rejection_shows_by_the_transaction_and_fails_no_occurrence(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    order = ordered(client, customer, payer)
    pay_due(clearing, order)
    [one] = executions(client, customer, order)
    made = read(client, customer, {"id": one["transaction_id"]})
    clearing.cut_off(made)
    with clearing.later(days=4):
        answer(clearing, "RJCT", made, code="AC04")
    assert read(client, customer, made)["payment"]["state"] == "rejected"
    assert executions(client, customer, order) == [one]
    assert (stored(order).failures, stored(order).status) == (0, "active")


def test_payment_on_a_date_to_another_bank_is_executed_on_that_date(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    made = dated(client, customer, payer, remittance="Rent").ok(202)
    assert (made["status"], made["to_iban"], made["to_name"], made["to_account_id"]) == (
        "scheduled",
        IBAN,
        "Zoë Müller",
        None,
    )
    pay_due(clearing, made)
    found = client.get(f"{PAYMENTS}/{made['id']}", token=customer.token).ok()
    assert (found["status"], found["to_iban"]) == ("executed", IBAN)
    paid = read(client, customer, {"id": found["transaction_id"]})
    assert (paid["payment"]["rail"], paid["payment"]["state"]) == ("standard", "queued")


def test_payee_is_sealed_and_in_no_audited_field(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    ordered(client, customer, payer, remittance="Rent 12")
    [item] = items(type="order")
    assert not any(text in str(item) for text in (IBAN, "Müller", "Rent 12"))


def test_verification_is_used_up_and_kept_as_evidence(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    good, bad = verify(client, customer, "Zoë Müller"), verify(client, customer, "Grace Hopper")
    wrong = {"to_name": "Grace Hopper", "verification_id": bad}
    client.post(PATH, order_body(payer, **wrong), token=customer.token, key="k").refused(422, "payee_mismatch")
    order = ordered(client, customer, payer, **wrong, accept_mismatch=True)
    assert order["verification"] == "no_match"
    assert dated(client, customer, payer, verification_id=good).ok(202)["verification"] == "match"
    dated(client, customer, payer, verification_id=good).refused(422, "verification_expired")
    pay_due(clearing, order)
    [kept] = items(type="order", id=order["id"])
    [sent] = items(type="clearing_payment")
    for one in (kept, sent):
        assert (one["verification"], one["has_accepted_mismatch"]) == ("no_match", True)


def test_repeated_request_makes_one_order_and_needs_no_second_verification(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    asked = order_body(payer, verification_id=verify(client, customer, "Zoë Müller"))
    first, again = (client.post(PATH, asked, token=customer.token, key="twice").ok(201) for _ in range(2))
    assert first == again
    assert len(items(type="order")) == 1


def test_verification_of_another_person_or_payee_is_refused(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    theirs = verify(client, other_customer, "Zoë Müller")
    of_another_iban = verify(client, customer, "Zoë Müller", OTHER_IBAN)
    for verification_id in (theirs, of_another_iban):
        dated(client, customer, payer, verification_id=verification_id).refused(422, "verification_expired")
    assert items(type="order") == []


def test_saved_payee_at_another_bank_is_ordered_as_it_was_then(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    saved = client.post("/v1/beneficiaries", {"name": "Zoë Müller", "iban": IBAN}, token=customer.token).ok(201)
    asked = order_body(payer, beneficiary_id=saved["id"])
    del asked["to_iban"], asked["to_name"]
    client.post(PATH, asked, token=other_customer.token, key="theirs").refused(404, "not_found")
    order = client.post(PATH, asked, token=customer.token, key="mine").ok(201)
    assert (order["to_iban"], order["verification"], order["beneficiary_id"]) == (IBAN, "match", saved["id"])
    client.delete(f"/v1/beneficiaries/{saved['id']}", token=customer.token).ok(204)
    pay_due(clearing, order)
    [one] = executions(client, customer, order)
    assert read(client, customer, {"id": one["transaction_id"]})["payment"]["to_name"] == "Zoë Müller"


def test_date_pays_once_however_often_it_is_tried(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    order = ordered(client, customer, payer)
    due = stored(order)
    with attempt(clearing, 1):
        occurrence = next_of(due)
        first = payment.pay(due, occurrence, "dies-before-it-writes", is_last_attempt=True)
        make_attempt(due)
    [one] = executions(client, customer, order)
    assert (one["status"], one["transaction_id"]) == ("executed", first.transaction.id)
    assert len(items(type="clearing_payment")) == 1


def test_date_that_was_paid_is_told_after_the_right_of_its_maker_has_ended(
    client: Api, customer: User, payer: Json, clearing: Clearing, admin: User
) -> None:
    order = ordered(client, customer, payer)
    due = stored(order)
    with attempt(clearing, 1):
        occurrence = next_of(due)
        paid = payment.pay(due, occurrence, "run", is_last_attempt=True).transaction
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    with attempt(clearing, 1):
        assert payment.pay(due, occurrence, "run", is_last_attempt=True).transaction.id == paid.id


def test_too_little_money_is_tried_again_and_leaves_the_date_free(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    order = ordered(client, customer, payer, amount="1500.00")
    pay_due(clearing, order)
    assert stored(order).next_date == day(1).isoformat(), "the date is tried again"
    assert items(type="clearing_payment") == []
    deposit(client, customer, payer, "600.00")
    with attempt(clearing, 2):
        make_attempt(stored(order))
    [one] = executions(client, customer, order)
    assert (one["status"], len(one["attempts"])) == ("executed", 1)


def test_order_that_is_suspended_while_it_is_paid_pays_nothing(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    order = ordered(client, customer, payer)
    before = stored(order)
    change(client, customer, order, "suspend").ok()
    occurrence = next_of(before)
    with attempt(clearing, 1), pytest.raises(Conflict):
        payment.pay(before, occurrence, "run", is_last_attempt=True)
    assert (items(type="clearing_payment"), balance(payer)) == ([], 100_000)


def test_edit_of_the_payee_names_another_one_whole(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    order = ordered(client, customer, payer, remittance="Rent")
    path = f"{PATH}/{order['id']}"
    client.patch(path, {"to_iban": OTHER_IBAN}, token=customer.token).refused(422, "validation_failed")
    other = {"to_iban": OTHER_IBAN, "to_name": "Grace Hopper", "verification_id": verify(client, customer, "Ann")}
    client.patch(path, other, token=customer.token).refused(422, "verification_expired")
    del other["verification_id"]
    edited = client.patch(path, other, token=customer.token).ok()
    assert (edited["to_iban"], edited["to_name"], edited["remittance"]) == (OTHER_IBAN, "Grace Hopper", None)
    version = stored(order).version
    client.patch(path, other, token=customer.token).ok()
    assert stored(order).version == version, "the same payee again changes nothing"
    mine = opened(client, customer, currency="EUR")
    moved = client.patch(path, {"to_account_id": mine["id"]}, token=customer.token).ok()
    assert (moved["to_account_id"], moved["to_iban"], moved["to_name"]) == (mine["id"], None, None)


def test_amount_may_change_and_the_payee_stays(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    order = ordered(client, customer, payer, verification_id=verify(client, customer, "Zoë Müller"))
    edited = client.patch(f"{PATH}/{order['id']}", {"amount": "11.00"}, token=customer.token).ok()
    assert edited == order | {key: edited[key] for key in ("amount", "next", "updated_at")}
    assert (edited["to_iban"], edited["verification"]) == (IBAN, "match")


@pytest.mark.parametrize(
    ("also", "status", "code"),
    [
        ({"to_name": None}, 422, "validation_failed"),
        ({"rail": "instant"}, 422, "validation_failed"),
        ({"to_iban": "DE00370400440532013000"}, 422, "validation_failed"),
        ({"verification_id": "pvf_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"}, 422, "verification_expired"),
        ({"currency": "USD"}, 422, "currency_mismatch"),
    ],
)
def test_payment_that_could_never_be_made_is_refused_at_once(
    client: Api, customer: User, payer: Json, clearing: Clearing, also: Json, status: int, code: str
) -> None:
    dated(client, customer, payer, **also).refused(status, code)
    assert items(type="order") == []


def test_account_in_a_currency_without_a_clearing_orders_nothing(
    client: Api, customer: User, clearing: Clearing
) -> None:
    dollars = opened(client, customer, "100.00")
    dated(client, customer, dollars).refused(422, "currency_mismatch")


def test_without_a_clearing_no_order_to_another_bank_is_made_and_none_is_paid(
    client: Api, customer: User, payer: Json, clearing: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(client, customer, payer)
    monkeypatch.setattr("chalicelib.config.clearing_connected", lambda: False)
    dated(client, customer, payer).refused(422, "clearing_unavailable")
    pay_due(clearing, order)
    [one] = executions(client, customer, order)
    assert (one["status"], one["reason"]) == ("failed", "clearing_unavailable")
    assert balance(payer) == 100_000


def test_order_whose_payee_was_erased_pays_nobody(
    client: Api, customer: User, payer: Json, clearing: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(client, customer, payer)
    monkeypatch.setattr(
        personal_fields, "reveal", lambda found, **_: [dict.fromkeys(one.personal_fields()) for one in found]
    )
    pay_due(clearing, order)
    assert (stored(order).status, stored(order).reason) == ("suspended", "not_found")
    assert items(type="clearing_payment") == []


def test_stranger_orders_nothing_from_the_account(
    client: Api, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    dated(client, other_customer, payer).refused(404, "not_found")


def test_iban_of_this_bank_is_paid_within_it_and_reads_the_remittance(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    mine = opened(client, customer, currency="EUR")
    made = dated(client, customer, payer, to_iban=mine["iban"], remittance="Savings").ok(202)
    assert (made["to_account_id"], made["to_iban"], made["memo"]) == (mine["id"], None, "Savings")
    pay_due(clearing, made)
    assert balance(mine) == 1_000
