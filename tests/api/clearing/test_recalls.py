"""Recalls of payments to other banks: each once, by who may, answered by a return or a refusal."""

from collections.abc import Callable

import pytest

from chalicelib.domain.clearing import camt056, pacs028
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.recall import RecallReason
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.services.clearing import inbox, recalls, sweep
from chalicelib.services.clearing.inbox import Unreadable
from tests.api.helpers.accounts import closed, withdraw
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import (
    BANK,
    Clearing,
    answer,
    own,
    pay,
    read,
    recall,
    recall_answer,
    report,
    send_return,
    stored,
    submit_instant,
)
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.links import linked
from tests.api.helpers.race import just_before


@pytest.fixture
def settled(client: Api, customer: User, payer: Json, clearing: Clearing) -> Json:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    answer(clearing, "ACSC", payment)
    return payment


def requests(clearing: Clearing) -> list[camt056.RecallRequest]:
    return [camt056.parse(one) for one in clearing.sent if b"camt.056" in one]


def trace(client: Api, user: User, payment: Json) -> list[str]:
    return [one["what"] for one in read(client, user, payment)["payment"]["trace"]]


def test_a_recall_goes_out_and_a_return_answers_it(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    found = recall(client, customer, settled).ok()["payment"]
    assert (found["state"], found["recall"]["state"]) == ("recall_requested", "requested")
    assert found["recall"]["reason"] == {"code": "DUPL", "detail": "The payment was sent twice."}
    [request] = requests(clearing)
    [one] = request.recalls
    assert (one.original.uetr, one.original.message_id) == (found["uetr"], stored(settled).message_id)
    assert (one.amount, one.currency, one.reason) == (1000, "EUR", Reason("DUPL"))
    assert read_account(client, customer, payer)["balance"] == "990.00"
    inbox.receive(BANK, recall_answer(clearing, settled, "accepted"))
    for _ in range(2):
        send_return(clearing, settled)
    found = read(client, customer, settled)["payment"]
    assert (found["state"], found["recall"]["state"], found["recall"]["refusal"]) == ("returned", "returned", None)
    assert trace(client, customer, settled)[3:] == ["recall_requested", "recall_accepted", "returned"]
    assert (read_account(client, customer, payer)["balance"], own("clearing")) == ("1000.00", 0)


def test_a_refusal_leaves_the_money_with_the_payee_and_is_told_with_its_reason(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    recall(client, customer, settled, "FRAD").ok()
    inbox.receive(BANK, recall_answer(clearing, settled, "pending"))
    refused = recall_answer(clearing, settled, code="NOAS")
    for document in (refused, refused, recall_answer(clearing, settled, code="LEGL")):
        inbox.receive(BANK, document)
    found = read(client, customer, settled)["payment"]
    assert (found["state"], found["recall"]["state"], found["reason"]) == ("settled", "refused", None)
    assert found["recall"]["refusal"] == {"code": "NOAS", "detail": "The payee did not answer."}
    assert trace(client, customer, settled)[3:] == ["recall_requested", "recall_pending", "recall_refused"]
    assert (read_account(client, customer, payer)["balance"], own("clearing")) == ("990.00", 1000)


def test_a_payment_is_recalled_once_also_after_a_refusal(
    client: Api, customer: User, manager: User, clearing: Clearing, settled: Json
) -> None:
    first = recall(client, customer, settled, key="k").ok()
    assert recall(client, customer, settled, key="k").ok()["payment"]["trace"] == first["payment"]["trace"]
    recall(client, customer, settled, "FRAD", key="k").refused(409, "idempotency_key_reused")
    for user in (customer, manager):
        recall(client, user, settled).refused(409, "conflict")
    inbox.receive(BANK, recall_answer(clearing, settled))
    for user in (customer, manager):
        recall(client, user, settled).refused(409, "conflict")
    assert len(requests(clearing)) == 1


def test_of_two_recalls_at_once_one_goes_out(
    client: Api, customer: User, manager: User, clearing: Clearing, settled: Json
) -> None:
    with just_before("TransactWriteItems", lambda: recall(client, manager, settled).ok()):
        recall(client, customer, settled).refused(409, "conflict")
    assert len(requests(clearing)) == 1
    assert trace(client, customer, settled).count("recall_requested") == 1


def test_a_return_at_the_same_moment_makes_the_recall_needless(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    with just_before("TransactWriteItems", lambda: send_return(clearing, settled)):
        recall(client, customer, settled).refused(409, "conflict")
    assert requests(clearing) == []
    assert read_account(client, customer, payer)["balance"] == "1000.00"


@pytest.mark.parametrize("state", ["queued", "submitted", "rejected", "returned"])
def test_what_has_not_arrived_or_has_come_back_is_not_recalled(
    client: Api, customer: User, payer: Json, clearing: Clearing, state: str
) -> None:
    payment = pay(client, customer, payer)
    if state != "queued":
        clearing.cut_off(payment)
    if state == "rejected":
        answer(clearing, "RJCT", payment, code="AC04")
    if state == "returned":
        send_return(clearing, payment)
    recall(client, customer, payment).refused(409, "conflict")
    assert stored(payment).status == state
    assert requests(clearing) == []


def test_only_payments_to_other_banks_are_recalled(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    taken = withdraw(client, customer, payer, "1.00").ok(201)
    recall(client, customer, taken).refused(409, "conflict")


def test_strangers_find_no_payment_and_a_joint_holder_recalls_only_what_it_made(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    recall(client, other_customer, settled).refused(404, "not_found")
    put_holder(client, teller, payer, other_customer, "pay").ok()
    recall(client, other_customer, settled).refused(403, "forbidden")
    made = pay(client, other_customer, payer, rail="instant")
    submit_instant(made)
    answer(clearing, "ACSC", made)
    recall(client, customer, made).refused(403, "forbidden")
    put_holder(client, teller, payer, other_customer, "view").ok()
    recall(client, other_customer, made).refused(403, "forbidden")
    end_holder(client, teller, payer, other_customer).ok(204)
    recall(client, other_customer, made).refused(404, "not_found")
    assert requests(clearing) == []
    recall(client, teller, made, "FRAD").ok()


def test_staff_recall_no_payment_of_their_own(
    client: Api,
    customer: User,
    admin: User,
    auditor: User,
    new_staff: Callable[[str], User],
    log_in: Callable[[str], User],
    settled: Json,
) -> None:
    oneself = linked(client, admin, new_staff("manager"), customer, log_in)
    recall(client, oneself, settled).refused(403, "conflict_of_interest")
    recall(client, auditor, settled).refused(403, "forbidden")


@pytest.mark.parametrize(("reason", "days"), [("DUPL", 20), ("TECH", 20), ("CUST", 400), ("FRAD", 400)])
def test_a_payment_is_not_recalled_after_the_time_for_the_reason(
    client: Api, customer: User, clearing: Clearing, settled: Json, reason: RecallReason, days: int
) -> None:
    caller = Caller(customer.user_id, "customer", "r", customer.customer_id)
    with clearing.later(days=days), pytest.raises(Conflict, match="until"):
        recalls.request(caller, None, settled["id"], reason)
    with clearing.later(days=13):
        recalls.request(caller, None, settled["id"], reason)


def test_a_recall_that_the_queue_refuses_is_sent_by_the_sweep_once(
    client: Api, customer: User, clearing: Clearing, settled: Json
) -> None:
    clearing.fails = True
    recall(client, customer, settled).ok()
    clearing.fails = False
    for _ in range(3):
        with clearing.later(minutes=2):
            sweep.sweep(BANK)
    assert len(requests(clearing)) == 1


def test_a_recall_without_an_answer_is_asked_about_each_day_by_itself_and_by_hand(
    client: Api, customer: User, manager: User, clearing: Clearing, settled: Json
) -> None:
    recall(client, customer, settled).ok()
    path = f"/v1/clearing/payments/{settled['id']}/inquire"
    assert client.post(path, token=manager.token).ok()["trace"][-1]["what"] == "inquired"
    assert b"camt.056" in clearing.sent[-1]
    with clearing.later(days=30):
        sweep.sweep(BANK)
        sweep.sweep(BANK)
    assert clearing.names().count(pacs028.NAME) == 2
    assert stored(settled).status == "recall_requested"


def test_answers_that_are_of_no_recall_change_nothing(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    with pytest.raises(Unreadable):
        inbox.receive(BANK, recall_answer(clearing, settled))
    recall(client, customer, settled).ok()
    inbox.receive(BANK, report(clearing, "RJCT", settled, code="AC04"))
    inbox.receive(BANK, report(clearing, "ACSC", settled))
    send_return(clearing, settled)
    inbox.receive(BANK, recall_answer(clearing, settled))
    assert trace(client, customer, settled)[-2:] == ["contradiction: rejection", "returned"]
    assert (read_account(client, customer, payer)["balance"], own("clearing")) == ("1000.00", 0)


def test_a_return_after_a_refusal_still_brings_the_money(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    recall(client, customer, settled).ok()
    inbox.receive(BANK, recall_answer(clearing, settled))
    send_return(clearing, settled)
    assert read_account(client, customer, payer)["balance"] == "1000.00"
    assert read(client, customer, settled)["payment"]["recall"]["state"] == "returned"


def test_after_erasure_staff_recall_and_the_money_waits_for_people(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    withdraw(client, customer, payer, "990.00").ok(201)
    closed(client, customer, payer)
    client.delete(f"/v1/customers/{customer.customer_id}", token=manager.token).ok()
    recall(client, customer, settled).refused(401, "unauthorized")
    assert "Müller" not in str(recall(client, manager, settled, "FRAD").ok())
    send_return(clearing, settled)
    assert (own("returns"), own("clearing"), stored(settled).status) == (1000, 0, "returned")
