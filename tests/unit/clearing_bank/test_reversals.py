"""Recalls, returns and payments to the member, by command and by message."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.clearing import camt054, camt056, pacs002, pacs004, pacs008, pacs028
from chalicelib.domain.clearing.camt053 import StatementMessage
from chalicelib.domain.clearing.camt056 import Recall, RecallRequest
from chalicelib.domain.clearing.credit_transfer import CreditTransfer
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.heading import heading_of
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import PaymentStatus, StatusReport
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from clearing_bank.commands import CommandRefused
from tests.unit.clearing_bank.member import OWN, Member, original, transfer

SALARY = {"iban": "LV69FLRN0123456789005", "name": "Ada Lovelace", "amount": "1500.00", "member_bic": OWN}
WHEN = date(2026, 11, 30)


@pytest.fixture
def member() -> Member:
    return Member()


def recall(member: Member, payment: CreditTransfer, message_id: str = "RCM-1") -> list[object]:
    wanted = Recall("RCL-1", original(payment), payment.amount, "EUR", WHEN, Reason("DUPL"))
    return member.submit(camt056.build(RecallRequest(message_id, (wanted,), OWN), member.now))


def balance(member: Member) -> Decimal:
    return sum((one.amount for one in member.store.entries("EUR", date(2027, 1, 1))), Decimal(0))


def test_a_recalled_payment_comes_back_once(member: Member) -> None:
    payment = transfer(1)
    member.pay(payment)
    batch, _ = recall(member, payment)
    assert isinstance(batch, ReturnBatch)
    assert batch.returns[0].reason == Reason("FOCR")
    assert balance(member) == 0
    assert recall(member, payment, "RCM-2") == [batch, *recall(member, payment)[1:]]
    assert balance(member) == 0


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("recall:refuse:LEGL", "LEGL"), ("recall:refuse", "CUST"), ("reject:AC04", "NOOR"), ("silent", "NOOR")],
)
def test_a_recall_is_refused_with_a_reason(member: Member, behaviour: str, code: str) -> None:
    payment = transfer(1, behaviour=behaviour)
    member.pay(payment)
    [resolution] = recall(member, payment)
    [answer] = resolution.answers  # type: ignore[attr-defined]
    assert (answer.decision, answer.reason, answer.recall_id) == ("refused", Reason(code), "RCL-1")
    assert answer.original == original(payment)


def ask_about_recall(
    member: Member, payment: CreditTransfer, message_id: str, name: str = camt056.NAME
) -> list[object]:
    original = OriginalPayment(message_id, name, payment.transaction_id, payment.end_to_end_id, payment.uetr)
    return member.submit(pacs028.build(pacs028.StatusRequest("INQ-1", (original,), OWN), member.now))


@pytest.mark.parametrize("behaviour", ["", "recall:accept", "recall:refuse"])
def test_an_inquiry_after_a_recall_gets_its_answer_again(member: Member, behaviour: str) -> None:
    payment = transfer(1, behaviour=behaviour)
    member.pay(payment)
    answered = recall(member, payment)
    assert ask_about_recall(member, payment, "RCM-1") == answered


def test_a_recall_that_is_kept_silent_gets_no_answer_until_a_return(member: Member) -> None:
    payment = transfer(1, behaviour="recall:silent")
    member.pay(payment)
    assert recall(member, payment) == []
    assert ask_about_recall(member, payment, "RCM-1") == []
    _, [batch, _] = member.tell("return", uetr=payment.uetr, code="FOCR")
    assert batch.returns[0].reason == Reason("FOCR")


def test_a_recall_of_what_never_came_or_has_come_back_is_refused(member: Member) -> None:
    payment = transfer(1)
    [resolution] = recall(member, payment)
    assert resolution.answers[0].reason == Reason("NOOR")  # type: ignore[attr-defined]
    member.pay(payment)
    member.tell("return", uetr=payment.uetr, code="AC04")
    [resolution] = recall(member, payment, "RCM-2")
    assert resolution.answers[0].reason == Reason("ARDT")  # type: ignore[attr-defined]


def test_a_salary_is_sent_and_booked(member: Member) -> None:
    answer, [batch, advice] = member.tell("pay", **SALARY)
    [sent] = batch.transfers
    assert (sent.uetr, sent.amount, sent.remittance) == (answer["uetr"], 1500_00, "Salary")
    assert (sent.creditor.name, sent.creditor.iban) == (SALARY["name"], SALARY["iban"])
    assert (sent.debtor.town, sent.debtor.country, sent.rail) == ("Koln", "DE", "standard")
    assert advice.notifications[0].entries[0].amount == 1500_00


def test_a_salary_with_an_id_is_the_same_twice(member: Member) -> None:
    first, _ = member.tell("pay", **SALARY, id="S-1", uetr="eb6305c9-1f7f-49de-aed0-16487c27b42d")
    again, _ = member.tell("pay", **SALARY, id="S-1", uetr="eb6305c9-1f7f-49de-aed0-16487c27b42d")
    assert first == again
    assert balance(member) == 1500


def test_an_instant_payment_is_marked(member: Member) -> None:
    _, [batch, _] = member.tell("pay", **SALARY, instant=True)
    assert batch.transfers[0].rail == "instant"


@pytest.mark.parametrize("way", ["return", "status"])
def test_a_payment_that_the_member_gives_back_is_booked_back_once(member: Member, way: str) -> None:
    answer, _ = member.tell("pay", **SALARY)
    named = OriginalPayment(uetr=answer["uetr"])
    if way == "return":
        back = PaymentReturn("RTR-1", named, 1500_00, "EUR", WHEN, Reason("AC01"))
        text = pacs004.build(ReturnBatch("RTB-1", (back,), OWN), member.now)
    else:
        text = pacs002.build(
            StatusReport("STS-1", (), (PaymentStatus(named, "RJCT", Reason("AC01")),), OWN), member.now
        )
    [advice] = member.submit(text)
    assert advice.notifications[0].entries[0].amount == -1500_00
    assert member.submit(text) == [advice]
    assert balance(member) == 0
    assert member.tell("payment", uetr=answer["uetr"])[0]["state"] == "returned"


def test_an_accepted_payment_stays_as_it_is(member: Member) -> None:
    answer, _ = member.tell("pay", **SALARY)
    status = PaymentStatus(OriginalPayment(uetr=answer["uetr"]), "ACSC")
    assert member.submit(pacs002.build(StatusReport("STS-1", (), (status,), OWN), member.now)) == []
    assert balance(member) == 1500


def test_the_clearing_recalls_what_it_sent(member: Member) -> None:
    answer, _ = member.tell("pay", **SALARY)
    _, [request] = member.tell("recall", uetr=answer["uetr"], code="FRAD")
    [wanted] = request.recalls
    assert (wanted.original.uetr, wanted.amount, wanted.reason) == (answer["uetr"], 1500_00, Reason("FRAD"))
    assert request.receiver_bic == OWN


def test_a_contradiction_can_be_sent_and_books_nothing(member: Member) -> None:
    payment = transfer(1)
    member.pay(payment)
    _, [report] = member.tell("answer", uetr=payment.uetr, status="RJCT", code="AM04")
    assert report.payments[0].status == "RJCT"
    assert member.tell("payment", uetr=payment.uetr)[0]["state"] == "settled"
    assert balance(member) == -850


def test_a_silent_payment_can_be_rejected_and_then_accepted_in_contradiction(member: Member) -> None:
    payment = transfer(1, behaviour="silent")
    member.pay(payment)
    answer, [report] = member.tell("answer", uetr=payment.uetr, status="RJCT")
    assert (answer["state"], report.payments[0].reason) == ("rejected", Reason("MS03"))
    _, [report] = member.tell("answer", uetr=payment.uetr, status="ACSC")
    assert report.payments[0].status == "ACSC"
    assert balance(member) == 0


def test_a_statement_leads_from_one_balance_to_the_next(member: Member) -> None:
    member.pay(transfer(1))
    member.tell("advance", days=1)
    member.tell("pay", **SALARY)
    answer, [message] = member.tell("statement", deliver=True)
    assert isinstance(message, StatementMessage)
    [statement] = message.statements
    assert (statement.opening, statement.closing, statement.day) == (-850_00, 650_00, date(2026, 12, 1))
    assert (answer["entries"], [one.amount for one in statement.entries]) == (1, [1500_00])
    first, nothing = member.tell("statement", day="2026-11-30")
    assert (first["entries"], nothing) == (1, [])


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("dance", {}, "the commands are advance, answer"),
        ("pay", {"iban": "LV69FLRN0123456789005"}, "is missing"),
        ("return", {}, "'uetr' is missing"),
        ("return", {"uetr": "none"}, "no payment"),
        ("recall", {"uetr": transfer(1).uetr}, "from_member"),
        ("return", {"uetr": transfer(2).uetr}, "rejected"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    member: Member, command: str, arguments: dict[str, str], words: str
) -> None:
    member.pay(transfer(1), transfer(2, behaviour="reject:AC04"))
    with pytest.raises(CommandRefused, match=words):
        member.tell(command, **arguments)


def test_the_clearing_is_the_sender_of_all_that_it_sends(member: Member) -> None:
    """The bank takes messages of this sender alone."""
    member.tell("pay", **SALARY)
    member.pay(transfer(1), transfer(2, behaviour="reject:AC04"))
    member.tell("return", uetr=transfer(1).uetr)
    headings = [heading_of(one.document.encode()) for one in member.sent]
    assert {one.name for one in headings} == {camt054.NAME, pacs002.NAME, pacs004.NAME, pacs008.NAME}
    assert all(one.is_sent_by("CLRGDEFFXXX") for one in headings)
