"""The inbox takes what the clearing sends, and nothing that names another sender."""

from datetime import date

import pytest

from chalicelib.domain.clearing import pacs002, pacs004, pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import GroupStatus, StatusReport
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.services.clearing import inbox
from chalicelib.services.clearing.inbox import Unreadable
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import ADVICE, BANK, BIC, IBAN, Clearing, answer, own, pay, read, report

NOBODY = "NOTPROVIDED"
OTHERS = ["EVILDEFF", "SIMULV22ABC", NOBODY]
UETR = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e92"


@pytest.fixture
def sent(client: Api, customer: User, payer: Json, clearing: Clearing) -> Json:
    """Return a payment of 10.00 that is at the clearing."""
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    return payment


def from_other(document: str, other: str) -> str:
    """Return a document with another sender, or with one that is not named."""
    named = f"<BICFI>{BIC}</BICFI>"
    assert named in document
    return document.replace(named, f"<Othr><Id>{other}</Id></Othr>" if other == NOBODY else named.replace(BIC, other))


def a_return(clearing: Clearing, payment: Json) -> str:
    original = OriginalPayment(uetr=payment["payment"]["uetr"])
    one = PaymentReturn("R-1", original, 1000, "EUR", date(2026, 12, 2), Reason("MD07"))
    return pacs004.build(ReturnBatch("RETURN", (one,), BIC), clearing.now())


def a_payment(clearing: Clearing, iban: str) -> str:
    parties = Party("Acme GmbH", IBAN), Party("Ada", iban)
    one = CreditTransfer(UETR, "T-1", "E-1", 2500, "EUR", *parties, date(2026, 11, 30), "standard", "Salary")
    return pacs008.build(Batch("IN-1", (one,), sender_bic=BIC), clearing.now())


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
def test_status_of_another_sender_ends_no_payment(
    client: Api, customer: User, payer: Json, clearing: Clearing, sent: Json, status: pacs002.Status, other: str
) -> None:
    with pytest.raises(Unreadable):
        inbox.receive(BANK, from_other(report(clearing, status, sent), other))
    assert read(client, customer, sent)["payment"]["state"] == "submitted"
    assert (read_account(client, customer, payer)["held"], own("clearing")) == ("10.00", 0)
    answer(clearing, "ACSC", sent)
    assert read(client, customer, sent)["payment"]["state"] == "settled"


def test_status_of_a_whole_message_by_another_sender_ends_no_payment(
    client: Api, customer: User, clearing: Clearing, sent: Json
) -> None:
    message_id = read(client, customer, sent)["payment"]["trace"][-1]["message_id"]
    group = GroupStatus(message_id, pacs008.NAME, "ACSC")
    with pytest.raises(Unreadable):
        inbox.receive(BANK, pacs002.build(StatusReport("GROUP", (group,), (), "EVILDEFF"), clearing.now()))
    assert read(client, customer, sent)["payment"]["state"] == "submitted"


@pytest.mark.parametrize("other", OTHERS)
def test_advice_of_another_sender_moves_nothing(clearing: Clearing, sent: Json, other: str) -> None:
    answer(clearing, "ACSC", sent)
    with pytest.raises(Unreadable):
        inbox.receive(BANK, from_other(ADVICE.format(name="ADVICE", uetr=sent["payment"]["uetr"]), other))
    assert (own("clearing"), own("nostro")) == (1000, 0)


def test_advice_with_a_second_notification_of_another_sender_is_refused_whole(clearing: Clearing, sent: Json) -> None:
    answer(clearing, "ACSC", sent)
    document = ADVICE.format(name="ADVICE", uetr=sent["payment"]["uetr"])
    first = document[document.index("<Ntfctn>") : document.index("</BkToCstmr")]
    with pytest.raises(Invalid, match="more than one sender"):
        inbox.receive(BANK, document.replace(first, first + first.replace(BIC, "EVILDEFF")))
    assert (own("clearing"), own("nostro")) == (1000, 0)


def test_sender_in_a_place_that_the_message_does_not_have_hides_no_other_one(clearing: Clearing, sent: Json) -> None:
    answer(clearing, "ACSC", sent)
    document = from_other(ADVICE.format(name="ADVICE", uetr=sent["payment"]["uetr"]), "EVILDEFF")
    hidden = f"<InstgAgt><FinInstnId><BICFI>{BIC}</BICFI></FinInstnId></InstgAgt></GrpHdr>"
    with pytest.raises(Invalid, match="more than one sender"):
        inbox.receive(BANK, document.replace("</GrpHdr>", hidden))
    assert own("nostro") == 0


def test_return_and_payment_of_another_sender_credit_nobody(
    client: Api, customer: User, payer: Json, clearing: Clearing, sent: Json
) -> None:
    answer(clearing, "ACSC", sent)
    asked = len(clearing.sent)
    for document in (a_return(clearing, sent), a_payment(clearing, payer["iban"])):
        with pytest.raises(Unreadable):
            inbox.receive(BANK, from_other(document, "EVILDEFF"))
    assert read_account(client, customer, payer)["balance"] == "990.00"
    assert len(clearing.sent) == asked, "nothing is answered"
    assert items(type="clearing_received", sender="EVILDEFF") == []


def test_message_that_was_refused_does_not_block_the_real_one_with_its_id(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    document = a_payment(clearing, payer["iban"])
    with pytest.raises(Unreadable):
        inbox.receive(BANK, from_other(document, "EVILDEFF"))
    inbox.receive(BANK, document)
    assert read_account(client, customer, payer)["balance"] == "1025.00"


@pytest.mark.parametrize("known", ["SIMULV22", "SIMULV22XXX"])
def test_head_office_has_two_forms_of_its_bic(
    client: Api, customer: User, payer: Json, clearing: Clearing, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARING_BIC", known)
    inbox.receive(BANK, from_other(a_payment(clearing, payer["iban"]), "SIMULV22XXX"))
    assert read_account(client, customer, payer)["balance"] == "1025.00"


def test_bank_that_knows_no_clearing_takes_nothing(
    client: Api, customer: User, payer: Json, clearing: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARING_BIC", "")
    for other in (BIC, "NOTPROVIDED"):
        with pytest.raises(Unreadable):
            inbox.receive(BANK, from_other(a_payment(clearing, payer["iban"]), other))
    assert read_account(client, customer, payer)["balance"] == "1000.00"
