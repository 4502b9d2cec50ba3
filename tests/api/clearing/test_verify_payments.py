"""Whoever edits a stored payment is found out by the verification, and gets no money by a return."""

from collections.abc import Callable
from datetime import date

import pytest

from chalicelib.domain.clearing import pacs002, pacs004
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import read_facts
from chalicelib.services.clearing import inbox
from chalicelib.services.clearing.inbox import Unreadable
from chalicelib.services.progress import ignore
from chalicelib.services.verification import verify_by_links, verify_parts, verify_payments
from chalicelib.services.verification.verify import verify_bank
from infra.maintenance.scans import SCANS
from tests.api.helpers.accounts import opened, read
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import ADVICE, BANK, BIC, IBAN, Clearing, answer, ask, pay, submit_instant
from tests.api.helpers.clearing import read as read_payment
from tests.api.helpers.tampering import change, table

ELSEWHERE = "acc_01KAK4Y2T7D3N8P1X6Q4R9S5VB"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))


@pytest.fixture
def sent(client: Api, customer: User, payer: Json, clearing: Clearing) -> Json:
    """Return a payment of 10.00 that is at the clearing."""
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    return payment


def send_return(clearing: Clearing, payment: Json, amount: int = 1000) -> None:
    original = OriginalPayment(uetr=payment["payment"]["uetr"])
    one = PaymentReturn("R-1", original, amount, "EUR", date(2026, 12, 2), Reason("MD07"))
    inbox.receive(BANK, pacs004.build(ReturnBatch("RETURN", (one,), BIC), clearing.now()))


def alter(payment: Json, **values: object) -> None:
    change("bank", f"PAYMENT#{payment['id']}", "PAYMENT", **values)


def remove(pk: str, sk: str) -> None:
    table("bank").delete_item(Key={"pk": pk, "sk": sk})


def broken() -> str | None:
    """Return where the bank is broken, as both ways of verifying it find alike."""
    there, linked = verify_bank(ignore).broken, verify_by_links.verify(ignore, SCANS).broken
    assert str(there) == str(linked)
    return there.where if there else None


def test_bank_with_payments_in_every_state_holds(
    client: Api, customer: User, manager: User, admin: User, payer: Json, clearing: Clearing, sent: Json
) -> None:
    paid = {state: pay(client, customer, payer, rail="instant") for state in ("settled", "rejected", "returned")}
    for state, payment in paid.items():
        submit_instant(payment)
        answer(clearing, "RJCT" if state == "rejected" else "ACSC", payment)
    send_return(clearing, paid["returned"], 400)
    inbox.receive(BANK, ADVICE.format(name="ADVICE", uetr=paid["settled"]["payment"]["uetr"]))
    cancelled, _ = pay(client, customer, payer), pay(client, customer, payer)
    client.post(f"/v1/transactions/{cancelled['id']}/cancel", token=customer.token).ok()
    policy = {"control": "require", "above": {"EUR": "5.00"}}
    client.put("/v1/approval-policies/transfer", policy, token=admin.token).ok()
    waiting, refused = pay(client, customer, payer), pay(client, customer, payer)
    body = {"reason": "no"}
    client.post(f"/v1/transactions/{refused['id']}/reject", body, token=manager.token, key="no").ok()
    body = {"from_account_id": payer["id"], "amount": "5000.00", "to_iban": IBAN, "to_name": "Zoë", "rail": "instant"}
    ask(client, customer, body).refused(422, "insufficient_funds")
    seen = [one["status"] for one in items(type="clearing_payment")]
    assert {*seen} == {"submitted", "settled", "rejected", "returned", "queued", "waiting"}
    assert read_payment(client, customer, waiting)["status"] == "pending"
    assert broken() is None


@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
def test_payment_that_ends_between_two_reads_is_no_false_alarm(
    clearing: Clearing, sent: Json, status: pacs002.Status
) -> None:
    before = read_facts([Transaction.key(sent["id"])])
    answer(clearing, status, sent)
    verify_payments.prove(before)
    alter(sent, amount=999)
    with pytest.raises(Broken, match="amount"):
        verify_payments.prove(before)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_id", ELSEWHERE),
        ("customer_id", "cus_01KAK4Y2T7D3N8P1X6Q4R9S5VB"),
        ("amount", 999),
        ("currency", "USD"),
        ("rail", "standard"),
        ("uetr", "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e93"),
        ("end_to_end_id", "invoice"),
        ("id", "txn_none"),
        ("status", "settled"),
        ("status", "rejected"),
        ("status", "gone"),
    ],
)
def test_edit_of_a_stored_payment_is_named(sent: Json, name: str, value: object) -> None:
    alter(sent, **{name: value})
    assert broken() == f"payment of {sent['id']}: {name}"


@pytest.mark.parametrize("status", ["queued", "submitted", "rejected", "waiting"])
def test_state_before_the_ledgers_is_named(clearing: Clearing, sent: Json, status: str) -> None:
    """Sent again, or given back, it would be paid twice."""
    answer(clearing, "ACSC", sent)
    alter(sent, status=status)
    assert broken() == f"payment of {sent['id']}: status"


@pytest.mark.parametrize(
    ("tamper", "where"),
    [
        (lambda one: remove(f"PAYMENT#{one['id']}", "PAYMENT"), "payment of {id}"),
        (lambda one: remove(f"UETR#{one['payment']['uetr']}", "GUARD"), "UETR of payment of {id}: owner_id"),
        (
            lambda one: change("bank", f"UETR#{one['payment']['uetr']}", "GUARD", owner_id="txn_none"),
            "UETR of payment of {id}: owner_id",
        ),
    ],
)
def test_item_that_was_taken_away_is_named(sent: Json, tamper: Callable[[Json], None], where: str) -> None:
    tamper(sent)
    assert broken() == where.format(**sent)


def test_payment_that_says_it_came_back_is_named(clearing: Clearing, sent: Json) -> None:
    answer(clearing, "ACSC", sent)
    alter(sent, status="returned")
    assert broken() == f"return of {sent['id']}"
    [deposit] = items(type="transaction", transaction_type="deposit")
    alter(sent, status="returned", return_id=deposit["id"])
    assert broken() == f"return of {sent['id']}: type"


def test_return_goes_to_the_account_that_paid_whatever_the_stored_payment_says(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing, sent: Json
) -> None:
    thief = opened(client, other_customer, currency="EUR")
    answer(clearing, "ACSC", sent)
    alter(sent, account_id=thief["id"])
    send_return(clearing, sent)
    assert read(client, customer, payer)["balance"] == "1000.00"
    assert read(client, other_customer, thief)["balance"] == "0.00"


def test_return_of_more_than_the_ledger_has_posted_is_refused_whatever_the_stored_payment_says(
    client: Api, customer: User, payer: Json, clearing: Clearing, sent: Json
) -> None:
    answer(clearing, "ACSC", sent)
    alter(sent, amount=90_000)
    with pytest.raises(Unreadable):
        send_return(clearing, sent, 90_000)
    assert read(client, customer, payer)["balance"] == "990.00"
