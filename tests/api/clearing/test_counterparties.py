"""The other side of a payment between banks: shown to its party, encrypted where it is stored, erased with it."""

import json

import pytest
from lxml import etree

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import read_facts
from chalicelib.services.clearing import inbox
from chalicelib.services.verification import verify_payments
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import BANK, BIC, IBAN, Clearing, answer, pay, send_return
from tests.api.helpers.persons import erase
from tests.api.helpers.tampering import change

UETR = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"
PARTY = {"name": "Zebulonius Trading", "iban": IBAN, "bic": "OTHRDEFFXXX", "bank_code": "37040044"}


@pytest.fixture
def credited(payer: Json, clearing: Clearing) -> Json:
    """Return the transaction that has credited 25.00 from another bank."""
    parties = Party(PARTY["name"], IBAN, bic=PARTY["bic"]), Party("Ada", payer["iban"])
    today = clearing.now().date()
    one = CreditTransfer(UETR, "T-1", "E-1", 2500, "EUR", *parties, today, "standard", "Yonderpot")
    inbox.receive(BANK, pacs008.build(Batch("IN-1", (one,), sender_bic=BIC), clearing.now()))
    [found] = items(type="transaction", transaction_type="incoming_payment")
    return found


def history(client: Api, user: User, account: Json, kind: str) -> Json:
    [line] = client.get(f"/v1/accounts/{account['id']}/history?type={kind}", token=user.token).ok()["data"]
    found: Json = line
    return found


def test_payee_sees_who_has_paid_and_nothing_of_it_is_stored_in_plaintext(
    client: Api, customer: User, payer: Json, credited: Json
) -> None:
    line = history(client, customer, payer, "incoming_payment")
    assert (line["bank_counterparty"], line["memo"]) == (PARTY, "Zebulonius Trading: Yonderpot")
    seen = client.get(f"/v1/transactions/{credited['id']}", token=customer.token).ok()
    assert (seen["payment"]["counterparty"], seen["payment"]["remittance"]) == (PARTY, "Yonderpot")
    assert (seen["memo"], seen["payment"]["state"]) == ("Zebulonius Trading: Yonderpot", "settled")
    stored = json.dumps(items(), default=str)
    assert not any(word in stored for word in ("Zebulonius", "Yonderpot", IBAN))


def test_category_rule_looks_at_who_has_paid(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    rule = {"field": "memo", "contains": "zebulonius", "category": "salary"}
    client.post("/v1/category-rules", rule, token=customer.token).ok(201)
    parties = Party(PARTY["name"], IBAN), Party("Ada", payer["iban"])
    one = CreditTransfer(UETR, "T-1", "E-1", 2500, "EUR", *parties, clearing.now().date(), "instant")
    inbox.receive(BANK, pacs008.build(Batch("IN-1", (one,), sender_bic=BIC), clearing.now()))
    assert history(client, customer, payer, "incoming_payment")["category"] == "salary"


def test_payer_sees_the_payee_in_history_and_statement(
    client: Api, customer: User, payer: Json, clearing: Clearing, credited: Json
) -> None:
    payment = pay(client, customer, payer, remittance="Invoice 7")
    clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    party = {"name": "Zoë Müller", "iban": IBAN, "bic": None, "bank_code": "37040044"}
    assert history(client, customer, payer, "payment")["bank_counterparty"] == party
    month = clearing.now().date().isoformat()[:7]
    statement = client.get(f"/v1/accounts/{payer['id']}/statements/{month}", token=customer.token).ok()
    lines = {one["type"]: one for one in statement["entries"]}
    names = [(one["counterparty_name"], one["counterparty_iban"], one["memo"]) for one in statement["entries"][1:]]
    assert names == [("Zebulonius Trading", IBAN, "Yonderpot"), ("Zoë Müller", IBAN, "Invoice 7")]
    assert lines["incoming_payment"]["counterparty_bic"] == "OTHRDEFFXXX"


def test_return_names_the_payment_that_came_back(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    payment = pay(client, customer, payer, remittance="Invoice 7")
    clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    send_return(clearing, payment)
    line = history(client, customer, payer, "payment_return")
    assert (line["bank_counterparty"]["iban"], line["memo"]) == (IBAN, "The payee has died.")
    path = f"/v1/accounts/{payer['id']}/statements/{clearing.now().date():%Y-%m}?format=camt053"
    document = etree.fromstring(client.get(path, token=customer.token).text.encode())

    def told(name: str) -> list[str]:
        return [str(one.text) for one in document.iter(f"{{*}}{name}")]

    paid, back = told("UETR")
    assert paid == back == payment["payment"]["uetr"]
    assert told("EndToEndId")[-2] == told("EndToEndId")[-1] != "NOTPROVIDED"
    assert [one.findtext(".//{*}Rsn/{*}Cd") for one in document.iter("{*}RtrInf")] == ["MD07"]


def test_erasure_of_the_payee_removes_who_has_paid(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing, credited: Json
) -> None:
    pay_all = {"account_id": payer["id"], "amount": "1025.00"}
    client.post("/v1/transactions/withdraw", pay_all, token=customer.token, key="out").ok(201)
    client.delete(f"/v1/accounts/{payer['id']}", token=customer.token).ok()
    erase(client, manager, str(customer.customer_id))
    [item] = items(type="clearing_incoming")
    assert not {"from_name", "from_iban", "remittance"} & item.keys()
    seen = client.get(f"/v1/transactions/{credited['id']}", token=manager.token).ok()
    assert (seen["memo"], seen["payment"]["counterparty"]["name"]) == (None, None)


@pytest.mark.parametrize("name", ["uetr", "account_id", "customer_id"])
def test_payment_that_came_in_and_was_edited_is_named_by_the_verification(credited: Json, name: str) -> None:
    facts = read_facts([Transaction.key(credited["id"])])
    verify_payments.prove(facts)
    change("bank", f"PAYMENT#{credited['id']}", "INCOMING", **{name: "another"})
    with pytest.raises(Broken, match=f"payment that came in as {credited['id']}: {name}"):
        verify_payments.prove(facts)
