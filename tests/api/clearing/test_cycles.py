"""Cycles of the clearing and its answers: each payment settles or is released exactly once, whatever is cut short."""

from itertools import permutations

import pytest

from chalicelib.domain.clearing import heading, pacs002, pacs008
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.pacs002 import GroupStatus, StatusReport
from chalicelib.domain.errors import Unavailable
from chalicelib.models.clearing.cycle import Cycle
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.services.clearing import cycles, inbox, inquiries, submission, sweep
from chalicelib.services.clearing.inbox import Unreadable
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import BANK, BIC, Clearing, answer, pay, read, report, stored, submit_instant


def money(client: Api, user: User, account: Json) -> tuple[str, str]:
    found = read_account(client, user, account)
    return found["balance"], found["held"]


def state(client: Api, user: User, payment: Json) -> tuple[str, str]:
    found = read(client, user, payment)
    return found["payment"]["state"], found["status"]


def in_clearing() -> int:
    return sum(int(one["balance"]) for one in items(type="account") if str(one["id"]).startswith("gl.clearing."))


def test_cycle_sends_settles_rejects_and_closes(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    kept, rejected = pay(client, customer, payer, "10.00"), pay(client, customer, payer, "5.00")
    assert sweep.sweep(BANK) == {"cycles": 0, "sent": 0, "asked": 0, "files": 0}
    cycle = clearing.cut_off(kept)
    assert (cycle, clearing.started) == (f"{kept['payment']['settlement_date']}.1", [f"cycle-{cycle}"])
    assert set(clearing.names()) == {"pacs.008.001.08"}
    assert sorted(clearing.paid()) == sorted(one["payment"]["uetr"] for one in (kept, rejected))
    assert state(client, customer, kept) == ("submitted", "pending")
    cycles.wait(BANK, cycle, "token")
    answer(clearing, "ACSC", kept)
    assert clearing.woken == []
    answer(clearing, "RJCT", rejected, code="AC04")
    assert clearing.woken == ["token"]
    assert state(client, customer, kept) == ("settled", "posted")
    assert state(client, customer, rejected) == ("rejected", "voided")
    assert read(client, customer, rejected)["payment"]["reason"]["code"] == "AC04"
    assert money(client, customer, payer) == ("990.00", "0.00")
    assert in_clearing() == 1000
    assert cycles.close(BANK, cycle) == 0
    closed = Cycle.by_id(cycle)
    assert closed
    assert (closed.status, closed.messages, closed.payments, closed.unanswered) == ("closed", closed.messages, 2, 0)


def test_answers_before_the_workflow_waits_wake_it(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    cycle = clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    cycles.wait(BANK, cycle, "token")
    assert clearing.woken == ["token"]


def test_silence_leaves_the_payment_open_and_is_asked_about(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    cycle = clearing.cut_off(payment)
    assert cycles.close(BANK, cycle) == 1
    assert clearing.names()[-1] == "pacs.028.001.03"
    with clearing.later(minutes=59):
        assert inquiries.inquire_due(BANK) == 0
    with clearing.later(days=40):
        assert inquiries.inquire_due(BANK) == 1
    assert state(client, customer, payment) == ("submitted", "pending")
    assert money(client, customer, payer) == ("1000.00", "10.00")
    answer(clearing, "ACSC", payment)
    assert state(client, customer, payment) == ("settled", "posted")
    assert inquiries.inquire_due(BANK) == 0


def test_no_answer_is_applied_twice_and_none_against_the_first(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    yes = report(clearing, "ACSC", payment, name="YES")
    for _ in range(2):
        inbox.receive(BANK, yes)
    answer(clearing, "ACSC", payment)
    assert money(client, customer, payer) == ("990.00", "0.00")
    no = report(clearing, "RJCT", payment, code="AC04", name="NO")
    for _ in range(2):
        inbox.receive(BANK, no)
    assert state(client, customer, payment) == ("settled", "posted")
    trace = [one["what"] for one in read(client, customer, payment)["payment"]["trace"]]
    assert trace == ["queued", "submitted", "settled", "contradiction: rejection"]
    assert (money(client, customer, payer), in_clearing()) == (("990.00", "0.00"), 1000)


def test_late_yes_after_a_no_moves_nothing(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    answer(clearing, "RJCT", payment, code="AB06")
    answer(clearing, "ACSC", payment)
    assert state(client, customer, payment) == ("rejected", "voided")
    assert (money(client, customer, payer), in_clearing()) == (("1000.00", "0.00"), 0)


@pytest.mark.parametrize("order", list(permutations(["ACTC", "ACSC", "ACSC"])))
def test_order_of_answers_does_not_matter(
    client: Api, customer: User, payer: Json, clearing: Clearing, order: tuple[str, ...]
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    for one in order:
        answer(clearing, one, payment)  # type: ignore[arg-type]
    assert (state(client, customer, payment), in_clearing()) == (("settled", "posted"), 1000)


def test_message_that_was_stored_and_not_sent_is_sent_by_the_next_step(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.fails = True
    with pytest.raises(Unavailable):
        clearing.cut_off(payment)
    assert (state(client, customer, payment), clearing.sent) == (("submitted", "pending"), [])
    clearing.fails = False
    cycle = clearing.cut_off(payment)
    assert clearing.paid() == [payment["payment"]["uetr"]]
    [message] = OutgoingMessage.all_of(cycle)
    assert (message.status, message.sent, message.open) == ("sent", 1, 1)
    again = clearing.sent[0]
    submission.send(BANK, message)
    assert clearing.sent == [again, again]


def test_cycle_is_one_however_often_it_is_opened_and_collected(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payments = [pay(client, customer, payer, "1.00") for _ in range(5)]
    cycle = clearing.cut_off(payments[0])
    for _ in range(2):
        assert clearing.cut_off(payments[0]) == cycle
    assert sorted(clearing.paid()) == sorted(one["payment"]["uetr"] for one in payments)
    assert set(clearing.started) == {f"cycle-{cycle}"}


def test_cycle_without_time_goes_on_later(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    with clearing.at_cut_off(pay(client, customer, payer)):
        opened = cycles.open_due(BANK)
        assert opened
        assert cycles.collect(BANK, opened.id, lambda: False) == "more"
        assert clearing.sent == []
        assert cycles.collect(BANK, opened.id, lambda: True) == "done"


def test_cycle_that_nobody_closes_is_closed_and_another_takes_what_was_left(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    with clearing.at_cut_off(payment):
        first = cycles.open_due(BANK)
        with clearing.later(hours=3):
            cycles.open_due(BANK)
            second = cycles.open_due(BANK)
    day = payment["payment"]["settlement_date"]
    assert first
    assert second
    assert (first.id, second.id) == (f"{day}.1", f"{day}.2")


def test_payment_without_a_right_or_from_a_frozen_account_is_given_up(
    client: Api, customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    client.post(f"/v1/accounts/{payer['id']}/freeze", {"reason": "police"}, token=teller.token).ok()
    clearing.cut_off(payment)
    assert clearing.sent == []
    assert state(client, customer, payment) == ("rejected", "voided")
    assert read(client, customer, payment)["payment"]["reason"]["code"] == "AC06"


def test_accepted_payment_of_an_account_that_was_frozen_meanwhile_is_posted(
    client: Api, customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    client.post(f"/v1/accounts/{payer['id']}/freeze", {"reason": "police"}, token=teller.token).ok()
    answer(clearing, "ACSC", payment)
    assert state(client, customer, payment) == ("settled", "posted")


def test_cancelled_payment_is_not_sent(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    payment, other = pay(client, customer, payer), pay(client, customer, payer)
    client.post(f"/v1/transactions/{payment['id']}/cancel", token=customer.token).ok()
    clearing.cut_off(payment)
    assert clearing.paid() == [other["payment"]["uetr"]]
    client.post(f"/v1/transactions/{other['id']}/cancel", token=customer.token).refused(409, "conflict")


def test_instant_payment_goes_alone_at_once_and_is_asked_after_ten_seconds(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    assert clearing.paid() == [payment["payment"]["uetr"]]
    assert inquiries.inquire_due(BANK) == 0
    with clearing.later(seconds=11):
        assert inquiries.inquire_due(BANK) == 1
    assert stored(payment).status == "submitted"
    answer(clearing, "ACSC", payment)
    assert state(client, customer, payment) == ("settled", "posted")


@pytest.mark.parametrize(
    ("rail", "state_then"), [("instant", ("settled", "posted")), ("standard", ("submitted", "pending"))]
)
@pytest.mark.parametrize("is_group", [False, True])
def test_acceptance_by_the_payees_bank_settles_an_instant_payment_only(
    client: Api, customer: User, payer: Json, clearing: Clearing, rail: str, state_then: tuple[str, str], is_group: bool
) -> None:
    payment = pay(client, customer, payer, rail=rail)
    if rail == "instant":
        submit_instant(payment)
    else:
        clearing.cut_off(payment)
    if is_group:
        group = GroupStatus(str(stored(payment).message_id), pacs008.NAME, "ACCP")
        inbox.receive(BANK, pacs002.build(StatusReport("GROUP", (group,), (), BIC), clearing.now()))
    else:
        answer(clearing, "ACCP", payment)
    assert state(client, customer, payment) == state_then


def test_instant_payment_without_an_answer_is_sent_once_more_under_its_id(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    """Only the answer tells that it was sent. The clearing takes a message once."""
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    for seconds in (11, 400):
        with clearing.later(seconds=seconds):
            assert inquiries.inquire_due(BANK) == 1
    sent = [pacs008.parse(one) for one in clearing.sent if heading.heading_of(one).name == pacs008.NAME]
    assert len(sent) == 2
    assert sent[0] == sent[1]
    [message] = OutgoingMessage.all_of(payment["id"])
    answer(clearing, "ACSC", payment)
    [answered] = OutgoingMessage.all_of(payment["id"])
    assert (message.status, answered.version) == ("sent", message.version), "an instant message counts no answers"
    submit_instant(payment)
    assert clearing.paid() == [payment["payment"]["uetr"]] * 2


def test_instant_payment_that_nobody_sent_is_sent_by_the_sweep(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    with clearing.later(minutes=1):
        assert sweep.sweep(BANK)["sent"] == 1
    assert clearing.paid() == [payment["payment"]["uetr"]]


def test_status_of_a_whole_message_is_that_of_its_payments(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    cycle = clearing.cut_off(payment)
    [message] = OutgoingMessage.all_of(cycle)
    group = GroupStatus(message.id, message.name, "RJCT", Reason("AM10"))
    inbox.receive(BANK, pacs002.build(StatusReport("GROUP", (group,), (), "SIMULV22"), clearing.now()))
    assert state(client, customer, payment) == ("rejected", "voided")
    assert read(client, customer, payment)["payment"]["reason"]["code"] == "AM10"


def test_status_of_an_unknown_payment_changes_nothing(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    unknown = {"payment": {"uetr": "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"}}
    with pytest.raises(Unreadable):
        answer(clearing, "ACSC", unknown)
    assert money(client, customer, payer) == ("1000.00", "0.00")


@pytest.mark.parametrize("document", ["", "<x/>", "<!DOCTYPE x><x/>"])
def test_unreadable_document_is_raised(clearing: Clearing, document: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        inbox.receive(BANK, document)
