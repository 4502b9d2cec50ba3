"""What becomes of the members of a group, who do not know of each other, by the answer to their one write."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from botocore.retries.quota import RetryQuota

from chalicelib import background
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.shared_write import Group, GroupWrite, Round, prepare_group
from chalicelib.models.ledger.waiting import Wait
from tests.fake_dynamodb.wire import WRITE, Step, conflict, lost, refused, throttled, unanswered
from tests.small_bank import SmallBank, customer
from tests.unit.conftest import at_once

SHOP = "shop"
LIMITS = Limits(1000, 100)
WITH_THREE = {"transactions": 0, "accounts": 3, "entries": 7}
"""Where the items of three payments by p1, p2 and p3 begin in their write: the shop is the first account."""
COUNT = 13
"""Where the first count of a customer stands in it."""


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(SHOP, 0)
    for number in range(2, 6):
        bank.open(f"p{number - 1}", 50, owner=number, counts_alone=None)


def clear(_: PreparedMovement) -> None:
    """Let everything pass."""


def pay(bank: SmallBank, payer: int, amount: int = 10, **fields: Any) -> Member:
    caller = customer(payer + 1)
    return Member(bank.request({SHOP: amount, f"p{payer}": -amount}, caller, limits=LIMITS, **fields), clear)


def names(*members: Member) -> set[str]:
    return {one.transaction_id for one in members}


def prepare(*members: Member, after: GroupWrite | None = None) -> Group:
    return prepare_group(SHOP, members, after)


def write(*members: Member) -> Round:
    return GroupWrite(prepare(*members)).finish()


def balances(bank: SmallBank) -> list[int]:
    return [bank.account(name).balance for name in (SHOP, "p1", "p2", "p3")]


def cancelled_at(*places: int, code: str = "ConditionalCheckFailed") -> Step:
    return conflict(*places, code=code)


def three(bank: SmallBank) -> list[Member]:
    return [pay(bank, number) for number in (1, 2, 3)]


@pytest.fixture
def under_way(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have writes stay under way until the returned function is called."""
    begun = list[tuple[Future[Any], Callable[[], Any]]]()

    def start(call: Callable[[], Any]) -> Future[Any]:
        begun.append((Future[Any](), call))
        return begun[-1][0]

    def land() -> None:
        for future, call in begun:
            background.run_into(future, call)
        begun.clear()
        monkeypatch.setattr(background, "start", at_once)

    monkeypatch.setattr(background, "start", start)
    return land


def test_group_that_is_written_is_recorded_whole_and_each_member_is_counted(
    bank: SmallBank, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*three(bank), pay(bank, 1, 41)]
    assert write(*asked) == Round(recorded=names(*asked))
    assert balances(bank) == [30, 40, 40, 40]
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [one["GroupSize"] for one in metrics if "GroupSize" in one] == [4]
    outcomes = [one["outcome"] for one in metrics if one.get("Transactions") == [1.0]]
    assert outcomes == ["posted", "posted", "posted", "insufficient_funds"]
    assert not any("PostRetries" in one for one in metrics), "the first attempt is no retry"


def test_refusal_is_recorded_with_the_payments_of_others(bank: SmallBank) -> None:
    poor, rich = pay(bank, 1, 51), pay(bank, 2)
    assert write(poor, rich) == Round(recorded=names(poor, rich))
    assert [bank.transaction(one.transaction_id).status for one in (poor, rich)] == ["failed", "posted"]
    assert balances(bank) == [10, 50, 40, 50]


def test_member_whose_key_has_a_record_is_done_and_not_written_again(bank: SmallBank) -> None:
    earlier, later = pay(bank, 1), pay(bank, 2)
    ledger.post(earlier.request)
    group = prepare(earlier, later)
    assert (group.size, group.names, group.became) == (1, names(earlier, later), Round(done=names(earlier)))
    assert GroupWrite(group).finish() == Round(recorded=names(later), done=names(earlier))
    assert balances(bank) == [20, 40, 40, 50]


def test_key_that_another_request_had_used_is_done_and_nobody_is_paid_for_it(bank: SmallBank) -> None:
    first = pay(bank, 1)
    ledger.post(first.request)
    reused = pay(bank, 2, key=type(first.request.idempotency_key)(first.transaction_id, "other"))
    assert prepare(reused).became == Round(done=names(first))


@pytest.mark.parametrize(
    "judge", [lambda _: Wait("approval", "", Approval()), lambda _: 1 / 0], ids=["waits", "is wrong"]
)
def test_member_that_a_group_cannot_decide_is_left_alone_and_stops_nobody(bank: SmallBank, judge: Any) -> None:
    odd, other = pay(bank, 1), pay(bank, 2)
    assert write(Member(odd.request, judge), other) == Round(recorded=names(other), alone=names(odd))
    assert balances(bank) == [10, 50, 40, 50]


def test_member_without_an_account_is_left_alone(bank: SmallBank) -> None:
    stranger = Member(bank.request({SHOP: 1, "nobody": -1}, limits=LIMITS), clear)
    assert prepare(stranger).became == Round(alone=names(stranger))


