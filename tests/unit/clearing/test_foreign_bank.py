"""A mock bank of another project judges messages of this one, where it knows their version, and files alike."""

from datetime import date
from xml.etree import ElementTree

import pytest
from mockbank import schema, validate

from chalicelib.domain.clearing import pacs004, pain001, pain002
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.pain002 import FileReport, ReportedGroup, ReportedPayment
from chalicelib.domain.clearing.safe_xml import XmlRefused
from chalicelib.domain.statements import camt053
from tests.unit.clearing.examples import RETURNS
from tests.unit.clearing.messages import NOW, RENT, payment, payment_file
from tests.unit.statements.builders import october

GROUP = ReportedGroup("P-1", (ReportedPayment("E2E-1", "ACSC", uetr=RENT.uetr), ReportedPayment("E2E-2", "PDNG")))
REFUSED = FileReport("REP-1", "MSG-1", reason=Reason("AM10", "CtrlSum is wrong"), path="/Document/X/CtrlSum")
DOCTYPE = '<!DOCTYPE Document [<!ENTITY a "b">]>'


def find_errors(text: str) -> list[str]:
    """Return what the mock bank finds wrong. What it does not know it says, and reads past."""
    root = ElementTree.fromstring(text)  # noqa: S314 — this bank has written it
    message = schema.identify(root)
    assert message, "it does not know the version"
    return [validate.render(one) for one in schema.check(message, root) if one.level == "error"]


@pytest.mark.parametrize(
    "text",
    [
        pacs004.build(RETURNS, NOW),
        pain002.build(FileReport("REP-1", "MSG-1", (GROUP,), sender_bic="FLRNLV22"), NOW),
        pain002.build(REFUSED, NOW),
        camt053.text(october(), "Florin"),
    ],
    ids=["pacs.004", "pain.002", "pain.002 of a refused file", "camt.053"],
)
def test_a_message_that_it_knows_has_no_error(text: str) -> None:
    assert find_errors(text) == []


def judge(text: str) -> set[str | None]:
    """Return the codes of the errors that the mock bank finds in a file."""
    found = validate.validate(text, today=date(2026, 11, 30))
    return {one.code for one in found if one.level == "error"}


def test_a_file_that_this_bank_takes_it_takes() -> None:
    text = payment_file(payment() + payment(amount="2.50").replace("E2E-1", "E2E-2"), count=2, total="12.50")
    assert len(pain001.parse(text.encode()).groups[0].payments) == 2
    assert judge(text) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [(payment_file(payment(), total="10.01"), "AM10"), (payment_file(payment(), count=2), "AM18")],
)
def test_a_file_that_this_bank_refuses_it_refuses_for_the_same_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        pain001.parse(text.encode())
    assert refused.value.code == code
    assert code in judge(text)


@pytest.mark.parametrize(
    "text",
    [payment_file(payment()).replace("<Document", DOCTYPE + "<Document"), payment_file(payment())[:-20], "{}"],
    ids=["a DOCTYPE", "cut short", "no XML"],
)
def test_what_this_bank_does_not_read_it_does_not_read(text: str) -> None:
    with pytest.raises(XmlRefused):
        pain001.parse(text.encode())
    assert judge(text)
