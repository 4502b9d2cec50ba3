"""What one write of a group may have, how its payments to other banks are held, and where it ends."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.errors import AccountFrozen, Conflict, Refusal
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action, key_written
from chalicelib.models.ledger import group
from chalicelib.models.ledger.group_plan import GroupPlan, Member, New
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import read_together
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.waiting import Allowance, Judge
from chalicelib.models.transact import Extra
from tests.small_bank import NOON, SmallBank, customer

CLEARING = "gl.clearing.standard.USD"
LIMITS = Limits(100_000, 1_000_000)
ALLOWED = Allowance(1_000_000, lambda *_: None)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 5, owner=2)
    bank.open("counted", 100, counts_alone=None)


def clear(_: PreparedMovement) -> None:
    """Let everything pass."""


def allow(_: PreparedMovement) -> Allowance:
    return ALLOWED


def member(bank: SmallBank, legs: dict[str, int], judge: Judge = clear, **fields: Any) -> Member:
    return Member(bank.request(legs, limits=LIMITS, **fields), judge)


def pay(bank: SmallBank, amount: int, payer: str = "a", **fields: Any) -> Member:
    return member(bank, {payer: -amount, "b": amount}, **fields)


def put(name: str) -> Action:
    return {"Put": {"TableName": "florin-unit-bank", "Item": {"pk": {"S": name}, "sk": {"S": name}}}}


def pay_another_bank(bank: SmallBank, own: int, payer: str = "a", **fields: Any) -> Member:
    """Return a payment to another bank, with so many items of its own beside its transaction and its hold."""

    def own_items(made: Transaction) -> list[Action]:
        return [put(f"{made.id}#{number}") for number in range(own)]

    legs = {payer: -10, CLEARING: 10}
    return member(bank, legs, kind="payment", for_clearing=own_items, **fields)


def plan_of(*members: Member) -> GroupPlan:
    """Return what becomes of members that are decided in order, on one read of their accounts."""
    names = {name for one in members for name in one.request.accounts if not name.startswith("gl.")}
    plan = GroupPlan(*read_together([one.transaction_id for one in members], names))
    plan.decide(members)
    return plan


def codes(plan: GroupPlan) -> list[str]:
    """Return the status of each transaction of a plan, or the code of its refusal."""
    return [one.refusal.code if one.refusal else str(one.made.status) for one in plan.new]


def condition(name: str) -> Extra:
    check = {"Key": {"pk": {"S": name}, "sk": {"S": name}}, "ConditionExpression": "attribute_not_exists(pk)"}
    return Extra({"ConditionCheck": check}, Conflict(f"{name} does not hold"))


def held_alone(bank: SmallBank, own: int) -> list[Member]:
    return [pay_another_bank(bank, own)]


def held_with_a_condition(bank: SmallBank, own: int) -> list[Member]:
    return [pay_another_bank(bank, own, extras=(condition("maker"),))]


def held_with_a_label(bank: SmallBank, own: int) -> list[Member]:
    return [pay_another_bank(bank, own, label=put)]


def held_after_a_refusal(bank: SmallBank, own: int) -> list[Member]:
    return [pay(bank, 101), pay_another_bank(bank, own)]


def held_with_a_count(bank: SmallBank, own: int) -> list[Member]:
    return [pay_another_bank(bank, own, "counted")]


def held_with_a_count_and_its_check(bank: SmallBank, own: int) -> list[Member]:
    return [pay_another_bank(bank, own, "counted", judge=allow)]


def two_held_of_which_one_has_an_allowance(bank: SmallBank, own: int) -> list[Member]:
    return [pay_another_bank(bank, 0, "counted", judge=allow), pay_another_bank(bank, own, "counted")]


@pytest.mark.parametrize(
    ("members", "others"),
    [
        (held_alone, 3),
        (held_with_a_condition, 4),
        (held_with_a_label, 4),
        (held_after_a_refusal, 4),
        (held_with_a_count, 4),
        (held_with_a_count_and_its_check, 5),
        (two_held_of_which_one_has_an_allowance, 7),
    ],
)
def test_write_of_a_hundred_items_is_full_and_one_of_more_is_never_sent(
    bank: SmallBank, members: Callable[[SmallBank, int], list[Member]], others: int
) -> None:
    """`others` are the items beside those of the payment's own: its transaction, account and hold, and so on."""
    fitting = plan_of(*members(bank, 100 - others))
    assert (fitting.is_whole, fitting.is_full) == (True, False)
    too_large = members(bank, 101 - others)
    plan = plan_of(*too_large)
    assert (plan.is_whole, plan.is_full, len(plan.decisions)) == (False, True, len(too_large) - 1)


def test_payment_to_another_bank_is_held_with_its_own_items_and_never_posted(bank: SmallBank) -> None:
    """The bank's account at the clearing need not exist yet: nothing moves there until the clearing answers."""
    sent = pay_another_bank(bank, 2)
    plan = plan_of(sent)
    [one] = plan.new
    assert (one.made.status, one.made.awaits) == ("pending", "clearing")
    name = sent.transaction_id
    own = [(f"{name}#{number}", f"{name}#{number}") for number in range(2)]
    written = [key_written(action) for action in plan.actions()]
    assert written == [Transaction.key(name), Account.key("a"), Hold.key("a", name), *own]


