"""Events of payments to other banks: one for each state that the clearing knows, whatever comes twice."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.services import progress
from chalicelib.services.audit import audit_consumer
from chalicelib.services.clearing import inbox, inquiries
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import (
    BANK,
    IBAN,
    Clearing,
    answer,
    pay,
    payment_return,
    recall,
    recall_answer,
    report,
    send_return,
    stored,
    submit_instant,
)
from tests.api.helpers.events import data_of, event_rows, event_table, told
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import table


@pytest.fixture(autouse=True)
def stream(bank: People, wholly_streamed_bank: None) -> Stream:
    return Stream()


def told_of_payments(recipient: str | None = "bank") -> list[tuple[str, str, int]]:
    return [one for one in told(recipient) if one[0].startswith("payment.")]


def subject_of(payment: Json) -> str:
    return f"transactions/{payment['id']}/payment"


def broken_after(clearing: Clearing) -> Any:
    """Verify the bank when nothing is under way any more."""
    with clearing.later(days=10):
        return verify_bank(progress.ignore, timestamp(clock.now())).broken


def test_a_settled_and_a_rejected_payment_make_these_events_when_every_message_comes_twice(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    settled, rejected = pay(client, customer, payer), pay(client, customer, payer, "20.00")
    clearing.cut_off(rejected)
    for document in (report(clearing, "ACSC", settled), report(clearing, "RJCT", rejected, code="AC04")):
        for _ in range(2):
            inbox.receive(BANK, document)
    answer(clearing, "ACSC", settled)
    records = stream.read()
    for _ in range(2):
        audit_consumer.consume(records)
    events = [
        ("payment.rejected", subject_of(rejected), 2),
        ("payment.settled", subject_of(settled), 2),
        *(("payment.submitted", subject_of(one), 1) for one in (settled, rejected)),
    ]
    assert sorted(told_of_payments()) == sorted(told_of_payments(customer.customer_id)) == sorted(events)
    [row] = event_rows(type="payment.rejected", recipient=customer.customer_id)
    data, item = data_of(row), stored(rejected)
    assert (data["transaction_id"], data["state"], data["reason_code"]) == (rejected["id"], "rejected", "AC04")
    assert (data["amount"], data["currency"], data["uetr"]) == ("20.00", "EUR", item.uetr)
    assert not [word for word in (IBAN, "Müller", "Zoë") if word in str(event_rows())]
    assert broken_after(clearing) is None


def test_a_payment_that_comes_back_is_told_once_more(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    """The return overtakes the acceptance, and both come twice."""
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    back, accepted = payment_return(clearing, payment), report(clearing, "ACSC", payment)
    for document in (back, back, accepted, accepted):
        inbox.receive(BANK, document)
    stream.deliver()
    names = ("payment.submitted", "payment.settled", "payment.returned")
    events = [(name, subject_of(payment), number) for number, name in enumerate(names, 1)]
    assert sorted(told_of_payments(customer.customer_id), key=lambda one: one[2]) == events
    [row] = event_rows(type="payment.returned", recipient="bank")
    assert (data_of(row)["return_id"], data_of(row)["reason_code"]) == (stored(payment).return_id, "MD07")
    assert broken_after(clearing) is None
    listed = client.get(f"/v1/events?subject={subject_of(payment)}", token=customer.token).ok()["data"]
    assert [one["sequence"] for one in listed] == [3, 2, 1]


def test_an_inquiry_and_a_contradiction_are_no_events(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    inquiries.inquire(BANK, [stored(payment)])
    answer(clearing, "ACSC", payment)
    answer(clearing, "RJCT", payment, code="AC04")
    stream.deliver()
    assert sorted(name for name, _, _ in told_of_payments()) == ["payment.settled", "payment.submitted"]
    assert broken_after(clearing) is None


def test_a_payment_that_its_payer_cancels_is_told_as_rejected(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    payment = pay(client, customer, payer)
    client.post(f"/v1/transactions/{payment['id']}/cancel", token=customer.token).ok()
    stream.deliver()
    assert told_of_payments(customer.customer_id) == [("payment.rejected", subject_of(payment), 1)]


def test_joint_holders_are_told_while_they_hold_the_account(
    client: Api,
    customer: User,
    other_customer: User,
    new_customer: Callable[[], User],
    teller: User,
    payer: Json,
    clearing: Clearing,
    stream: Stream,
) -> None:
    before, after = new_customer(), new_customer()
    put_holder(client, teller, payer, before, "view").ok()
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    end_holder(client, teller, payer, before).ok(204)
    answer(clearing, "ACSC", payment)
    put_holder(client, teller, payer, after, "view").ok()
    send_return(clearing, payment)
    stream.deliver()
    assert [name for name, _, _ in told_of_payments(before.customer_id)] == ["payment.submitted"]
    assert [name for name, _, _ in told_of_payments(after.customer_id)] == ["payment.returned"]
    assert told_of_payments(other_customer.customer_id) == []
    query = f"/v1/events?subject={subject_of(payment)}"
    assert client.get(query, token=other_customer.token).ok()["data"] == []
    assert broken_after(clearing) is None


def test_an_event_that_is_missing_is_named_by_the_verification(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    stream.deliver()
    [row] = event_rows(type="payment.submitted", recipient=customer.customer_id)
    event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})
    broken = broken_after(clearing)
    assert broken
    assert broken.where == f"event {row['id']} of {subject_of(payment)}, told to {customer.customer_id}"


@pytest.mark.parametrize(
    "change", [{"settlement_date": "2030-01-01"}, {"submit_by": "2030-01-01"}, {"reason_code": "AC04"}]
)
def test_a_field_of_a_payment_that_the_ledger_does_not_have_is_compared_with_the_audit(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream, change: Json
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    stream.deliver()
    [item] = items(type="clearing_payment")
    table("bank").put_item(Item=item | change)
    assert f"PAYMENT#{payment['id']} PAYMENT" in str(broken_after(clearing))


def test_a_recall_and_its_refusal_are_told_and_the_payment_is_not_settled_twice(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    answer(clearing, "ACSC", payment)
    recall(client, customer, payment, "FRAD").ok()
    refused = recall_answer(clearing, payment, code="LEGL")
    for document in (recall_answer(clearing, payment, "pending"), refused, refused):
        inbox.receive(BANK, document)
    stream.deliver()
    names = ("payment.submitted", "payment.settled", "payment.recalled", "payment.recall_refused")
    events = [(name, subject_of(payment), number) for number, name in enumerate(names, 1)]
    assert sorted(told_of_payments(customer.customer_id), key=lambda one: one[2]) == events
    [row] = event_rows(type="payment.recall_refused", recipient=customer.customer_id)
    assert (data_of(row)["recall_reason"], data_of(row)["recall_refusal"]) == ("FRAD", "LEGL")
    assert broken_after(clearing) is None


def test_a_recall_that_a_return_answers_is_told(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    answer(clearing, "ACSC", payment)
    recall(client, customer, payment).ok()
    send_return(clearing, payment)
    inbox.receive(BANK, recall_answer(clearing, payment))
    stream.deliver()
    names = {name for name, _, _ in told_of_payments(customer.customer_id)}
    assert names == {"payment.submitted", "payment.settled", "payment.recalled", "payment.returned"}
    assert broken_after(clearing) is None


@pytest.mark.parametrize("change", [{"recall_reason": "CUST"}, {"recall_id": "clm-1"}, {"recall_refusal": "LEGL"}])
def test_a_recall_that_somebody_has_changed_is_named_by_the_verification(
    client: Api, customer: User, payer: Json, clearing: Clearing, stream: Stream, change: Json
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    answer(clearing, "ACSC", payment)
    recall(client, customer, payment).ok()
    stream.deliver()
    [item] = items(type="clearing_payment")
    table("bank").put_item(Item=item | change)
    assert f"PAYMENT#{payment['id']} PAYMENT" in str(broken_after(clearing))
