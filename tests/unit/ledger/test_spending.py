"""The daily limit of a customer and of a joint holder, over all accounts that they pay from."""

import random
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from chalicelib.domain.ids import id_of
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.spending import DailySpending
from chalicelib.models.ledger.transaction import Transaction
from tests.fake_dynamodb.tables import Request
from tests.fake_dynamodb.wire import WRITE, Answer, after, unanswered
from tests.small_bank import CASH, NOON, A, B, C, SmallBank, customer, staff

TODAY, LATER = "2026-11-21", "2026-11-24T12:00:00.000000Z"
LIMITS = Limits(transaction=1000, daily=100)
SHOP = id_of("acc", NOON, 50)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    """Two accounts of customer 1, one of customer 2 that customer 3 holds jointly, and a shop's."""
    for account_id in (A, B):
        bank.open(account_id, 10_000, counts_alone=None)
    bank.open(C, 10_000, owner=2, holders={"cus_3": "pay"})
    bank.open(SHOP, 0, owner=9)


def request(
    bank: SmallBank, payer: str, amount: int, caller: Caller | None = None, payee: str = SHOP
) -> PostingRequest:
    kind = "withdrawal" if payee == CASH else "transfer"
    return bank.request({payer: -amount, payee: amount}, caller or customer(), LIMITS, kind=kind)


def pay(bank: SmallBank, payer: str, amount: int, caller: Caller | None = None, payee: str = SHOP) -> str:
    """Return `posted`, or the code of the refusal."""
    made = ledger.post(request(bank, payer, amount, caller, payee)).transaction
    return made.failure["code"] if made.status == "failed" else str(made.status)


def counted(number: int = 1, day: str = TODAY) -> int | None:
    """Return what is counted for a customer beside the accounts, None if nothing ever was."""
    share = Share(f"cus_{number}", 0, "USD", day)
    found = DailySpending.find(*share.key)
    return found.spent if found else None


def test_two_accounts_have_one_limit(bank: SmallBank) -> None:
    assert pay(bank, A, 60) == "posted"
    wanted = request(bank, B, 41)
    for _ in range(2):
        refused = ledger.post(wanted).transaction
        assert (refused.status, refused.failure["code"]) == ("failed", "limit_exceeded")
        assert refused.failure["figures"] == {"limit": 100, "currency": "USD", "day": TODAY}
    assert bank.transaction(refused.id).status == "failed"
    assert (bank.account(B).balance, bank.account(B).spent, counted()) == (10_000, 0, 60)
    assert pay(bank, B, 40, payee=CASH) == "posted"
    assert [pay(bank, one, 1) for one in (A, B)] == ["limit_exceeded"] * 2
    assert counted() == 100


def test_count_begins_anew_each_day(bank: SmallBank) -> None:
    pay(bank, A, 100)
    bank.later(days=1)
    assert pay(bank, B, 100) == "posted"
    assert (counted(), counted(day="2026-11-22")) == (100, 100)


def test_limit_of_each_currency_is_its_own(bank: SmallBank) -> None:
    other = bank.open(id_of("acc", NOON, 51), 1000, currency="EUR", counts_alone=None)
    shop = bank.open(id_of("acc", NOON, 52), 0, owner=9, currency="EUR")
    pay(bank, A, 100)
    paid = bank.request({other: -100, shop: 100}, customer(), LIMITS, currency="EUR")
    assert ledger.post(paid).transaction.status == "posted"


def test_payments_between_own_accounts_leave_nothing(bank: SmallBank) -> None:
    for _ in range(2):
        assert [pay(bank, A, 50, payee=B), pay(bank, B, 50, payee=A)] == ["posted"] * 2
    assert counted() is None
    assert pay(bank, A, 50) == "limit_exceeded", "the account itself has paid 100"


def test_only_account_counts_alone_and_writes_nothing_more(bank: SmallBank) -> None:
    pay(bank, C, 60, customer(2))
    assert len(bank.dynamodb.sent[-1][1]["TransactItems"]) == 5
    assert counted(2) is None
    assert pay(bank, C, 41, customer(2)) == "limit_exceeded"