def test_held_money_is_not_paid_a_second_time_by_the_same_group(bank: SmallBank) -> None:
    assert codes(plan_of(pay_another_bank(bank, 1), pay(bank, 91), pay(bank, 90))) == [
        "pending",
        "insufficient_funds",
        "posted",
    ]


def test_payer_that_a_request_reads_late_cannot_pay_what_the_group_has_paid(bank: SmallBank) -> None:
    """Its movement names an account that the request did not, so it is read again, as if nothing had moved."""
    late = pay(bank, 60, accounts=("b",))
    assert codes(plan_of(pay(bank, 60), late)) == ["posted", "insufficient_funds"]


def test_refusal_by_the_judge_is_recorded_and_nothing_moves(bank: SmallBank) -> None:
    refusal = AccountFrozen("Not today.")
    plan = plan_of(pay(bank, 1, judge=lambda _: refusal))
    [one] = plan.new
    assert (one.refusal, one.made.failure) == (refusal, {"code": "account_frozen", "detail": "Not today."})
    assert [key_written(action) for action in plan.actions()] == [Transaction.key(one.made.id)]


def test_judge_is_asked_about_nothing_that_the_ledger_refuses(bank: SmallBank) -> None:
    def judge(_: PreparedMovement) -> Refusal:
        return AccountFrozen("The judge was asked.")

    assert codes(plan_of(pay(bank, 101, judge=judge))) == ["insufficient_funds"]


def test_request_that_may_not_join_ends_the_plan_before_it(bank: SmallBank) -> None:
    again = pay(bank, 2, tried_again=frozenset({"insufficient_funds"}))
    plan = plan_of(pay(bank, 1), again, pay(bank, 3))
    assert (len(plan.decisions), plan.is_whole, plan.is_full) == (1, False, False)


def test_conditions_of_a_refused_request_are_not_asked(bank: SmallBank) -> None:
    refused = pay(bank, 101, extras=(condition("of the refused"),))
    posted = pay(bank, 1, extras=(condition("of the posted"),))
    assert plan_of(refused, posted).extras() == list(posted.request.extras)


@pytest.mark.parametrize(
    ("legs", "is_freed"),
    [
        ({"a": -101, "holding": 101}, False),
        ({"holding": -101, "a": 101}, True),
        ({"a": -101, "holding": -1, "b": 102}, True),
        ({"holding": -1, "a": 1}, False),
        ({"holding": -1, "closed": 1}, False),
    ],
    ids=["payee holds", "payer holds", "one of two payers holds", "posted", "refused for its status"],
)
def test_only_a_refusal_for_money_that_a_payer_holds_may_be_freed(
    bank: SmallBank, legs: dict[str, int], *, is_freed: bool
) -> None:
    bank.open("holding", 100, owner=3, held=50)
    bank.open("closed", owner=4, status="closed")
    [one] = plan_of(member(bank, legs)).new
    assert one.may_be_freed is is_freed


def test_group_is_cut_before_the_first_refusal_that_may_be_freed(bank: SmallBank) -> None:
    bank.open("holding", 100, owner=3, held=50)
    plan = plan_of(pay(bank, 1), pay(bank, 60, "holding"), pay(bank, 2))
    assert codes(plan) == ["posted", "insufficient_funds", "posted"]
    plan.cut(lambda one: one.may_be_freed)
    assert (codes(plan), plan.is_whole) == (["posted"], False)


def test_group_without_such_a_refusal_stays_whole(bank: SmallBank) -> None:
    plan = plan_of(pay(bank, 1), pay(bank, 2))
    plan.cut(lambda one: one.may_be_freed)
    assert (codes(plan), plan.is_whole) == (["posted", "posted"], True)


def test_different_amounts_of_one_customer_are_one_count(bank: SmallBank) -> None:
    [count] = plan_of(pay(bank, 20, "counted"), pay(bank, 30, "counted")).counts()
    assert (count.share.owner_id, count.share.amount) == ("cus_1", 50)


def test_count_is_dated_by_the_latest_of_its_payments(bank: SmallBank) -> None:
    """The second payment has the later entry, for an account's entries have different times."""
    asked = [pay(bank, amount, "counted") for amount in (20, 30)]
    group.commit_first(asked, [])
    first, second = [bank.transaction(one.transaction_id).created_at for one in asked]
    assert first < second
    count = bank.dynamodb.table("bank").items["CUSTOMER#cus_1", f"SPENT#{NOON:%Y-%m-%d}#USD"]
    assert count["updated_at"] == {"S": second}


def test_refusal_of_all_keeps_the_request_under_its_own_key(bank: SmallBank) -> None:
    asked = pay(bank, 1, caller=customer(1, "req_own"))
    [one] = plan_of(asked).new
    refused: New = one.refuse(AccountFrozen("None of it."))
    assert (refused.made.id, refused.made.status) == (asked.transaction_id, "failed")
    assert (refused.request, refused.prepared, refused.posting) == (asked.request, one.prepared, None)
