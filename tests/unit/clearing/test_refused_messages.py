"""Messages that contradict themselves, or that could harm their reader, are refused with code and path."""

from typing import Any

import pytest

from chalicelib.domain.clearing import camt029, camt053, camt054, camt056, pacs002, pacs004, pacs008
from chalicelib.domain.clearing.heading import heading_of
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.safe_xml import XmlRefused
from tests.unit.clearing.examples import EXAMPLES
from tests.unit.clearing.messages import RENT

TEXTS = {example.module.NAME: example.text for example in EXAMPLES}
READERS = (pacs002, pacs004, pacs008, camt029, camt053, camt054, camt056)
UETR = RENT.uetr


def refusal(module: Any, text: str) -> Invalid:
    with pytest.raises(Invalid) as refused:
        module.parse(text.encode())
    return refused.value


@pytest.mark.parametrize(
    ("module", "old", "new", "code", "place"),
    [
        (pacs002, "<TxSts>RJCT<", "<TxSts>PART<", "FF01", "TxSts"),
        (pacs002, "<TxSts>RJCT<", "<TxSts>YES<", "FF01", "TxSts"),
        (pacs002, "<TxSts>RJCT</TxSts>", "", "FF01", "TxSts"),
        (pacs002, "<GrpSts>PART<", "<GrpSts>part<", "FF01", "GrpSts"),
        (pacs002, f"<OrgnlUETR>{UETR}<", f"<OrgnlUETR>{UETR.upper()}<", "FF01", "OrgnlUETR"),
        (pacs002, "<MsgId>STS-1</MsgId>", "", "FF01", "GrpHdr/MsgId"),
        (pacs002, "<MsgId>STS-1<", f"<MsgId>{'S' * 36}<", "FF01", "GrpHdr/MsgId"),
        (pacs002, "<AccptncDtTm>2026-11-30T09:30:00Z<", "<AccptncDtTm>2026-11-30T25:00:00Z<", "DT01", "AccptncDtTm"),
        (pacs002, "<BICFI>COBADEFFXXX<", "<BICFI>COBA<", "FF01", "BICFI"),
        (pacs002, "<Cd>AC04<", "<Cd>ac04<", "FF01", "Rsn/Cd"),
        (pacs002, "FIToFIPmtStsRpt", "FIToFIPmtStsRequest", "FF01", "/Document"),
        (pacs004, "<NbOfTxs>2<", "<NbOfTxs>3<", "AM18", "NbOfTxs"),
        (pacs004, "850.01</TtlRtrdIntrBkSttlmAmt>", "850.02</TtlRtrdIntrBkSttlmAmt>", "AM10", "TtlRtrdIntrBkSttlmAmt"),
        (pacs004, '<TtlRtrdIntrBkSttlmAmt Ccy="EUR"', '<TtlRtrdIntrBkSttlmAmt Ccy="USD"', "AM10", "SttlmAmt"),
        (pacs004, '<RtrdIntrBkSttlmAmt Ccy="EUR"', '<RtrdIntrBkSttlmAmt Ccy="XXX"', "AM03", "RtrdIntrBkSttlmAmt"),
        (pacs004, ">0.01<", ">0.00<", "AM12", "RtrdIntrBkSttlmAmt"),
        (pacs004, ">0.01<", ">-0.01<", "AM12", "RtrdIntrBkSttlmAmt"),
        (pacs004, ">0.01<", ">1e-2<", "AM12", "RtrdIntrBkSttlmAmt"),
        (pacs004, "<IntrBkSttlmDt>2026-12-02<", "<IntrBkSttlmDt>2026-12-32<", "DT01", "IntrBkSttlmDt"),
        (pacs004, "<IntrBkSttlmDt>2026-12-02</IntrBkSttlmDt>", "", "DT01", "IntrBkSttlmDt"),
        (pacs004, "<Rsn><Cd>MD07</Cd></Rsn>", "", "FF01", "RtrRsnInf"),
        (pacs004, f"<OrgnlTxId>{RENT.transaction_id}</OrgnlTxId><OrgnlUETR>{UETR}</OrgnlUETR>", "", "NOOR", "TxInf"),
        (camt056, "<OrgnlIntrBkSttlmDt>2026-11-30</OrgnlIntrBkSttlmDt>", "", "DT01", "OrgnlIntrBkSttlmDt"),
        (camt056, "<Rsn><Cd>DUPL</Cd></Rsn>", "", "FF01", "CxlRsnInf"),
        (camt056, "<CxlId>RCL-1</CxlId>", "", "FF01", "CxlId"),
        (camt029, "<TxCxlSts>RJCR<", "<TxCxlSts>NO<", "FF01", "TxCxlSts"),
        (camt029, "<Rsn><Cd>CUST</Cd></Rsn>", "", "FF01", "CxlStsRsnInf"),
        (camt029, "<Id>RSL-1</Id>", "", "FF01", "Assgnmt/Id"),
    ],
)
def test_a_wrong_message_is_refused_with_code_and_path(module: Any, old: str, new: str, code: str, place: str) -> None:
    text = TEXTS[module.NAME]
    assert old in text
    refused = refusal(module, text.replace(old, new))
    assert refused.code == code
    assert place in refused.path


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (pacs002, "FIToFIPmtStsRpt"),
        (pacs004, "PmtRtr"),
        (pacs008, "FIToFICstmrCdtTrf"),
        (camt056, "FIToFIPmtCxlReq"),
        (camt029, "RsltnOfInvstgtn"),
        (camt053, "BkToCstmrStmt"),
        (camt054, "BkToCstmrDbtCdtNtfctn"),
    ],
)
def test_a_message_about_nothing_is_refused(module: Any, name: str) -> None:
    empty = f'<Document xmlns="{module.NAMESPACE}"><{name}/></Document>'
    assert refusal(module, empty).code == "FF01"


@pytest.mark.parametrize("module", READERS, ids=lambda one: one.NAME)
@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<Document/>",
        b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document xmlns="%s">&x;</Document>',
        b'<!DOCTYPE Document [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Document xmlns="%s">&b;</Document>',
        b'<Document xmlns="%s">' + b"<a>" * 40 + b"</a>" * 40 + b"</Document>",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.03"/>',
    ],
)
def test_a_hostile_document_is_refused(module: Any, hostile: bytes) -> None:
    document = hostile.replace(b"%s", module.NAMESPACE.encode())
    with pytest.raises(XmlRefused):
        module.parse(document)
    with pytest.raises((XmlRefused, Invalid)):
        heading_of(document)


@pytest.mark.parametrize(
    "document",
    [
        '<Document xmlns="urn:other"><a/></Document>',
        "<Document><a/></Document>",
        f'<Message xmlns="{pacs002.NAMESPACE}"><a/></Message>',
        f'<Document xmlns="{pacs002.NAMESPACE}"/>',
        f'<Document xmlns="{pacs002.NAMESPACE}"><a/><b/></Document>',
        f'<Document xmlns="{pacs002.NAMESPACE}"><FIToFIPmtStsRpt/></Document>',
    ],
)
def test_a_document_without_a_heading_is_refused(document: str) -> None:
    with pytest.raises(Invalid):
        heading_of(document.encode())