def test_account_with_others_writes_one_item_more_and_reads_none(bank: SmallBank) -> None:
    pay(bank, A, 60)
    read, written = (sent for _, sent in bank.dynamodb.sent[-2:])
    assert len(read["RequestItems"]["florin-unit-bank"]["Keys"]) == 3
    assert len(written["TransactItems"]) == 6


def test_joint_holder_has_one_limit_over_accounts_of_others(bank: SmallBank) -> None:
    other = bank.open(id_of("acc", NOON, 53), 1000, owner=4, holders={"cus_3": "pay"})
    assert pay(bank, C, 60, customer(3)) == "posted"
    assert pay(bank, other, 41, customer(3)) == "limit_exceeded"
    assert pay(bank, other, 40, customer(3)) == "posted"
    assert (counted(3), bank.account(other).spent) == (100, 40)
    assert pay(bank, other, 60, customer(4)) == "posted", "the owner's limit has 60 left"
    assert pay(bank, C, 41, customer(2)) == "limit_exceeded", "what a holder pays counts for the owner"


def test_joint_holder_has_one_limit_over_own_accounts_and_those_of_others(bank: SmallBank) -> None:
    own = bank.open(id_of("acc", NOON, 54), 1000, owner=3, counts_alone=None)
    assert pay(bank, C, 60, customer(3)) == "posted"
    assert pay(bank, own, 41, customer(3)) == "limit_exceeded"
    assert pay(bank, own, 40, customer(3)) == "posted"
    assert (counted(2), counted(3)) == (None, 100)


def test_what_a_joint_holder_pays_to_itself_counts_once_it_is_paid_on(bank: SmallBank) -> None:
    own = bank.open(id_of("acc", NOON, 54), 1000, owner=3, counts_alone=None)
    assert pay(bank, C, 100, customer(3), payee=own) == "posted"
    assert counted(3) is None
    assert pay(bank, own, 100, customer(3)) == "posted"
    assert pay(bank, own, 1, customer(3)) == "limit_exceeded"


def test_what_staff_pay_counts_for_the_owner(bank: SmallBank) -> None:
    linked = Caller("usr_teller", "teller", "r", customer_id="cus_7")
    assert pay(bank, A, 60, linked) == "posted"
    assert (counted(1), counted(7)) == (60, None)


@pytest.mark.parametrize("end", [ledger.void, ledger.expire])
def test_hold_that_ends_gives_back_and_one_that_is_settled_does_not(
    bank: SmallBank, end: Callable[..., object]
) -> None:
    for _ in range(3):  # a loop of holding and cancelling gains and loses nothing
        held = ledger.hold(request(bank, A, 80), LATER).transaction
        assert counted() == 80
        assert pay(bank, B, 21) == "limit_exceeded"
        end(held.id, staff())
        assert counted() == 0
    held = ledger.hold(request(bank, A, 80), LATER).transaction
    ledger.settle(held.id, staff())
    assert counted() == 80


def test_hold_beyond_the_customers_limit_is_refused(bank: SmallBank) -> None:
    pay(bank, B, 60)
    refused = ledger.hold(request(bank, A, 41), LATER).transaction
    assert (refused.failure["code"], bank.account(A).held) == ("limit_exceeded", 0)


def test_joint_holders_voided_payment_is_given_back_to_both(bank: SmallBank) -> None:
    bank.open(C, 10_000, owner=2, holders={"cus_3": "pay"}, counts_alone=None)
    held = ledger.hold(request(bank, C, 80, customer(3)), LATER).transaction
    assert (held.holder_id, counted(2), counted(3)) == ("cus_3", 80, 80)
    ledger.void(held.id, staff())
    assert (counted(2), counted(3)) == (0, 0)


