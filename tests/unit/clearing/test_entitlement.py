"""Whether payments may still go out: by their makers' rights, their accounts, and what the ledger holds for them."""

from typing import Any

import pytest

from chalicelib.domain.clearing import reasons
from chalicelib.domain.permissions import system
from chalicelib.models import transact
from chalicelib.services.clearing import entitlement
from chalicelib.services.payments import approvals
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import A, B, SmallBank, customer
from tests.unit.clearing.queued_payments import queue, stored

RUN = system("req_run")


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000, currency="EUR", holders={"cus_3": "view"})
    bank.open(B, 10_000, owner=2, currency="EUR")
    for number in (1, 2):
        bank.user(customer(number))


def change_account(bank: SmallBank, account_id: str, **fields: Any) -> None:
    account = bank.account(account_id)
    for name, value in fields.items():
        setattr(account, name, value)
    account.ledger_version += 1
    bank.put(account)


def test_payment_of_an_active_account_and_a_maker_with_the_right_goes_out(bank: SmallBank) -> None:
    payments = [queue(bank), queue(bank), queue(bank, 2, B)]
    entitled, asked = entitlement.ask(RUN, payments)
    assert entitled == payments
    assert asked.holder_ids(payments[0]) == ["cus_3"]
    assert asked.subjects(payments[0]) == {A, "usr_1"}
    assert asked.subjects(payments[2]) == {B, "usr_2"}
    assert len(asked.conditions(payments)) == 4, "one for each account and each maker"


@pytest.mark.parametrize("number", [1, 2])
def test_right_that_ends_after_it_was_asked_for_stops_the_write(bank: SmallBank, number: int) -> None:
    payments = [queue(bank), queue(bank, 2, B)]
    _, asked = entitlement.ask(RUN, payments)
    mine = [payments[number - 1]]
    transact.commit(asked.conditions(mine), "req")
    bank.user(customer(number), status="disabled")
    with pytest.raises(transact.Cancelled):
        transact.commit(asked.conditions(mine), "req")
    bank.user(customer(number))
    change_account(bank, A if number == 1 else B, status="frozen")
    with pytest.raises(transact.Cancelled):
        transact.commit(asked.conditions(mine), "req")


@pytest.mark.parametrize(
    ("account", "user", "code"),
    [
        ({"status": "frozen"}, {}, reasons.ACCOUNT_BLOCKED),
        ({}, {"status": "disabled"}, reasons.RIGHT_ENDED),
        ({"customer_id": "cus_9"}, {}, reasons.RIGHT_ENDED),
        ({"status": "frozen"}, {"status": "disabled"}, reasons.RIGHT_ENDED),
    ],
)
def test_payment_that_may_not_go_out_is_given_up_and_its_money_is_free(
    bank: SmallBank, account: dict[str, Any], user: dict[str, Any], code: str
) -> None:
    mine, other = queue(bank), queue(bank, 2, B)
    change_account(bank, A, **account)
    bank.user(customer(), **user)
    entitled, _ = entitlement.ask(RUN, [mine, other])
    assert [one.id for one in entitled] == [other.id]
    ended = stored(mine.id)
    assert (ended.status, ended.reason_code, ended.trace[-1]["what"]) == ("rejected", code, "given_up")
    made = bank.transaction(mine.id)
    assert (made.status, made.reason, bank.account(A).held) == ("voided", reasons.detail_of(code), 0)
    assert bank.account(B).held == 1250


@pytest.mark.parametrize(
    "fields", [{"amount": 1_000_000}, {"amount": 1249}, {"currency": "USD"}, {"account_id": B}, {"amount": 0}]
)
def test_payment_that_was_changed_in_the_table_does_not_go_out(bank: SmallBank, fields: dict[str, Any]) -> None:
    """Of an insider who raises an amount after it was approved."""
    forged = queue(bank)
    for name, value in fields.items():
        setattr(forged, name, value)
    bank.put(forged)
    entitled, _ = entitlement.ask(RUN, [stored(forged.id)])
    assert entitled == []
    assert (stored(forged.id).status, bank.transaction(forged.id).status) == ("rejected", "voided")


def test_payment_whose_transaction_has_ended_does_not_go_out(bank: SmallBank) -> None:
    queued = queue(bank)
    approvals.cancel(customer(), queued.id, None)
    assert entitlement.ask(RUN, [queued])[0] == []
    assert bank.transaction(queued.id).reason != reasons.detail_of(reasons.RIGHT_ENDED)


def test_payment_that_its_maker_cancels_at_the_same_time_is_left_to_it(bank: SmallBank) -> None:
    queued = queue(bank)
    change_account(bank, A, status="frozen")
    bank.dynamodb.next(WRITE, after(lambda: approvals.cancel(customer(), queued.id, None)))
    assert entitlement.ask(RUN, [queued])[0] == []
    assert stored(queued.id).trace[-1]["what"] != "given_up"
