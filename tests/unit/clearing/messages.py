"""Payments and files for tests of messages, and the official schemas."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party

SCHEMAS = Path(__file__).parents[2] / "schemas"
NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
ADA = Party("Ada Lovelace", "LV69FLRN0123456789005", "Rīga", "LV", "FLRNLV22")
BEN = Party("Béla Ókafor & Søns", "DE89370400440532013000", "Köln", "DE", "COBADEFFXXX")
RENT = CreditTransfer(
    uetr="eb6305c9-1f7f-49de-aed0-16487c27b42d",
    transaction_id="3C4Q83PZB5B6SVXT405KB0RFF7",
    end_to_end_id="RENT-2026-11",
    amount=850_00,
    currency="EUR",
    debtor=ADA,
    creditor=BEN,
    settlement_date=date(2026, 11, 30),
    rail="standard",
    remittance="Rent “November”, thanks ☺",
)


@cache
def schema(name: str) -> Any:
    return etree.XMLSchema(file=str(SCHEMAS / f"{name}.xsd"))


def valid(name: str, text: str) -> Any:
    """Return the parsed message, which the official schema accepts."""
    document = etree.fromstring(text.encode())
    schema(name).assertValid(document)
    return document


def payment_file(payments: str, *, count: int = 1, total: str = "10.00", extra: str = "", namespace: str = "09") -> str:
    """Return a pain.001 with one group of payments of Ada's account."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.{namespace}"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-30T09:30:00Z</CreDtTm><NbOfTxs>{count}</NbOfTxs>
<CtrlSum>{total}</CtrlSum><InitgPty><Nm>Acme GmbH</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd>{extra}<ReqdExctnDt><Dt>2026-12-01</Dt></ReqdExctnDt>
<Dbtr><Nm>Acme GmbH</Nm></Dbtr><DbtrAcct><Id><IBAN>LV69FLRN0123456789005</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>FLRNLV22</BICFI></FinInstnId></DbtrAgt>{payments}</PmtInf>
</CstmrCdtTrfInitn></Document>"""


def payment(
    amount: str = "10.00", currency: str = "EUR", iban: str = "DE89370400440532013000", name: str = "Ben Okafor"
) -> str:
    return f"""<CdtTrfTxInf><PmtId><EndToEndId>E2E-1</EndToEndId></PmtId>
<Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt><Cdtr><Nm>{name}</Nm></Cdtr>
<CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct><RmtInf><Ustrd>Rēķins 7</Ustrd></RmtInf></CdtTrfTxInf>"""
