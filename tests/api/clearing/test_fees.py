"""What the clearing charges for itself: booked from its statement, once, with a second person."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.verification.checks import Broken
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import read_facts
from chalicelib.services.progress import ignore
from chalicelib.services.verification import verify_nostro, verify_payments
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.clearing import Clearing, own
from tests.api.helpers.held_money import decide_approval
from tests.api.helpers.nostro import advise_fee, state

FEES = "/v1/clearing/fees"


@pytest.fixture
def day(clearing: Clearing) -> date:
    """Return a day of which the clearing states and advises a fee of 5.00."""
    day = clearing.now().date() - timedelta(days=9)
    state(day, clearing.now(), ("", "-5.00"))
    advise_fee(day, "STM-1-1-0", "-5.00", clearing.now())
    return day


def ask(client: Api, user: User, day: date, key: str | None = None, **also: object) -> Reply:
    body = {"date": day.isoformat(), "currency": "EUR", "entry": f"entry {day} STM-1-1-0", "reason": "Fees"} | also
    return client.post(FEES, body, token=user.token, key=key or new_key())


def differences(client: Api, user: User, day: date) -> list[str]:
    found: Json = client.get(f"/v1/clearing/reconciliation?date={day}", token=user.token).ok()
    return [one["uetr"] for one in found["differences"]]


def test_fee_is_booked_once_and_the_books_agree(client: Api, manager: User, admin: User, day: date) -> None:
    assert differences(client, manager, day) == [f"entry {day} STM-1-1-0"]
    with pytest.raises(Broken, match="STM-1-1-0"):
        verify_nostro.prove(ignore)
    assert (own("clearing"), own("nostro")) == (-500, 500)
    booked = ask(client, manager, day, "k").ok(201)
    assert (booked["amount"], booked["reason"]) == ("5.00", "Fees")
    assert (own("clearing"), own("nostro"), own("clearing_fees")) == (0, 500, -500)
    assert ask(client, manager, day, "k").ok(201) == booked
    for user in (manager, admin):
        ask(client, user, day).refused(409, "conflict")
    assert differences(client, manager, day) == []
    assert verify_nostro.prove(ignore) == 1
    verify_payments.prove(read_facts([Transaction.key(str(one["id"])) for one in items(type="transaction")]))
    today = day + timedelta(days=9)
    assert differences(client, manager, today) == [], "it is of the day of its statement"
    path = f"/v1/transactions/{booked['id']}/reverse"
    client.post(path, {"reason": "x"}, token=admin.token, key=new_key()).refused(409, "conflict")


def test_only_what_the_statement_has_beside_payments_is_booked(
    client: Api, customer: User, teller: User, manager: User, clearing: Clearing, day: date
) -> None:
    uetr = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"
    state(day, clearing.now() + timedelta(seconds=1), ("", "-5.00"), (uetr, "5.00"), name="STM-2")
    for entry in ("entry of nothing", uetr, f"entry {day} STM-1-1-0"):
        ask(client, manager, day, entry=entry).refused(404, "not_found")
    ask(client, manager, day, currency="USD").refused(404, "not_found")
    ask(client, manager, day + timedelta(days=99)).refused(422, "validation_failed")
    for user in (customer, teller):
        ask(client, user, day).refused(403, "forbidden")
    ask(client, manager, day, entry=f"entry {day} STM-2-1-0").ok(201)


def test_what_was_booked_meanwhile_is_not_booked_again(client: Api, manager: User, admin: User, day: date) -> None:
    client.put("/v1/approval-policies/clearing.fee", {"control": "require"}, token=admin.token).ok()
    first, second = ask(client, manager, day).ok(202), ask(client, manager, day).ok(202)
    decide_approval(client, manager, first, "approve").refused(403, "approval_own_request")
    assert decide_approval(client, admin, first, "approve").ok()["status"] == "executed"
    assert decide_approval(client, admin, second, "approve").ok()["status"] == "failed"
    assert own("clearing_fees") == -500