def test_payment_that_an_overdue_hold_may_block_is_left_alone(bank: SmallBank) -> None:
    ledger.hold(pay(bank, 1, 45).request, "2026-11-24T12:00:00.000000Z")
    blocked = pay(bank, 1)
    assert prepare(blocked, pay(bank, 2)).became == Round(alone=names(blocked))


def test_members_beyond_what_one_write_takes_are_tried_again(bank: SmallBank) -> None:
    """A payment has a transaction, an account, two entries and a count of its customer."""
    for number in range(10, 40):
        bank.open(f"p{number}", 50, owner=number + 1, counts_alone=None)
    asked = [pay(bank, number) for number in range(10, 40)]
    group = prepare(*asked)
    assert group.names == names(*asked[:19])
    assert (group.size, len(group.actions) + len(group.counts)) == (19, 19 * 5 + 1)
    assert GroupWrite(group).finish() == Round(recorded=names(*asked[:19]))
    assert bank.account(SHOP).balance == 190


@pytest.mark.parametrize(("labels", "fitting"), [(3, 24), (4, 23)])
def test_write_of_exactly_a_hundred_items_is_sent_whole(bank: SmallBank, labels: int, fitting: int) -> None:
    """The only account of a payer counts by itself: a payment has three items beside it, or four with a label."""
    for number in range(10, 34):
        bank.open(f"p{number}", 50, owner=number + 1)

    def label(at: str) -> Action:
        return {"Put": {"TableName": "florin-unit-bank", "Item": {"pk": {"S": f"L#{at}"}, "sk": {"S": "L"}}}}

    asked = [pay(bank, number, label=label if number < 10 + labels else None) for number in range(10, 34)]
    group = prepare(*asked)
    assert group.names == names(*asked[:fitting])
    assert len(group.actions) == fitting * 4 + 1 + labels


def test_group_of_several_marks_the_account_as_busy(bank: SmallBank) -> None:
    write(pay(bank, 1), pay(bank, 2))
    assert bank.account(SHOP).hot_until == int(bank.now.timestamp()) + 10
    assert bank.account("p1").hot_until is None


def test_group_of_which_one_is_refused_marks_no_account(bank: SmallBank) -> None:
    write(pay(bank, 1), pay(bank, 2, 51))
    assert bank.account(SHOP).hot_until is None, "one of the two has moved nothing"


def test_mark_of_a_busy_account_is_renewed_when_half_of_its_time_is_over(bank: SmallBank) -> None:
    write(pay(bank, 1), pay(bank, 2))
    until = bank.account(SHOP).hot_until
    bank.later(seconds=2)
    write(pay(bank, 1), pay(bank, 2))
    assert bank.account(SHOP).hot_until == until, "it says so for long enough"
    bank.later(seconds=4)
    write(pay(bank, 1), pay(bank, 2))
    assert bank.account(SHOP).hot_until == int(bank.now.timestamp()) + 10


def test_group_is_decided_on_what_the_one_under_way_will_leave(bank: SmallBank, under_way: Callable[[], None]) -> None:
    """Else a payer would pay the same money twice, or the second write would find another version."""
    first = GroupWrite(prepare(pay(bank, 1, 30), pay(bank, 2, 30)))
    assert balances(bank) == [0, 50, 50, 50]
    refused_now, posted = pay(bank, 1, 30), pay(bank, 2, 20)
    second = prepare(refused_now, posted, after=first)
    under_way()
    assert len(first.finish().recorded) == 2
    assert GroupWrite(second).finish() == Round(recorded=names(refused_now, posted))
    assert bank.transaction(refused_now.transaction_id).failure["code"] == "insufficient_funds"
    assert balances(bank) == [80, 20, 0, 50]
    assert [entry.seq for entry in bank.entries(SHOP)] == [1, 2, 3]


def test_write_that_meets_another_at_the_busy_account_is_overtaken_and_blames_no_member(bank: SmallBank) -> None:
    for code in ("ConditionalCheckFailed", "TransactionConflict"):
        bank.dynamodb.next(WRITE, cancelled_at(WITH_THREE["accounts"], WITH_THREE["accounts"] + 1, COUNT, code=code))
        assert write(*three(bank)) == Round(is_overtaken=True)
    assert balances(bank) == [0, 50, 50, 50]


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "TransactionConflict"])
def test_payer_that_another_writer_has_moved_stops_its_own_payments_only(bank: SmallBank, code: str) -> None:
    asked = three(bank)
    bank.dynamodb.next(WRITE, cancelled_at(WITH_THREE["accounts"] + 2, code=code))
    assert write(*asked) == Round(stopped=names(asked[1]))


def test_payer_of_several_payments_stops_all_of_them(bank: SmallBank) -> None:
    asked = [pay(bank, 1), pay(bank, 2), pay(bank, 1)]
    bank.dynamodb.next(WRITE, conflict(3 + 1))
    assert write(*asked) == Round(stopped=names(asked[0], asked[2]))


