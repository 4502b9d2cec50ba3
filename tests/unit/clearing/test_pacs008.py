"""Payments from bank to bank, as the official schema has them, and read again."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.pacs008 import Batch
from tests.unit.clearing.messages import NOW, RENT, valid

NAMES = {"p": pacs008.NAMESPACE}


def built(*transfers: CreditTransfer) -> str:
    return pacs008.build(Batch("MSG-1", transfers), NOW, "FLRNLV22")


def test_a_batch_is_valid_by_the_official_schema() -> None:
    instant = replace(RENT, uetr=RENT.uetr.replace("eb", "ec"), rail="instant", amount=1, remittance=None)
    poor = replace(RENT, debtor=replace(RENT.debtor, town=None, country=None, bic=None))
    document = valid(pacs008.NAME, built(RENT, instant, poor))
    assert document.findtext(".//p:NbOfTxs", namespaces=NAMES) == "3"
    assert document.findtext(".//p:TtlIntrBkSttlmAmt", namespaces=NAMES) == "1700.01"
    assert [one.text for one in document.findall(".//p:LclInstrm/p:Cd", NAMES)] == ["INST"]


def test_texts_are_latin_and_addresses_structured() -> None:
    document = valid(pacs008.NAME, built(RENT))
    assert document.findtext(".//p:Cdtr/p:Nm", namespaces=NAMES) == "Bela Okafor + Sons"
    assert document.findtext(".//p:Cdtr/p:PstlAdr/p:TwnNm", namespaces=NAMES) == "Koln"
    assert document.findtext(".//p:Cdtr/p:PstlAdr/p:Ctry", namespaces=NAMES) == "DE"
    assert document.findtext(".//p:Ustrd", namespaces=NAMES).startswith("Rent 'November', thanks ")


def test_a_message_is_read_as_it_was_built() -> None:
    plain = replace(RENT, creditor=replace(RENT.creditor, name="Bela Okafor", town="Koln"), remittance="Rent")
    plain = replace(plain, debtor=replace(plain.debtor, town="Riga"))
    assert pacs008.parse(built(plain).encode()) == Batch("MSG-1", [plain])


def test_payments_of_two_currencies_or_days_are_no_batch() -> None:
    for other in (replace(RENT, currency="USD"), replace(RENT, settlement_date=date(2026, 12, 1))):
        with pytest.raises(ValueError, match="one currency and one settlement date"):
            built(RENT, other)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<NbOfTxs>1<", "<NbOfTxs>2<", "AM18"),
        ("DE89370400440532013000", "DE88370400440532013000", "AC01"),
        ("<UETR>eb6305c9-1f7f-49de-aed0-16487c27b42d</UETR>", "", "FF01"),
        ("850.00</IntrBkSttlmAmt>", "850.001</IntrBkSttlmAmt>", "FF01"),
        ('Ccy="EUR">850.00</IntrBkSttlmAmt>', 'Ccy="XXX">850.00</IntrBkSttlmAmt>', "FF01"),
    ],
)
def test_a_message_that_is_wrong_is_refused_with_code_and_path(old: str, new: str, code: str) -> None:
    text = built(RENT)
    assert old in text
    with pytest.raises(Invalid) as refused:
        pacs008.parse(text.replace(old, new).encode())
    assert refused.value.code == code