def reverse(bank: SmallBank, made: Transaction) -> Transaction:
    wanted = bank.request({made.from_account_id or "": 1, SHOP: -1}, staff())
    undone = made.movement_of_entries().reverse(
        wanted.idempotency_key.transaction_id,
        allow_overdrawn=False,
        counted=made.limit_shares(NOON.tzinfo),  # type: ignore[arg-type]
        holder_id=made.holder_id,
    )
    return ledger.post(replace(wanted, movement=lambda _: undone)).transaction


def test_reversal_gives_back_on_the_same_day_only(bank: SmallBank) -> None:
    for _ in range(2):
        made = ledger.post(request(bank, A, 100)).transaction
        assert reverse(bank, made).status == "posted"
        assert counted() == 0
    made = ledger.post(request(bank, A, 100)).transaction
    bank.later(days=1)
    assert reverse(bank, made).status == "posted"
    assert (counted(), counted(day="2026-11-22")) == (100, None)


def test_reversal_between_own_accounts_gives_back_nothing(bank: SmallBank) -> None:
    made = ledger.post(request(bank, A, 90, payee=B)).transaction
    pay(bank, B, 50)
    wanted = bank.request({A: 90, B: -90}, staff())
    undone = made.movement_of_entries().reverse(
        wanted.idempotency_key.transaction_id,
        allow_overdrawn=False,
        counted=made.limit_shares(NOON.tzinfo),  # type: ignore[arg-type]
    )
    ledger.post(replace(wanted, movement=lambda _: undone))
    assert counted() == 50


def test_lost_answer_counts_once(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, unanswered, unanswered)
    assert pay(bank, A, 60) == "posted"
    assert counted() == 60


def test_payment_in_between_from_another_account_is_counted(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, after(lambda: pay(bank, B, 60)))
    assert pay(bank, A, 41) == "limit_exceeded"
    assert counted() == 60


@pytest.mark.parametrize("seed", range(6))
def test_of_32_payments_at_once_those_within_the_limit_succeed(bank: SmallBank, seed: int) -> None:
    """From four accounts, to one payee each; others commit between the read and the write of each."""
    dice = Random(seed)
    random.seed(seed)
    more = [bank.open(id_of("acc", NOON, 60 + number), 10_000, counts_alone=None) for number in range(2)]
    payers = [dice.choice([A, B, *more]) for _ in range(32)]
    shops = [bank.open(id_of("acc", NOON, 100 + number), 0, owner=100 + number) for number in range(32)]
    waiting, answers = list(zip(payers, shops, strict=True)), list[str]()

    def go_on() -> None:
        payer, payee = waiting.pop()
        answers.append(pay(bank, payer, 7, payee=payee))

    def interrupted(answer: Callable[[], Answer], _: Request) -> Answer:
        if waiting and dice.random() < 0.6:
            go_on()
        return answer()

    bank.dynamodb.from_now_on(WRITE, interrupted)
    while waiting:
        go_on()
    assert sorted(answers) == ["limit_exceeded"] * 18 + ["posted"] * 14
    assert counted() == 98


@pytest.mark.parametrize("end", [ledger.void, ledger.expire])
def test_held_transfer_between_own_accounts_gives_nothing_back_when_it_ends(
    bank: SmallBank, end: Callable[..., object]
) -> None:
    """It was never counted: else the limit of the day would let more leave than it says."""
    pay(bank, A, 60)
    held = ledger.hold(request(bank, B, 50, payee=A), LATER).transaction
    end(held.id, staff())
    assert counted() == 60


def test_cash_that_comes_in_within_limits_counts_for_nobody(bank: SmallBank) -> None:
    deposit = bank.request({A: 50, CASH: -50}, staff(), LIMITS, kind="deposit")
    assert ledger.post(deposit).transaction.status == "posted"
    assert counted() is None


def test_transfer_without_limits_counts_for_nobody(bank: SmallBank) -> None:
    """What the bank itself moves, such as a correction."""
    ledger.post(bank.request({A: -500, SHOP: 500}, staff()))
    assert counted() is None
