"""Groups that meet other writers, or whose answers are lost: tried again within bounds, and written once."""

import json
from typing import Any

import pytest
from botocore.retries.quota import RetryQuota

from chalicelib.domain.errors import (
    Conflict,
    Contention,
    OutcomeUnknown,
    Unavailable,
)
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models import transact
from chalicelib.models.identity.session import Session
from chalicelib.models.ledger import group, ledger
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.waiting import Allowance
from tests.fake_dynamodb.tables import cancelled
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, Step, after, conflict, lost, served, throttled, unanswered
from tests.small_bank import NOON, SmallBank, customer
from tests.unit.conftest import Time
from tests.unit.ledger.group_of_transfers import (
    balances,
    condition,
    in_order,
    members,
    open_accounts,
    pay,
    statuses,
    together,
)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    open_accounts(bank, monkeypatch)


@pytest.fixture
def no_resend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have botocore give up at once, as it does when its quota of retries is used up."""
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: False)


@pytest.mark.parametrize("commit", [in_order, together])
def test_group_that_meets_another_reads_and_decides_again(bank: SmallBank, commit: Any) -> None:
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(pay(bank, 50, "c"))))
    found = commit([pay(bank, 30), pay(bank, 30)])
    expected = ["posted", "insufficient_funds"] if commit is in_order else ["batch_refused", "insufficient_funds"]
    assert statuses(found) == expected
    assert bank.account("a").balance == (20 if commit is in_order else 50)


@pytest.mark.parametrize("commit", [in_order, together])
def test_one_key_in_two_groups_at_once_is_posted_once(bank: SmallBank, commit: Any) -> None:
    asked = [pay(bank, 10), pay(bank, 20)]
    bank.dynamodb.next(WRITE, after(lambda: commit(asked)))
    assert statuses(commit(asked)) == ["posted"] * 2
    assert balances(bank)[:2] == [70, 35]


@pytest.mark.parametrize("commit", [in_order, together])
@pytest.mark.parametrize("first", [unanswered, lost])
def test_group_whose_answer_is_lost_is_posted_once(bank: SmallBank, commit: Any, first: Any) -> None:
    bank.dynamodb.next(WRITE, first, lost)
    assert statuses(commit([pay(bank, 10), pay(bank, 20)])) == ["posted"] * 2
    assert balances(bank)[:2] == [70, 35]


def test_error_after_a_lost_answer_is_an_unknown_outcome(bank: SmallBank) -> None:
    """The earlier attempt may still land."""
    asked = pay(bank, 10)

    def close(*_: Any) -> None:
        del bank.dynamodb.table("bank").items["ACCOUNT#b", "ACCOUNT"]

    bank.dynamodb.next(WRITE, lost, lost)
    bank.dynamodb.next(BATCH_GET, served, after(close))
    [found] = in_order([asked])
    assert isinstance(found, OutcomeUnknown)


def close_payee(bank: SmallBank) -> None:
    del bank.dynamodb.table("bank").items["ACCOUNT#b", "ACCOUNT"]


def test_error_after_a_write_that_was_resent_within_its_attempt_is_an_unknown_outcome(bank: SmallBank) -> None:
    """The first sending may still land, though the second one was cancelled."""
    bank.dynamodb.next(WRITE, lost, conflict(0))
    bank.dynamodb.next(BATCH_GET, served, after(lambda: close_payee(bank)))
    [found] = in_order([pay(bank, 10)])
    assert isinstance(found, OutcomeUnknown)


@pytest.mark.usefixtures("no_resend")
def test_answer_that_was_lost_long_ago_still_leaves_the_outcome_open(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, lost, conflict(0))
    bank.dynamodb.next(BATCH_GET, served, served, after(lambda: close_payee(bank)))
    [found] = in_order([pay(bank, 10)])
    assert isinstance(found, OutcomeUnknown)


def test_error_after_a_conflict_is_that_error(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, conflict(0))
    bank.dynamodb.next(BATCH_GET, served, after(lambda: close_payee(bank)))
    assert statuses(in_order([pay(bank, 10)])) == ["not done: not_found"]


@pytest.mark.parametrize(("step", "error"), [(lost, OutcomeUnknown), (conflict(0), Conflict)])
@pytest.mark.usefixtures("no_resend")
def test_together_a_batch_of_which_one_is_made_meanwhile_is_unknown_after_a_lost_answer(
    bank: SmallBank, passing: Time, step: Any, error: type[Exception]
) -> None:
    asked = [pay(bank, 10), pay(bank, 20)]
    bank.dynamodb.next(WRITE, step)
    bank.dynamodb.next(BATCH_GET, served, after(lambda: ledger.post(asked[0])), served)
    with pytest.raises(error):
        together(asked)
    assert len(passing.pauses) == 1, "it would be so at each further attempt"


@pytest.mark.usefixtures("no_resend")
def test_day_that_is_full_after_a_lost_answer_is_a_refusal_under_the_same_keys(bank: SmallBank) -> None:
    """The refusal competes with the earlier attempt for each key, so one of the two is the outcome."""
    for name in ("a", "other"):
        bank.open(name, 100, counts_alone=None)
    limits = Limits(100, 50)
    asked = [bank.request({"a": -20, "b": 20}, limits=limits) for _ in range(2)]
    another = bank.request({"other": -11, "b": 11}, limits=limits)
    bank.dynamodb.next(WRITE, lost, after(lambda: ledger.post(another)))
    assert statuses(together(asked)) == ["limit_exceeded"] * 2
    assert (bank.account("a").balance, bank.account("b").balance) == (100, 16)


@pytest.mark.usefixtures("no_resend")
def test_allowance_that_is_used_up_after_a_lost_answer_leaves_each_to_be_decided_alone(bank: SmallBank) -> None:
    for name in ("a", "other"):
        bank.open(name, 100, counts_alone=None)
    allowed = Allowance(30, lambda *_: None)
    asked = [Member(pay(bank, 20), lambda _: allowed)]
    bank.dynamodb.next(WRITE, lost, after(lambda: ledger.post(pay(bank, 11, "b", "other"))))
    assert group.commit_first(asked, []) == []


@pytest.mark.usefixtures("no_resend")
def test_group_that_is_throttled_is_sent_again_and_each_member_counted(
    bank: SmallBank, capsys: pytest.CaptureFixture[str]
) -> None:
    bank.dynamodb.next(WRITE, throttled)
    assert statuses(in_order([pay(bank, 10), pay(bank, 101)])) == ["posted", "insufficient_funds"]
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [one["outcome"] for one in metrics if "Transactions" in one] == ["posted", "insufficient_funds"]
    assert [one["PostRetries"] for one in metrics if "PostRetries" in one] == [[1.0]] * 2
    bank.dynamodb.next(WRITE, *[throttled] * 4)
    with pytest.raises(Contention):
        in_order([pay(bank, 10)])


@pytest.mark.usefixtures("no_resend")
def test_read_that_is_not_answered_after_a_lost_write_is_tried_again(bank: SmallBank) -> None:
    """The earlier attempt may have landed, so nobody is told that nothing was done."""
    bank.dynamodb.next(WRITE, unanswered)
    bank.dynamodb.next(BATCH_GET, served, throttled)
    assert statuses(in_order([pay(bank, 10)])) == ["posted"]
    assert balances(bank)[:2] == [90, 15]


@pytest.mark.usefixtures("no_resend")
def test_read_that_is_not_answered_before_any_write_has_done_nothing(bank: SmallBank) -> None:
    bank.dynamodb.next(BATCH_GET, throttled)
    with pytest.raises(Unavailable, match="Nothing was done"):
        in_order([pay(bank, 10)])
    assert bank.dynamodb.count(WRITE) == 0


def test_group_that_meets_others_for_too_long_has_done_nothing(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, *[conflict(0, 0, 1)] * 4)
    with pytest.raises(Contention):
        in_order([pay(bank, 10)])
    assert bank.account("a").balance == 100


def test_session_is_asked_once_whatever_ends_it_later(bank: SmallBank) -> None:
    """A write of the first attempt may still land, so its caller must not be told that nothing was done."""
    session = Session.new("usr_1", "ses_1", "hash", NOON).stamp(customer(), NOON)
    bank.put(session)
    unproved = [session.own_key]

    def end() -> None:
        del bank.dynamodb.table("bank").items[session.own_key]

    bank.dynamodb.next(WRITE, conflict(0))
    bank.dynamodb.next(BATCH_GET, served, after(end))
    assert statuses(group.commit_first(members([pay(bank, 10)]), unproved)) == ["posted"]
    assert unproved == []


def stopped(codes: dict[int, str]) -> Step:
    """Return a step that cancels a write at the actions of these indexes, each for its own reason."""

    def step(_: Any, request: Any) -> Any:
        places = range(len(request["TransactItems"]))
        raise cancelled([{"Code": codes.get(place, "None")} for place in places])

    return step


FAILED, MET = "ConditionalCheckFailed", "TransactionConflict"


@pytest.mark.parametrize("code", [FAILED, MET])
@pytest.mark.parametrize("place", [2 + 2 + 4, 2 + 2 + 4 + 1], ids=["condition", "count"])
def test_record_that_another_attempt_puts_comes_before_what_else_failed(bank: SmallBank, code: str, place: int) -> None:
    """A write of its own may have landed: then the customer's day is full of these very transfers."""
    bank.open("a", 100, counts_alone=None)
    asked = [pay(bank, 1, extras=(condition("maker"),)), pay(bank, 2)]
    bank.dynamodb.next(WRITE, stopped({1: code, place: FAILED}))
    assert statuses(in_order(asked)) == ["posted"] * 2
    assert balances(bank)[:2] == [97, 8]


def test_account_that_another_has_moved_is_read_again_and_no_day_is_full(
    bank: SmallBank, capsys: pytest.CaptureFixture[str]
) -> None:
    bank.open("a", 100, counts_alone=None)
    bank.dynamodb.next(WRITE, stopped({1: FAILED}), stopped({4: MET}))
    assert statuses(in_order([pay(bank, 1)])) == ["posted"]
    assert capsys.readouterr().out.count('"PostConflicts":[1.0]') == 2


def test_write_of_a_group_that_is_cancelled_for_another_reason_is_a_bug(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, stopped({1: "ItemCollectionSizeLimitExceeded"}))
    with pytest.raises(transact.Cancelled):
        in_order([pay(bank, 1)])