def test_payer_whose_account_is_written_first_is_stopped_and_not_taken_for_recorded(bank: SmallBank) -> None:
    """Else its payment would be neither recorded nor tried again."""
    request = bank.request({"p1": -10, SHOP: 10}, customer(2), limits=LIMITS)
    bank.dynamodb.next(WRITE, cancelled_at(1))
    assert write(Member(request, clear)) == Round(stopped={request.idempotency_key.transaction_id})


def test_refusal_is_not_stopped_by_an_account_that_it_does_not_move(bank: SmallBank) -> None:
    refusal, posted = pay(bank, 1, 51), pay(bank, 1)
    bank.dynamodb.next(WRITE, conflict(2 + 1))
    assert write(refusal, posted) == Round(stopped=names(posted))


@pytest.mark.parametrize("entry", [0, 1])
def test_entry_that_another_writer_has_put_stops_its_payment_only(bank: SmallBank, entry: int) -> None:
    asked = three(bank)
    bank.dynamodb.next(WRITE, cancelled_at(WITH_THREE["entries"] + 2 + entry))
    assert write(*asked) == Round(stopped=names(asked[1]))


def test_member_that_another_process_records_meanwhile_is_done(bank: SmallBank) -> None:
    asked = three(bank)
    bank.dynamodb.next(WRITE, cancelled_at(2))
    assert write(*asked) == Round(done=names(asked[2]))


def test_member_that_another_process_is_just_recording_is_tried_again(bank: SmallBank) -> None:
    asked = three(bank)
    bank.dynamodb.next(WRITE, conflict(2))
    assert write(*asked) == Round(stopped=names(asked[2]))


def test_customer_whose_day_is_full_is_decided_alone_and_one_whose_count_is_busy_is_tried_again(
    bank: SmallBank,
) -> None:
    """Only the write sees what the customer's other accounts have paid: the refusal is for each of them to record."""
    asked = three(bank)
    bank.dynamodb.next(WRITE, cancelled_at(COUNT + 1))
    assert write(*asked) == Round(alone=names(asked[1]), overspent=names(asked[1]))
    bank.dynamodb.next(WRITE, conflict(COUNT + 1))
    assert write(*asked) == Round(stopped=names(asked[1]))


def test_days_of_two_customers_of_whom_one_paid_from_another_account(bank: SmallBank) -> None:
    bank.open("other", 100, owner=2, counts_alone=None)
    ledger.post(bank.request({"other": -95, "p4": 95}, customer(2), limits=LIMITS))
    asked = three(bank)
    assert write(*asked) == Round(alone=names(asked[0]), overspent=names(asked[0]))
    assert write(*asked[1:]) == Round(recorded=names(*asked[1:]))
    assert balances(bank) == [20, 50, 40, 40]


def test_payments_that_are_too_much_for_their_customers_day_leave_the_others_for_the_next_group(
    bank: SmallBank,
) -> None:
    """The others were judged as if those had been posted, so nothing of this plan may be written."""
    bank.open("rich", 1000, owner=2, counts_alone=None)
    bank.open("rich2", 1000, owner=2, counts_alone=None)
    large = [
        Member(bank.request({SHOP: 60, name: -60}, customer(2), limits=LIMITS), clear) for name in ("rich", "rich2")
    ]
    other = pay(bank, 2)
    group = prepare(*large, other)
    assert (group.size, group.actions, group.became) == (0, [], Round(alone=names(*large), overspent=names(*large)))
    assert group.names == names(*large)
    assert write(other) == Round(recorded=names(other))


def test_reason_that_is_neither_a_condition_nor_a_conflict_sets_its_member_alone(bank: SmallBank) -> None:
    asked = three(bank)
    bank.dynamodb.next(WRITE, cancelled_at(1, code="ValidationError"))
    assert write(*asked) == Round(alone=names(asked[1]))
    bank.dynamodb.next(WRITE, cancelled_at(COUNT + 2, code="ItemCollectionSizeLimitExceeded"))
    assert write(*asked) == Round(alone=names(asked[2]))


def test_cancelled_write_is_counted_as_a_conflict(bank: SmallBank, capsys: pytest.CaptureFixture[str]) -> None:
    bank.dynamodb.next(WRITE, conflict(0))
    write(pay(bank, 1))
    assert '"PostConflicts":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("steps", [(lost, lost), (unanswered, lost)])
def test_write_without_an_answer_says_nothing_of_any_member(bank: SmallBank, steps: tuple[Step, ...]) -> None:
    bank.dynamodb.next(WRITE, *steps)
    assert write(*three(bank)) == Round()


def test_write_that_was_not_tried_says_nothing_of_any_member(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: False)
    bank.dynamodb.next(WRITE, throttled)
    assert write(*three(bank)) == Round()


def test_group_that_is_refused_as_a_whole_is_decided_one_by_one(bank: SmallBank) -> None:
    """Whatever is wrong with it, nobody waits for it again in a group."""
    earlier, *asked = pay(bank, 4), *three(bank)
    ledger.post(earlier.request)
    bank.dynamodb.next(WRITE, refused("ValidationException"))
    assert write(earlier, *asked) == Round(done=names(earlier), alone=names(*asked))
