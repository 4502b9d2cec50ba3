"""Ids that another bank gives: too long, odd, used twice, or alike once they are part of a name here."""

from datetime import date

import pytest

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.services.clearing import inbox, nostro_statements
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import BANK, BIC, IBAN, Clearing, own
from tests.api.helpers.nostro import state

UETRS = ["4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e92", "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e93"]
NOTIFICATION = """<Ntfctn><Id>N</Id><Acct><Id><Othr><Id>MEMBER-EUR</Id></Othr></Id>
<Svcr><FinInstnId><BICFI>SIMULV22</BICFI></FinInstnId></Svcr></Acct>{entries}</Ntfctn>"""


def incoming(clearing: Clearing, iban: str, uetr: str, message_id: str = "IN-1") -> str:
    parties = Party("Acme GmbH", IBAN), Party("Ada", iban)
    one = CreditTransfer(uetr, "T-1", "E-1", 2500, "EUR", *parties, date(2026, 11, 30), "standard", "Salary")
    return pacs008.build(Batch("IN-1", (one,), sender_bic=BIC), clearing.now()).replace("IN-1", message_id)


def entry(reference: str | None = None) -> str:
    named = f"<NtryRef>{reference}</NtryRef>" if reference else ""
    return f"""<Ntry>{named}<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts></Ntry>"""


def advice(message_id: str, *notifications: str) -> str:
    parts = "".join(NOTIFICATION.format(entries=entries) for entries in notifications)
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-30T12:00:00Z</CreDtTm></GrpHdr>{parts}
</BkToCstmrDbtCdtNtfctn></Document>"""


def test_another_message_under_an_id_that_was_used_is_no_repetition(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    """A clearing that counts anew, or two ids that are read alike: its money must not be lost in silence."""
    first, second = (incoming(clearing, payer["iban"], uetr) for uetr in UETRS)
    for document in (first, second, first, second):
        inbox.receive(BANK, document)
    assert read_account(client, customer, payer)["balance"] == "1050.00"
    assert len(items(type="clearing_received")) == 2


def test_message_that_comes_again_is_answered_once(payer: Json, clearing: Clearing) -> None:
    first, second = (incoming(clearing, payer["iban"], uetr) for uetr in UETRS)
    for document in (first, second):
        inbox.receive(BANK, document)
    answered = len(clearing.sent)
    for document in (first, second):
        inbox.receive(BANK, document)
    assert len(clearing.sent) == answered


@pytest.mark.parametrize("message_id", ["A" * 36, " ", "\u200b"])
def test_message_with_an_id_that_is_too_long_or_cannot_be_seen_is_refused(
    client: Api, customer: User, payer: Json, clearing: Clearing, message_id: str
) -> None:
    with pytest.raises(Invalid, match="MsgId"):
        inbox.receive(BANK, incoming(clearing, payer["iban"], UETRS[0], message_id))
    assert read_account(client, customer, payer)["balance"] == "1000.00"


@pytest.mark.parametrize("message_id", ["A#RECEIVED", "#", "é" * 35, "IN-1 0"])
def test_message_with_an_odd_id_is_applied_once(
    client: Api, customer: User, payer: Json, clearing: Clearing, message_id: str
) -> None:
    for _ in range(2):
        inbox.receive(BANK, incoming(clearing, payer["iban"], UETRS[0], message_id))
    assert read_account(client, customer, payer)["balance"] == "1025.00"


def test_entries_without_a_reference_are_booked_in_each_notification(clearing: Clearing) -> None:
    document = advice("ADVICE", entry() + entry(), entry())
    for _ in range(2):
        inbox.receive(BANK, document)
    assert own("nostro") == -30_00


@pytest.mark.parametrize("reversed_", [False, True])
def test_reference_that_looks_like_the_name_of_an_entry_is_another_entry(clearing: Clearing, reversed_: bool) -> None:
    documents = [advice("ADVICE", entry()), advice("OTHER", entry("ADVICE 0"))]
    for document in documents[::-1] if reversed_ else documents:
        inbox.receive(BANK, document)
    assert own("nostro") == -20_00


def test_statement_whose_id_sorts_between_the_pages_of_another_hides_none(clearing: Clearing, today: date) -> None:
    at = clearing.now()
    state(today, at, ("", "1.00"), name="S", is_last=False)
    state(today, at, ("", "2.00"), name="S#00001", page=1, is_last=False)
    state(today, at, ("", "4.00"), opening="1.00", name="S", page=2)
    found = nostro_statements.find_day("EUR", today)
    assert found
    assert (found.id, found.closing) == ("S", 5_00)
