"""What happens between the last check of payments and their message, and to messages after an outage or an erasure."""

from datetime import date

import pytest

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.models import transact
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.services.clearing import cycles, inbox, submission
from chalicelib.services.clearing.inbox import Unreadable
from tests.api.helpers.accounts import opened
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import BANK, Clearing, answer, pay, read, report, send_return, stored
from tests.api.helpers.persons import erase
from tests.api.helpers.race import just_before
from tests.api.helpers.tampering import table

UETR = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"


def settlement_dates(clearing: Clearing) -> set[date]:
    return {one.settlement_date for document in clearing.sent for one in pacs008.parse(document).transfers}


def code(client: Api, user: User, payment: Json) -> str | None:
    reason = read(client, user, payment)["payment"]["reason"]
    return str(reason["code"]) if reason else None


def test_payments_of_a_batch_from_an_account_that_is_frozen_as_they_go_out_are_given_up(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    other = opened(client, other_customer, "100.00", currency="EUR")
    first, second, kept = (
        pay(client, customer, payer),
        pay(client, customer, payer),
        pay(client, other_customer, other),
    )
    path, body = f"/v1/accounts/{payer['id']}/freeze", {"reason": "police"}
    payments = [stored(one) for one in (first, second, kept)]
    with just_before("TransactWriteItems", lambda: client.post(path, body, token=teller.token).ok()):
        submission.submit(BANK, payments, "2026-11-30.1")
    assert clearing.paid() == [kept["payment"]["uetr"]]
    assert [code(client, customer, one) for one in (first, second)] == ["AC06", "AC06"]


def test_payments_of_a_batch_whose_maker_is_disabled_as_they_go_out_are_given_up(
    client: Api, customer: User, admin: User, payer: Json, clearing: Clearing
) -> None:
    first, second = pay(client, customer, payer), pay(client, customer, payer)
    path, body = f"/v1/users/{customer.user_id}", {"status": "disabled"}
    with just_before("TransactWriteItems", lambda: client.patch(path, body, token=admin.token).ok()):
        submission.submit(BANK, [stored(first), stored(second)], "2026-11-30.1")
    assert clearing.sent == []
    assert [code(client, admin, one) for one in (first, second)] == ["MS03", "MS03"]


def test_busy_account_does_not_hold_up_the_batch(
    client: Api, customer: User, payer: Json, clearing: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 1)
    payments = [stored(pay(client, customer, payer)) for _ in range(2)]
    with just_before("TransactWriteItems", lambda: pay(client, customer, payer)):
        submission.submit(BANK, payments, "2026-11-30.1")
    assert sorted(clearing.paid()) == sorted(one.uetr for one in payments)


def test_message_has_as_many_payments_as_one_write_has_room_for() -> None:
    class Asked:
        def subjects(self, payment: int) -> set[str]:
            return {f"account {payment}", f"maker {payment}"} if payment < 100 else {"account", "maker"}

    parts = list(submission.parts_of([*range(100), *range(100, 300)], Asked()))  # type: ignore[arg-type]
    assert [len(one) for one in parts] == [33, 33, 33, 80, 80, 41]


def test_message_that_was_answered_is_not_built_again_for_an_erased_payer(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer, "1000.00")
    cycle = clearing.cut_off(payment)
    [message] = OutgoingMessage.all_of(cycle)
    table("bank").update_item(
        Key={"pk": message.pk, "sk": message.sk},
        UpdateExpression="SET #status = :built",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":built": "built"},
    )
    answer(clearing, "ACSC", payment)
    client.delete(f"/v1/accounts/{payer['id']}", token=customer.token).ok()
    erase(client, manager, str(customer.customer_id))
    before = list(clearing.sent)
    submission.send_built(BANK, cycle)
    assert clearing.sent == before
    assert cycles.close(BANK, cycle) == 0
    [message] = OutgoingMessage.all_of(cycle)
    assert message.status == "sent"


def test_message_about_an_erased_payee_waits(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    payment = pay(client, customer, payer)
    cycle = clearing.cut_off(payment)
    [item] = items(type="clearing_payment")
    item.pop("to_iban")
    table("bank").put_item(Item=item)
    [message] = OutgoingMessage.all_of(cycle)
    with pytest.raises(Conflict):
        submission.send(BANK, message)
    assert len(clearing.sent) == 1


def test_payment_that_is_sent_after_an_outage_has_a_settlement_date_of_then(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    with clearing.at_cut_off(payment), clearing.later(days=4):
        opened_cycle = cycles.open_due(BANK)
        assert opened_cycle
        cycles.collect(BANK, opened_cycle.id, lambda: True)
        [day] = settlement_dates(clearing)
        assert clearing.now().date() <= day
    assert read(client, customer, payment)["payment"]["settlement_date"] == day.isoformat()


def test_message_that_was_stored_before_an_outage_is_sent_for_a_day_that_is_not_over(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.fails = True
    with pytest.raises(Unavailable):
        clearing.cut_off(payment)
    clearing.fails = False
    [message] = OutgoingMessage.all_of(str(stored(payment).cycle))
    with clearing.at_cut_off(payment), clearing.later(days=4):
        submission.send_built(BANK, message.cycle)
        [day] = settlement_dates(clearing)
        assert clearing.now().date() <= day
    found = read(client, customer, payment)["payment"]
    assert (found["settlement_date"], found["state"]) == (day.isoformat(), "submitted")
    assert [one["what"] for one in found["trace"]] == ["queued", "submitted", "postponed"]


def test_return_is_measured_against_the_ledger_whatever_the_stored_payment_says(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    [item] = items(type="clearing_payment")
    table("bank").put_item(Item=item | {"amount": 1})
    send_return(clearing, payment)
    assert read_account(client, customer, payer)["balance"] == "1000.00"


def test_rejection_of_an_unknown_payment_is_set_aside_once_the_rest_is_applied(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    unknown = {"payment": {"uetr": UETR}}
    document = report(clearing, "RJCT", unknown, payment, code="AC04")
    for _ in range(2):
        with pytest.raises(Unreadable):
            inbox.receive(BANK, document)
    assert read(client, customer, payment)["payment"]["state"] == "rejected"
