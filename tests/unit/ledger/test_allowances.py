"""Payments that a day's sum bounds: posted and counted by their write, or made to wait beyond it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.errors import AccountFrozen
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.ledger import group, ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.waiting import Allowance, BeyondAllowance, Judge, Wait
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import CASH, SmallBank, staff
from tests.unit.ledger.waiting_payments import UNTIL, wait_for_one

LIMITS = Limits(transaction=1000, daily=500)
CLEARING = "gl.clearing.standard.USD"


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open("a", 1000, counts_alone=None)
    bank.open("other", 1000, counts_alone=None)
    bank.open("b", 0, owner=2)


def post_if_not_hot(request: PostingRequest, judge: Judge) -> Outcome:
    return ledger.post_unless_hot(request, judge, time.monotonic() + 4)


def post(request: PostingRequest, most: int, how: Callable[..., Outcome] = ledger.post_if_clear) -> Transaction:
    """Post what may be posted up to a sum of the customer's day, and otherwise waits for another person."""
    return how(request, lambda _: Allowance(most, lambda again, _: wait_for_one(again))).transaction


def transfer(bank: SmallBank, amount: int, payer: str = "a", **fields: Any) -> PostingRequest:
    return bank.request({payer: -amount, "b": amount}, limits=LIMITS, **fields)


def deposit(bank: SmallBank, amount: int, account_id: str = "a") -> PostingRequest:
    return bank.request({account_id: amount, CASH: -amount}, staff(), kind="deposit")


def payment(bank: SmallBank, amount: int) -> PostingRequest:
    legs = {"a": -amount, CLEARING: amount}
    return bank.request(legs, limits=LIMITS, kind="payment", for_clearing=lambda _: [])


def counted(bank: SmallBank, kind: str = "SPENT") -> int | None:
    found = bank.dynamodb.table("bank").items.get(("CUSTOMER#cus_1", f"{kind}#2026-11-21#USD"))
    return int(found["spent"]["N"]) if found else None


def test_transfer_within_its_allowance_is_posted_and_counted_as_paid(bank: SmallBank) -> None:
    assert post(transfer(bank, 20), 30).status == "posted"
    assert (counted(bank), counted(bank, "CASH")) == (20, None)


@pytest.mark.parametrize("how", [ledger.post_if_clear, post_if_not_hot])
@pytest.mark.parametrize("make", [transfer, payment])
def test_payment_beyond_what_the_customer_may_pay_alone_that_day_waits(bank: SmallBank, make: Any, how: Any) -> None:
    """Only the write sees what other accounts of the customer have paid."""
    assert post(transfer(bank, 20, "other"), 30, how).status == "posted"
    waiting = post(make(bank, 11), 30, how)
    assert (waiting.status, waiting.awaits, waiting.hold_until) == ("pending", "approval", UNTIL)
    assert (bank.account("a").held, waiting.approval_required) == (11, 1)
    assert Approval.find(*Approval.key_of_transaction(waiting.id))
    assert counted(bank) == 31, "what waits counts against the limit"


def test_payment_to_another_bank_within_its_allowance_is_held_for_the_clearing(bank: SmallBank) -> None:
    sent = post(payment(bank, 30), 30)
    assert (sent.status, sent.awaits, bank.account("a").held, counted(bank)) == ("pending", "clearing", 30, 30)
    assert sent.hold_until is None


def test_payment_that_another_one_pushes_beyond_the_allowance_waits(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, after(lambda: post(transfer(bank, 20, "other"), 30)))
    assert post(transfer(bank, 20), 30).status == "pending"
    assert counted(bank) == 40


def test_cash_that_a_customer_brings_is_counted_apart_and_waits_beyond_its_allowance(bank: SmallBank) -> None:
    assert [post(deposit(bank, 20, name), 30).status for name in ("a", "other")] == ["posted", "pending"]
    assert (counted(bank), counted(bank, "CASH")) == (None, 20)
    assert (bank.account("a").balance, bank.account("other").balance) == (1020, 1000)
    assert post(deposit(bank, 10), 30).status == "posted"


