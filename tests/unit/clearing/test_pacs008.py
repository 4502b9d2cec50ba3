"""Payments from bank to bank, as the official schema has them, and read again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.pacs008 import Batch
from tests.unit.clearing.messages import NOW, RENT, valid

LATER = NOW + timedelta(seconds=1, microseconds=234_567)
NAMES = {"p": pacs008.NAMESPACE}


def built(*transfers: CreditTransfer) -> str:
    return pacs008.build(Batch("MSG-1", transfers, sender_bic="FLRNLV22"), NOW)


def test_a_batch_is_valid_by_the_official_schema() -> None:
    instant = replace(RENT, uetr=RENT.uetr.replace("eb", "ec"), rail="instant", amount=1, remittance=None)
    poor = replace(RENT, debtor=replace(RENT.debtor, town=None, country=None, bic=None))
    document = valid(pacs008.NAME, built(RENT, instant, poor))
    assert document.findtext(".//p:NbOfTxs", namespaces=NAMES) == "3"
    assert document.findtext(".//p:TtlIntrBkSttlmAmt", namespaces=NAMES) == "1700.01"
    assert [one.text for one in document.findall(".//p:LclInstrm/p:Cd", NAMES)] == ["INST"]


def test_instant_payment_says_when_it_was_accepted() -> None:
    instant = replace(RENT, rail="instant")
    for accepted_at, text in ((None, "2026-11-30T09:30:00.000Z"), (LATER, "2026-11-30T09:30:01.234Z")):
        document = valid(pacs008.NAME, built(replace(instant, accepted_at=accepted_at)))
        assert document.findtext(".//p:AccptncDtTm", namespaces=NAMES) == text
    [found] = pacs008.parse(built(replace(instant, accepted_at=LATER)).encode()).transfers
    assert found.accepted_at == LATER.replace(microsecond=234_000)
    assert "AccptncDtTm" not in built(RENT)


def test_texts_are_latin_and_addresses_structured() -> None:
    document = valid(pacs008.NAME, built(RENT))
    assert document.findtext(".//p:Cdtr/p:Nm", namespaces=NAMES) == "Bela Okafor + Sons"
    assert document.findtext(".//p:Cdtr/p:PstlAdr/p:TwnNm", namespaces=NAMES) == "Koln"
    assert document.findtext(".//p:Cdtr/p:PstlAdr/p:Ctry", namespaces=NAMES) == "DE"
    assert document.findtext(".//p:Ustrd", namespaces=NAMES).startswith("Rent 'November', thanks ")


def test_a_message_is_read_as_it_was_built() -> None:
    plain = replace(RENT, creditor=replace(RENT.creditor, name="Bela Okafor", town="Koln"), remittance="Rent")
    plain = replace(plain, debtor=replace(plain.debtor, town="Riga"))
    assert pacs008.parse(built(plain).encode()) == Batch("MSG-1", [plain], sender_bic="FLRNLV22")


def test_payments_of_two_currencies_or_days_are_no_batch() -> None:
    for other in (replace(RENT, currency="USD"), replace(RENT, settlement_date=date(2026, 12, 1))):
        with pytest.raises(ValueError, match="one currency and one settlement date"):
            built(RENT, other)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<NbOfTxs>1<", "<NbOfTxs>2<", "AM18"),
        ("850.00</TtlIntrBkSttlmAmt>", "850.01</TtlIntrBkSttlmAmt>", "AM10"),
        ("<UETR>eb6305c9-1f7f-49de-aed0-16487c27b42d</UETR>", "", "FF01"),
        ("<UETR>eb6305c9-1f7f-49de", "<UETR>eb6305c9-1f7f-19de", "FF01"),
        ("<TxId>3C4Q83PZB5B6SVXT405KB0RFF7</TxId>", "", "FF01"),
        ("850.00</IntrBkSttlmAmt>", "850.001</IntrBkSttlmAmt>", "AM12"),
        ('Ccy="EUR">850.00</IntrBkSttlmAmt>', 'Ccy="XXX">850.00</IntrBkSttlmAmt>', "AM03"),
    ],
)
def test_a_message_that_is_wrong_is_refused_with_code_and_path(old: str, new: str, code: str) -> None:
    text = built(RENT)
    assert old in text
    with pytest.raises(Invalid) as refused:
        pacs008.parse(text.replace(old, new).encode())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("DE89370400440532013000", "DE88370400440532013000", "AC01", "CdtrAcct/Id/IBAN"),
        ("<Nm>Bela Okafor + Sons</Nm>", "", "RR03", "Cdtr/Nm"),
        ("<Nm>Bela Okafor + Sons</Nm>", f"<Nm>{'x' * 141}</Nm>", "FF01", "Cdtr/Nm"),
        ("<Ctry>DE</Ctry>", "<Ctry>Germany</Ctry>", "FF01", "Cdtr/PstlAdr/Ctry"),
        ("<IntrBkSttlmDt>2026-11-30</IntrBkSttlmDt>", "", "DT01", "IntrBkSttlmDt"),
    ],
)
def test_a_payment_that_is_wrong_alone_is_refused_alone(old: str, new: str, code: str, place: str) -> None:
    other = replace(RENT, uetr=RENT.uetr.replace("eb", "ec"), creditor=RENT.debtor)
    text = built(RENT, other)
    assert old in text
    batch = pacs008.parse(text.replace(old, new).encode())
    refused = batch.refused[0]
    assert (refused.code, refused.original.uetr) == (code, RENT.uetr)
    assert refused.path.endswith(place)
    assert [one.uetr for one in batch.transfers] == ([other.uetr] if code != "DT01" else [])


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("<Ustrd>Rent</Ustrd><Ustrd>November</Ustrd>", "Rent November"),
        ("<Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd>", "RF18539007547034"),
        ("<Ustrd> </Ustrd>", None),
    ],
)
def test_remittance_of_other_banks_is_read(sent: str, read: str | None) -> None:
    text = built(replace(RENT, remittance="Rent"))
    [transfer] = pacs008.parse(text.replace("<Ustrd>Rent</Ustrd>", sent).encode()).transfers
    assert transfer.remittance == read


def test_texts_of_other_banks_cannot_turn_what_is_read_around() -> None:
    sent = built(RENT).replace("Ada Lovelace", "Ada\u202e Lovelace\n").replace("<Ustrd>", "<Ustrd>\u2067Re: ")
    [transfer] = pacs008.parse(sent.encode()).transfers
    assert transfer.debtor.name == "Ada Lovelace"
    assert str(transfer.remittance).startswith("Re: ")
