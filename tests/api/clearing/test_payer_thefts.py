"""What payers might try at the moment a payment goes out, and what nobody may read about it."""

import io
from datetime import date

import pytest

from chalicelib.domain.clearing import pacs002, pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.domain.clearing.safe_xml import XmlRefused
from chalicelib.services.clearing import inbox
from tests.api.helpers.accounts import new_key, opened, read
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.clearing import BANK, BIC, IBAN, Clearing, answer, ask, own, pay, submit_instant
from tests.api.helpers.clearing import read as read_payment
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

PERSONAL = ("Zebulonius", "Quisenberry", "Wombles", "Yonderpot", IBAN)


def credit(clearing: Clearing, iban: str, number: int, sender: str | None = BIC) -> str:
    """Return a pacs.008 with 25.00; each number has another UETR, all have one id."""
    uetr = f"4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e9{number}"
    parties = Party("Zebulonius", IBAN), Party("Yonderpot", iban)
    one = CreditTransfer(uetr, "T-1", "E-1", 2500, "EUR", *parties, date(2026, 11, 30), "standard", "Wombles")
    return pacs008.build(Batch("MESSAGE-1", (one,), sender_bic=sender), clearing.now())


def test_payment_is_cancelled_or_sent_never_both(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    first, second = (pay(client, customer, payer, rail="instant") for _ in range(2))
    cancel = "/v1/transactions/{}/cancel"
    with just_before("TransactWriteItems", lambda: client.post(cancel.format(first["id"]), token=customer.token).ok()):
        submit_instant(first)
    assert clearing.sent == []
    with just_before("TransactWriteItems", lambda: submit_instant(second)):
        client.post(cancel.format(second["id"]), token=customer.token).refused(409, "conflict")
    assert clearing.paid() == [second["payment"]["uetr"]]
    assert read(client, customer, payer)["held"] == "10.00"


def test_instant_payment_of_an_account_that_is_frozen_as_it_goes_out_is_given_up(
    client: Api, customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    path, body = f"/v1/accounts/{payer['id']}/freeze", {"reason": "police"}
    with just_before("TransactWriteItems", lambda: client.post(path, body, token=teller.token).ok()):
        submit_instant(payment)
    assert clearing.sent == []
    assert read_payment(client, customer, payment)["payment"]["reason"]["code"] == "AC06"


def test_instant_payment_whose_maker_is_disabled_as_it_goes_out_is_given_up(
    client: Api, customer: User, admin: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    path, body = f"/v1/users/{customer.user_id}", {"status": "disabled"}
    with just_before("TransactWriteItems", lambda: client.patch(path, body, token=admin.token).ok()):
        submit_instant(payment)
    assert clearing.sent == []
    assert read_payment(client, admin, payment)["payment"]["reason"]["code"] == "MS03"


def test_payment_is_approved_or_cancelled_never_both(
    client: Api, customer: User, manager: User, admin: User, payer: Json, clearing: Clearing
) -> None:
    policy = {"control": "require", "above": {"EUR": "5.00"}}
    client.put("/v1/approval-policies/transfer", policy, token=admin.token).ok()
    first, second = (pay(client, customer, payer) for _ in range(2))

    def decide(payment: Json, user: User, how: str) -> Reply:
        return client.post(f"/v1/transactions/{payment['id']}/{how}", token=user.token, key=new_key())

    with just_before("TransactWriteItems", lambda: decide(first, customer, "cancel").ok()):
        decide(first, manager, "approve").refused(409, "conflict")
    with just_before("TransactWriteItems", lambda: decide(second, manager, "approve").ok(202)):
        decide(second, customer, "cancel").refused(409, "conflict")
    assert [read_payment(client, customer, one)["payment"]["state"] for one in (first, second)] == [
        "rejected",
        "queued",
    ]
    assert read(client, customer, payer)["held"] == "10.00"


def test_account_that_is_closed_while_money_comes_in_gets_none(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    account = opened(client, customer, currency="EUR")
    path = f"/v1/accounts/{account['id']}"
    with just_before("TransactWriteItems", lambda: client.delete(path, token=customer.token).ok()):
        inbox.receive(BANK, credit(clearing, account["iban"], 1))
    [status] = pacs002.parse(clearing.sent[-1]).payments
    assert (status.status, status.reason) == ("RJCT", Reason("AC04"))
    assert (read(client, customer, account)["balance"], own("clearing")) == ("0.00", 0)


def test_payments_of_a_former_holder_are_given_up_unless_they_are_at_the_clearing(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    put_holder(client, teller, payer, other_customer, "pay").ok()
    queued, sent = pay(client, other_customer, payer), pay(client, other_customer, payer, rail="instant")
    submit_instant(sent)
    end_holder(client, teller, payer, other_customer).ok(204)
    clearing.cut_off(queued)
    assert set(clearing.paid()) == {sent["payment"]["uetr"]}, "it is sent once more for want of an answer"
    assert read_payment(client, customer, queued)["payment"]["reason"]["code"] == "MS03"
    answer(clearing, "ACSC", sent)
    assert read_payment(client, customer, sent)["payment"]["state"] == "settled"


def test_verification_of_another_person_is_not_taken(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    asked = {"iban": IBAN, "name": "Zoë Müller"}
    used = client.post("/v1/payee-verifications", asked, token=other_customer.token).ok(201)["id"]
    body = {"from_account_id": payer["id"], "amount": "1.00", "to_iban": IBAN, "to_name": "Zoë Müller"}
    ask(client, customer, body | {"verification_id": used}).refused(422, "verification_expired")


def test_messages_with_one_id_and_no_sender_are_all_handled(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    for number in (1, 2, 1):
        inbox.receive(BANK, credit(clearing, payer["iban"], number, sender=None))
    assert read(client, customer, payer)["balance"] == "1050.00"


def test_no_name_iban_or_remittance_is_logged_or_audited(
    client: Api,
    customer: User,
    payer: Json,
    clearing: Clearing,
    streamed_bank: None,
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stream = Stream()
    told = {"to_iban": IBAN, "to_name": "Zebulonius", "remittance": "Quisenberry", "rail": "standard"}
    payment = ask(client, customer, {"from_account_id": payer["id"], "amount": "1.00", **told}).ok(202)
    clearing.cut_off(payment)
    answer(clearing, "RJCT", payment, code="AC04")
    document = credit(clearing, payer["iban"], 1)
    inbox.receive(BANK, document)
    other = document.replace("MESSAGE-1", "MESSAGE-2")
    for wrong in ("</Cdtr>", ">E-1<", ">25.00<"):
        with pytest.raises((XmlRefused, Invalid)) as refused:
            inbox.receive(BANK, other.replace(wrong, f">{'Quisenberry' * 9}<"))
        assert not [text for text in PERSONAL if text in str(refused.value)]
    stream.deliver()
    assert len(audited()) > 1
    kept = f"{log.getvalue()} {capfd.readouterr()} {audited()}"
    assert [text for text in (*PERSONAL, payer["iban"]) if text in kept] == []
