"""Messages between banks are valid by ISO's schemas, and are read as they were written."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.clearing import camt029, camt056, pacs002, pacs004, pacs008, pacs028
from chalicelib.domain.clearing.camt029 import Resolution
from chalicelib.domain.clearing.camt056 import RecallRequest
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.heading import Heading, heading_of
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import PaymentStatus, StatusReport
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from chalicelib.domain.clearing.pacs028 import StatusRequest
from chalicelib.domain.clearing.sepa_text import sepa_text
from tests.unit.clearing import foreign_reader
from tests.unit.clearing.examples import (
    DAY,
    EXAMPLES,
    ORIGINAL,
    OWN,
    RECALLS,
    REFUSAL,
    RESOLUTION,
    RETURN,
    RETURNS,
    Example,
)
from tests.unit.clearing.messages import NOW, RENT, valid

by_name = pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.module.NAME)

references = st.text("ABCxyz019-+ ", min_size=1, max_size=35).filter(lambda one: one == sepa_text(one, 35))
reasons = st.builds(
    Reason,
    st.sampled_from(["AC04", "MD07", "X", "OWN-REASON"]),
    st.none() | st.text(min_size=1, max_size=200).map(lambda one: sepa_text(one, 105)),
)
originals = st.builds(
    OriginalPayment, st.none(), st.none(), references, st.none() | references, st.none() | st.uuids(version=4).map(str)
)
amounts = st.integers(1, 10**15)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
    lambda one: one.replace(microsecond=0, tzinfo=UTC)
)


@by_name
def test_a_message_is_read_as_it_was_written(example: Example) -> None:
    assert example.module.parse(example.text.encode()) == example.content


@by_name
def test_a_message_is_valid_by_the_classes_of_another_project(example: Example) -> None:
    foreign_reader.read(example.module.NAME, example.text)


@by_name
def test_the_heading_names_message_id_and_sender(example: Example) -> None:
    content: Any = example.content
    expected = Heading(example.module.NAME, content.message_id, content.sender_bic)
    assert heading_of(example.text.encode()) == expected


def test_an_inquiry_is_valid_and_names_its_payments() -> None:
    text = pacs028.build(StatusRequest("INQ-1", (ORIGINAL, OriginalPayment(transaction_id="T2")), OWN), NOW)
    inquiry = foreign_reader.read(pacs028.NAME, text).fito_fipmt_sts_req
    assert [one.orgnl_tx_id for one in inquiry.tx_inf] == [RENT.transaction_id, "T2"]
    assert inquiry.tx_inf[0].orgnl_uetr == RENT.uetr
    assert inquiry.tx_inf[0].orgnl_grp_inf.orgnl_msg_nm_id == pacs008.NAME
    assert heading_of(text.encode()) == Heading(pacs028.NAME, "INQ-1", OWN)


def test_a_payment_is_valid_by_both_judges() -> None:
    text = pacs008.build(pacs008.Batch("MSG-1", [RENT], sender_bic=OWN), NOW)
    valid(pacs008.NAME, text)
    transfer = foreign_reader.read(pacs008.NAME, text).fito_ficstmr_cdt_trf.cdt_trf_tx_inf[0]
    assert (transfer.cdtr.pstl_adr.twn_nm, transfer.cdtr.pstl_adr.ctry) == ("Koln", "DE")
    assert transfer.cdtr.pstl_adr.adr_line == []
    assert heading_of(text.encode()) == Heading(pacs008.NAME, "MSG-1", OWN)


def test_a_foreign_reader_reads_what_was_meant() -> None:
    report, returned, recalled, resolved = (foreign_reader.read(one.module.NAME, one.text) for one in EXAMPLES)
    assert [one.tx_sts for one in report.fito_fipmt_sts_rpt.tx_inf_and_sts] == ["RJCT", "ACSC", "PDNG"]
    assert str(returned.pmt_rtr.grp_hdr.ttl_rtrd_intr_bk_sttlm_amt.value) == "850.01"
    assert returned.pmt_rtr.tx_inf[0].rtr_rsn_inf[0].rsn.cd == "MD07"
    assert recalled.fito_fipmt_cxl_req.undrlyg[0].tx_inf[0].orgnl_intr_bk_sttlm_amt.ccy == "EUR"
    assert resolved.rsltn_of_invstgtn.sts.conf == "RJCR"


@given(st.lists(st.tuples(originals, reasons, st.none() | moments), min_size=1, max_size=5), references)
def test_any_status_report_is_read_as_it_was_written(
    given: list[tuple[OriginalPayment, Reason, datetime | None]], message_id: str
) -> None:
    payments = tuple(PaymentStatus(original, "RJCT", reason, at) for original, reason, at in given)
    report = StatusReport(message_id, (), payments)
    text = pacs002.build(report, NOW)
    assert pacs002.parse(text.encode()) == report
    foreign_reader.read(pacs002.NAME, text)


@given(st.lists(st.tuples(originals, reasons, amounts, references), min_size=1, max_size=5), st.dates())
def test_any_returns_are_read_as_they_were_written(
    given: list[tuple[OriginalPayment, Reason, int, str]], day: Any
) -> None:
    returns = tuple(PaymentReturn(own, original, amount, "EUR", day, why) for original, why, amount, own in given)
    if sum(one.amount for one in returns) > 10**15:
        returns = returns[:1]
    batch = ReturnBatch("RTB-1", returns, OWN)
    text = pacs004.build(batch, NOW)
    assert pacs004.parse(text.encode()) == batch
    foreign_reader.read(pacs004.NAME, text)


def test_texts_are_latin_and_cut_to_what_the_schema_allows() -> None:
    told = Reason("AC04", "Rēķins ☺ " * 40)
    batch = replace(RETURNS, returns=(replace(RETURN, reason=told, return_id="Ķ" * 60),))
    text = pacs004.build(batch, NOW)
    foreign_reader.read(pacs004.NAME, text)
    [read] = pacs004.parse(text.encode()).returns
    assert read.return_id == "K" * 35
    assert read.reason.detail is not None
    assert read.reason.detail.isascii()


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: pacs002.build(StatusReport("S"), NOW), "has a status"),
        (lambda: pacs004.build(ReturnBatch("R", ()), NOW), "one currency"),
        (lambda: pacs004.build(ReturnBatch("R", (RETURN, replace(RETURN, currency="USD"))), NOW), "one currency"),
        (lambda: pacs004.build(ReturnBatch("R", (replace(RETURN, original=OriginalPayment()),)), NOW), "named by"),
        (lambda: pacs028.build(StatusRequest("I", ()), NOW), "names a payment"),
        (lambda: camt056.build(RecallRequest("R", ()), NOW), "names a payment"),
        (lambda: camt029.build(Resolution("R", ()), NOW), "one decision"),
        (lambda: camt029.build(Resolution("R", (REFUSAL, replace(REFUSAL, decision="pending"))), NOW), "one decision"),
        (lambda: camt029.build(Resolution("R", (replace(REFUSAL, reason=None),)), NOW), "has a reason"),
    ],
)
def test_a_message_without_meaning_is_not_written(write: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        write()


def test_an_accepted_recall_needs_no_reason() -> None:
    accepted = replace(RESOLUTION, answers=(replace(REFUSAL, decision="accepted", reason=None),))
    text = camt029.build(accepted, NOW)
    foreign_reader.read(camt029.NAME, text)
    assert camt029.parse(text.encode()) == accepted
    assert RECALLS.recalls[0].settlement_date < DAY
