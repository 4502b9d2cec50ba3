"""What the clearing does with payments: each behaviour, once, and the same answer to whoever asks again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.camt054 import SettlementAdvice
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.pacs002 import StatusReport
from chalicelib.domain.clearing.pacs004 import ReturnBatch
from clearing_bank.receiving import receive
from clearing_bank.xml_node import XmlRefused
from tests.unit.clearing_bank.member import OWN, Member, later, original, read, transfer


@pytest.fixture
def member() -> Member:
    return Member()


def statuses(report: StatusReport) -> list[tuple[str | None, str, Reason | None]]:
    return [(one.original.uetr, one.status, one.reason) for one in report.payments]


def booked(advice: SettlementAdvice) -> list[int]:
    return [entry.amount for one in advice.notifications for entry in one.entries]


def test_payments_are_accepted_and_booked_together(member: Member) -> None:
    first, second = transfer(1), transfer(2, amount=1)
    report, advice = member.pay(first, second)
    assert statuses(report) == [(first.uetr, "ACSC", None), (second.uetr, "ACSC", None)]
    assert report.payments[0].original == original(first)
    assert booked(advice) == [-850_01]
    [entry] = advice.notifications[0].entries
    assert [(one.uetr, one.amount) for one in entry.payments] == [(first.uetr, -850_00), (second.uetr, -1)]
    assert (entry.message_id, entry.is_booked, entry.booking_date) == ("MSG-1", True, date(2026, 11, 30))


def test_one_is_rejected_the_others_are_booked(member: Member) -> None:
    bad, good = transfer(1, behaviour="reject:AC04"), transfer(2)
    report, advice = member.pay(bad, good)
    assert statuses(report) == [(bad.uetr, "RJCT", Reason("AC04")), (good.uetr, "ACSC", None)]
    assert booked(advice) == [-850_00]


def test_a_rejected_payment_alone_is_not_booked(member: Member) -> None:
    [report] = member.pay(transfer(1, remittance="reject:RR04"))
    assert report.payments[0].reason == Reason("RR04")


def test_silence_lasts_until_somebody_says_otherwise(member: Member) -> None:
    quiet = transfer(1, behaviour="silent")
    assert member.pay(quiet) == []
    assert member.inquire(quiet) == []
    answer, [report, advice] = member.tell("answer", uetr=quiet.uetr, status="ACSC")
    assert answer["state"] == "settled"
    assert statuses(report) == [(quiet.uetr, "ACSC", None)]
    assert booked(advice) == [-850_00]


def test_an_inquiry_ends_a_limited_silence(member: Member) -> None:
    quiet = transfer(1, behaviour="silent:2")
    assert member.pay(quiet) == []
    assert member.inquire(quiet, "INQ-1") == []
    report, advice = member.inquire(quiet, "INQ-2")
    assert statuses(report) == [(quiet.uetr, "ACSC", None)]
    assert booked(advice) == [-850_00]
    assert member.inquire(quiet, "INQ-3") == [report, advice]


def test_a_late_answer_is_delayed_and_the_rest_is_not(member: Member) -> None:
    soon, late = transfer(1), transfer(2, behaviour="late:30")
    member.pay(soon, late)
    delays = [(one.delay_seconds, type(read(one)).__name__) for one in member.sent]
    assert delays == [(0, "StatusReport"), (30, "StatusReport"), (0, "SettlementAdvice")]
    assert statuses(read(member.sent[1])) == [(late.uetr, "ACSC", None)]


def test_a_status_can_come_twice_and_under_another_id(member: Member) -> None:
    first, second, other, _ = member.pay(transfer(1, behaviour="duplicate-status"))
    assert first == second
    assert (statuses(first), first.message_id != other.message_id) == (statuses(other), True)


def test_a_payment_is_returned_days_after_it_settled(member: Member) -> None:
    coming_back = transfer(1, behaviour="return:2:MD07")
    member.pay(coming_back)
    assert member.tell("due") == ({"sent": 0}, [])
    answer, [batch, advice] = member.tell("advance", days=2)
    assert answer["sent"] == 1
    assert isinstance(batch, ReturnBatch)
    [returned] = batch.returns
    assert (returned.original, returned.amount, returned.reason) == (original(coming_back), 850_00, Reason("MD07"))
    assert returned.settlement_date == date(2026, 12, 2)
    assert booked(advice) == [850_00]
    assert member.tell("advance", days=9)[1] == []


def test_a_message_that_comes_again_gets_its_first_answers(member: Member) -> None:
    payments = transfer(1), transfer(2, behaviour="reject:AC01")
    first = member.pay(*payments)
    later(member, days=1)
    assert member.pay(*payments) == first
    assert [one.amount for one in member.store.entries("EUR", date(2027, 1, 1))] == [-850]


def test_a_payment_in_another_message_keeps_its_outcome_and_is_booked_once(member: Member) -> None:
    payment = transfer(1)
    member.pay(payment)
    [report] = member.pay(replace(payment, amount=999_00), message_id="MSG-2")
    assert statuses(report) == [(payment.uetr, "ACSC", None)]
    assert report.payments[0].original.message_id == "MSG-1"
    assert len(member.store.entries("EUR", date(2027, 1, 1))) == 1


def test_a_payment_that_was_asked_after_first_stays_rejected(member: Member) -> None:
    lost = transfer(1)
    [report] = member.inquire(lost)
    assert statuses(report) == [(lost.uetr, "RJCT", Reason("NOOR"))]
    [report] = member.pay(lost)
    assert statuses(report) == [(lost.uetr, "RJCT", Reason("NOOR"))]
    assert member.store.entries("EUR", date(2027, 1, 1)) == []


@pytest.mark.parametrize(
    ("changes", "hours", "code"),
    [
        ({"settlement_date": date(2026, 11, 28)}, 0, "DT01"),
        ({"settlement_date": date(2026, 12, 25)}, 0, "DT01"),
        ({}, 9, "TM01"),
        ({"settlement_date": date(2026, 11, 27)}, 0, "TM01"),
    ],
)
def test_a_standard_payment_keeps_calendar_and_cut_off(
    member: Member, changes: dict[str, object], hours: int, code: str
) -> None:
    later(member, hours=hours)
    [report] = member.pay(transfer(1, **changes))
    assert report.payments[0].reason == Reason(code)


def test_an_instant_payment_ignores_calendar_and_cut_off(member: Member) -> None:
    later(member, days=-1, hours=12)
    report, advice = member.pay(transfer(1, rail="instant", settlement_date=date(2026, 11, 29)))
    assert report.payments[0].status == "ACSC"
    assert advice.notifications[0].entries[0].booking_date == date(2026, 11, 30)


def test_its_own_clock_decides(member: Member) -> None:
    member.tell("advance", seconds=int(timedelta(hours=9).total_seconds()))
    [report] = member.pay(transfer(1))
    assert report.payments[0].reason == Reason("TM01")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<NbOfTxs>1<", "<NbOfTxs>2<"),
        (">850.00</IntrBkSttlmAmt>", ">0</IntrBkSttlmAmt>"),
        (">850.00</IntrBkSttlmAmt>", ">much</IntrBkSttlmAmt>"),
        (">850.00</IntrBkSttlmAmt>", ">NaN</IntrBkSttlmAmt>"),
        ("2026-11-30</IntrBkSttlmDt>", "2026-11-31</IntrBkSttlmDt>"),
        ("<TxId>T-1</TxId>", ""),
    ],
)
def test_a_message_with_a_mistake_is_refused_whole(member: Member, old: str, new: str) -> None:
    text = pacs008.build(pacs008.Batch("MSG-1", [transfer(1)], sender_bic=OWN), member.now)
    assert old in text
    [report] = member.submit(text.replace(old, new))
    [group] = report.groups
    assert (group.message_id, group.status, group.reason) == ("MSG-1", "RJCT", Reason("FF01"))
    assert report.payments == ()


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<Document/>",
        f'<!DOCTYPE a [<!ENTITY x "y">]><Document xmlns="{pacs008.NAMESPACE}"><a/></Document>',
        f"<Document xmlns='{pacs008.NAMESPACE}'>" + "<a>" * 50 + "</a>" * 50 + "</Document>",
        f"<Document xmlns='{pacs008.NAMESPACE}'><a/><b/></Document>",
        f"<Document xmlns='{pacs008.NAMESPACE}'><a/></Document>",
        "x" * (5 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_message_is_refused(member: Member, document: str) -> None:
    with pytest.raises(XmlRefused):
        receive(member.clearing, document)


def test_many_payments_are_stored_in_few_calls(member: Member) -> None:
    report, advice = member.pay(*(transfer(number, amount=1) for number in range(250)))
    assert len(report.payments) == 250
    assert booked(advice) == [-250]
