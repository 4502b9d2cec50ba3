"""Payments that the member submits, and its inquiries after them."""

from dataclasses import replace
from decimal import Decimal

from clearing_bank import advices, answers, business_days
from clearing_bank.clearing import Clearing, message_id
from clearing_bank.facts import Party, Payment, entry_of
from clearing_bank.requests import Heading, Mention
from clearing_bank.store import Answer, Due


def take_payments(clearing: Clearing, sent: list[Payment], heading: Heading) -> list[Answer]:
    """Book payments, and return statuses and an advice. A payment known by its UETR keeps its first outcome."""
    stored = clearing.store.add_payments([_decide(clearing, one) for one in sent])
    own = [one for one in stored if one.message_id == heading.message_id]
    settled = [one for one in own if one.state in ("settled", "returned")]
    made = list(_statuses(clearing, stored, heading))
    if settled:
        day = max(clearing.today, settled[0].settlement_date)
        entry = entry_of(settled, heading.message_id, day, message_id("ENT", heading.sender_bic, heading.message_id))
        own_id = message_id("NTF", heading.sender_bic, heading.message_id)
        booked = clearing.store.add_entry(entry)
        made.append(Answer(advices.notification(own_id, booked, clearing.now)))
    for payment in settled:
        if payment.behaviour.kind == "return":
            day = business_days.after(clearing.now.date(), payment.behaviour.days)
            clearing.store.add_due(Due(day, payment.uetr, payment.behaviour.code))
    return made


def _decide(clearing: Clearing, payment: Payment) -> Payment:
    """Return a payment with what becomes of it."""
    behaviour, asked = payment.behaviour, replace(payment, asked=1)
    if not payment.is_instant:
        if not business_days.is_open(payment.settlement_date):
            return asked.with_state("rejected", "DT01")
        if business_days.is_too_late(payment.settlement_date, clearing.now, clearing.cut_off):
            return asked.with_state("rejected", "TM01")
    if behaviour.kind == "reject":
        return asked.with_state("rejected", behaviour.code)
    return asked.with_state("received") if behaviour.kind == "silent" else asked.with_state("settled")


def _statuses(clearing: Clearing, payments: list[Payment], heading: Heading) -> list[Answer]:
    """Return reports on payments: together where they are due together, twice where they are to come twice."""
    reports: list[Answer] = []
    by_delay: dict[int, list[Payment]] = {}
    for payment in payments:
        if payment.state != "received":
            by_delay.setdefault(payment.behaviour.seconds, []).append(payment)
    for delay, each in sorted(by_delay.items()):
        own_id = message_id("STS", heading.sender_bic, heading.message_id, str(delay))
        reports.append(Answer(answers.status_report(own_id, each, clearing.now), delay))
    twice = [one for one in payments if one.behaviour.kind == "duplicate-status" and one.state != "received"]
    if twice:
        own_id = message_id("STS", heading.sender_bic, heading.message_id, "again")
        reports += [reports[0], Answer(answers.status_report(own_id, twice, clearing.now))]
    return reports


def answer_inquiry(clearing: Clearing, mention: Mention, heading: Heading) -> list[Answer]:
    """Answer an inquiry. A payment that was kept silent is decided by the first inquiry that is answered.

    One after a recall gets the answer to the recall again, if there was one.
    """
    if mention.original_id and (mention.original_name or "").startswith("camt.056"):
        return clearing.store.answers_to(Heading(heading.sender_bic, mention.original_id)) or []
    own_id = message_id("STS", heading.sender_bic, heading.message_id, mention.uetr)
    payment = clearing.payment_of(mention)
    if payment is None:
        [unknown] = clearing.store.add_payments([_never_received(clearing, mention)])
        return [Answer(answers.status_report(own_id, [unknown], clearing.now))]
    if not payment.behaviour.answers(payment.asked):
        clearing.store.replace_payment(replace(payment, asked=payment.asked + 1), expected=payment)
        return []
    if payment.behaviour.kind == "silent" and payment.state in ("received", "settled"):
        return settle(clearing, payment)
    return [Answer(answers.status_report(own_id, [payment], clearing.now))]


def _never_received(clearing: Clearing, mention: Mention) -> Payment:
    """Return a payment that was asked after and never came: if it comes later, it stays rejected."""
    nobody, unknown = Party("NOTPROVIDED", "NOTPROVIDED"), mention.transaction_id or "NOTPROVIDED"
    return Payment(
        str(mention.uetr),
        "from_member",
        None,
        "NOTPROVIDED",
        unknown,
        "NOTPROVIDED",
        Decimal(0),
        "EUR",
        nobody,
        nobody,
        clearing.today,
        state="rejected",
        code="NOOR",
    )


def settle(clearing: Clearing, payment: Payment) -> list[Answer]:
    """Settle a payment that was kept silent, and return its status and an advice: the same ones a second time."""
    settled = payment.with_state("settled")
    entry = entry_of([settled], payment.message_id, clearing.today, message_id("ENT", payment.uetr))
    booked = clearing.store.add_entry(entry)  # before the state, so that a kill in between does it again
    clearing.store.replace_payment(settled, expected=payment)
    return [
        Answer(answers.status_report(message_id("STS", payment.uetr, "settled"), [settled], clearing.now)),
        Answer(advices.notification(message_id("NTF", payment.uetr), booked, clearing.now)),
    ]