def test_cash_without_an_allowance_is_not_counted(bank: SmallBank) -> None:
    ledger.post(deposit(bank, 20))
    assert counted(bank, "CASH") is None


def test_allowance_is_never_more_than_the_limit_of_the_day(bank: SmallBank) -> None:
    post(transfer(bank, 300, "other"), 10_000)
    refused = post(transfer(bank, 201), 10_000)
    assert refused.failure["code"] == "limit_exceeded"
    assert post(transfer(bank, 200), 10_000).status == "posted"


def test_payment_beyond_its_allowance_may_be_refused(bank: SmallBank) -> None:
    def refuse(*_: object) -> Wait | None:
        raise AccountFrozen("Nobody may decide about it.")

    request = transfer(bank, 31)
    with pytest.raises(AccountFrozen):
        ledger.post_if_clear(request, lambda _: Allowance(30, refuse))
    assert Transaction.by_id(request.idempotency_key.transaction_id) is None
    assert bank.account("a").balance == 1000


def test_payment_beyond_its_allowance_that_need_not_wait_is_posted(bank: SmallBank) -> None:
    posted = ledger.post_if_clear(transfer(bank, 31), lambda _: Allowance(30, lambda *_: None)).transaction
    assert (posted.status, counted(bank)) == ("posted", 31)


def test_transfer_between_own_accounts_counts_for_nobody_and_needs_no_allowance(bank: SmallBank) -> None:
    own = bank.request({"a": -400, "other": 400}, limits=LIMITS)
    assert post(own, 30).status == "posted"
    assert counted(bank) is None


def share_of_staff(amount: int) -> Share:
    return Share(staff().user_id, amount, "USD", "2026-11-21", "STAFF_TRANSFER", 30)


def post_as_staff(bank: SmallBank, request: PostingRequest, amount: int) -> Transaction:
    """Post what a member of staff may move alone: 30 a day, all customers together."""

    def wait(again: PreparedMovement, cause: BeyondAllowance) -> Wait:
        assert cause.is_of_staff
        return wait_for_one(again)

    return ledger.post_if_clear(request, lambda _: Allowance(None, wait, (share_of_staff(amount),))).transaction


def test_what_staff_move_in_a_day_is_one_sum_over_all_customers(bank: SmallBank) -> None:
    bank.open("c", 1000, owner=3)
    paid = [post_as_staff(bank, transfer(bank, 20, payer), 20).status for payer in ("a", "c")]
    assert paid == ["posted", "pending"]
    assert post_as_staff(bank, transfer(bank, 10, "c"), 10).status == "posted"
    found = bank.dynamodb.table("bank").items[(f"USER#{staff().user_id}", "STAFF_TRANSFER#2026-11-21#USD")]
    assert (found["spent"]["N"], found["user_id"]["S"]) == ("30", staff().user_id), "what waits does not count"
    assert "customer_id" not in found


def test_two_payments_of_staff_at_once_count_as_one_after_the_other(bank: SmallBank) -> None:
    bank.open("c", 1000, owner=3)
    bank.dynamodb.next(WRITE, after(lambda: post_as_staff(bank, transfer(bank, 20, "c"), 20)))
    assert post_as_staff(bank, transfer(bank, 20), 20).status == "pending"


def test_group_of_payments_of_staff_counts_them_once(bank: SmallBank) -> None:
    def ask(amount: int) -> Member:
        allowed = Allowance(None, lambda *_: None, (share_of_staff(amount),))
        return Member(transfer(bank, amount), lambda _: allowed)

    asked = [ask(amount) for amount in (20, 10, 10)]
    assert group.commit_first(asked, []) == [], "together they are beyond the day, so each is decided alone"
    assert len(group.commit_first(asked[:2], [])) == 2
    assert group.commit_first(asked[2:], []) == []
