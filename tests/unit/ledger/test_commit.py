"""A posting that meets others, or whose answers are lost: tried again within bounds, and written once."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.retries.quota import RetryQuota

from chalicelib.domain.errors import (
    BankError,
    Conflict,
    Contention,
    LimitExceeded,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models import transact
from chalicelib.models.ledger import ledger, shards
from chalicelib.models.ledger.commit import log_decision
from chalicelib.models.ledger.transaction import RequestRecord
from chalicelib.models.transact import Extra
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after, conflict, lost, refused, served, throttled, unanswered
from tests.small_bank import CASH, NOON_TEXT, SmallBank, customer, staff
from tests.unit.conftest import Time


@pytest.fixture(autouse=True)
def two_accounts(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 5, owner=2)


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 4)


@pytest.fixture
def two_shards(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_SHARDS", "2")


def meet(bank: SmallBank) -> Callable[[], object]:
    """Return what posts on the same account meanwhile."""
    return lambda: ledger.post(bank.request({"a": -1, "b": 1}, customer(request_id="req_meanwhile")))


def extra(name: str, error: BankError) -> Extra:
    """Return an extra action that puts an item unless it exists."""
    key = {"pk": {"S": name}, "sk": {"S": "x"}}
    put = {"TableName": "florin-unit-bank", "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}
    return Extra({"Put": put}, error)


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what was counted, by metric: value and dimensions."""
    counted: dict[str, list[dict[str, Any]]] = {}
    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        if "_aws" in line:
            [directive] = line.pop("_aws")["CloudWatchMetrics"]
            [name] = [metric["Name"] for metric in directive["Metrics"]]
            [value] = line.pop(name)
            counted.setdefault(name, []).append(line | {"value": value})
    return counted


def test_posting_on_an_account_that_moved_meanwhile_reads_again(
    bank: SmallBank, capsys: pytest.CaptureFixture[str]
) -> None:
    bank.dynamodb.next(WRITE, after(meet(bank)))
    outcome = ledger.post(bank.request({"a": -30, "b": 30}))
    assert (bank.account("a").balance, bank.account("b").balance) == (69, 36)
    assert [entry.seq for entry in bank.entries("a")] == [1, 2]
    assert (outcome.replayed, outcome.sides) == (False, ("a",))
    counted = metrics(capsys)
    assert [one["value"] for one in counted["PostConflicts"]] == [1]
    assert [one["value"] for one in counted["PostRetries"]] == [1]


def test_funds_are_decided_on_what_is_read_again(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(bank.request({"a": -90, "b": 90}))))
    assert ledger.post(bank.request({"a": -30, "b": 30})).transaction.status == "failed"
    assert bank.account("a").balance == 10


def test_posting_at_the_first_attempt_counts_its_outcome_alone(
    bank: SmallBank, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.post(bank.request({"a": -30, "b": 30}))
    ledger.post(bank.request({"a": -300, "b": 300}))
    dimensions = {"service": "florin", "type": "transfer", "value": 1}
    assert metrics(capsys) == {
        "Transactions": [dimensions | {"outcome": "posted"}, dimensions | {"outcome": "insufficient_funds"}]
    }


def test_days_that_earned_no_coin_are_counted_though_they_have_no_transaction(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log_decision(RequestRecord.of("txn_1", "fingerprint", "run_1", staff(), NOON_TEXT), 2)
    counted = metrics(capsys)
    [decided] = counted["Transactions"]
    assert (decided["type"], decided["outcome"]) == ("interest_credit", "nothing")
    assert [one["value"] for one in counted["PostRetries"]] == [2]


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
def test_posting_that_meets_another_in_flight_is_tried_again(bank: SmallBank, code: str) -> None:
    bank.dynamodb.next(WRITE, conflict(1, code=code))
    assert ledger.post(bank.request({"a": -30, "b": 30})).transaction.status == "posted"
    assert bank.dynamodb.count(WRITE) == 2


def test_cancellation_for_another_reason_is_a_bug(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, conflict(1, code="ItemCollectionSizeLimitExceeded"))
    with pytest.raises(transact.Cancelled):
        ledger.post(bank.request({"a": -30, "b": 30}))


def test_posting_that_meets_others_for_too_long_has_done_nothing(bank: SmallBank, passing: Time) -> None:
    bank.dynamodb.next(WRITE, *[conflict(1)] * transact.ATTEMPTS_MAX)
    with pytest.raises(Contention):
        ledger.post(bank.request({"a": -30, "b": 30}))
    assert bank.account("a").balance == 100


def test_posting_that_is_throttled_is_tried_again(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *_: False)
    bank.dynamodb.next(WRITE, *[refused("ThrottlingException")] * 3)
    assert ledger.post(bank.request({"a": -30, "b": 30})).transaction.status == "posted"
    bank.dynamodb.next(WRITE, *[refused("ThrottlingException")] * transact.ATTEMPTS_MAX)
    with pytest.raises(Contention):
        ledger.post(bank.request({"a": -30, "b": 30}))


def test_posting_whose_answer_was_lost_is_found_and_not_posted_again(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, unanswered, lost)
    outcome = ledger.post(bank.request({"a": -30, "b": 30}))
    assert (outcome.transaction.status, outcome.replayed, outcome.sides) == ("posted", False, None)
    assert bank.account("a").balance == 70


def test_posting_whose_request_was_lost_is_posted_by_the_next_attempt(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, lost, lost)
    assert ledger.post(bank.request({"a": -30, "b": 30})).sides == ("a",)
    assert bank.account("a").balance == 70


def test_lost_posting_that_lands_late_wins_the_key_and_is_the_outcome(bank: SmallBank) -> None:
    request = bank.request({"a": -30, "b": 30})

    def land() -> None:
        [first, *_] = [told for operation, told in bank.dynamodb.sent if operation == WRITE]
        bank.dynamodb.tables.call(WRITE, first)

    bank.dynamodb.next(WRITE, lost, lost, after(land))
    outcome = ledger.post(request)
    assert (outcome.replayed, outcome.sides) == (False, None)
    assert bank.account("a").balance == 70


def test_loser_of_the_key_answers_with_the_record_that_the_write_met(bank: SmallBank) -> None:
    request = bank.request({"a": -30, "b": 30})
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(request)))
    outcome = ledger.post(request)
    assert (outcome.transaction.status, bank.account("a").balance) == ("posted", 70)
    # One read and one write each: what stands at the key is in the answer to the write.
    assert (bank.dynamodb.count(BATCH_GET), bank.dynamodb.count(WRITE)) == (2, 2)


def test_posting_that_was_once_not_answered_leaves_the_outcome_open(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, lost, lost, *[conflict(0)] * (transact.ATTEMPTS_MAX - 1))
    with pytest.raises(OutcomeUnknown):
        ledger.post(bank.request({"a": -30, "b": 30}))


def test_posting_that_botocore_resent_leaves_the_outcome_open(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, lost, *[conflict(0)] * transact.ATTEMPTS_MAX)
    with pytest.raises(OutcomeUnknown):
        ledger.post(bank.request({"a": -30, "b": 30}))


def test_read_that_fails_first_is_told_as_it_is(bank: SmallBank) -> None:
    bank.dynamodb.next(BATCH_GET, lost, lost)
    with pytest.raises(Unavailable) as failed:
        ledger.post(bank.request({"a": -30, "b": 30}))
    assert not isinstance(failed.value, OutcomeUnknown)
    assert bank.dynamodb.count(WRITE) == 0


def test_read_that_fails_after_a_lost_answer_is_tried_again(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, unanswered, lost)
    bank.dynamodb.next(BATCH_GET, served, lost, lost)
    assert ledger.post(bank.request({"a": -30, "b": 30})).transaction.status == "posted"
    assert bank.account("a").balance == 70


def test_reads_that_fail_for_too_long_after_a_lost_answer_leave_the_outcome_open(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, unanswered, lost)
    bank.dynamodb.next(BATCH_GET, served)
    bank.dynamodb.from_now_on(BATCH_GET, lost)
    with pytest.raises(OutcomeUnknown):
        ledger.post(bank.request({"a": -30, "b": 30}))


def test_extra_commits_with_the_posting(bank: SmallBank) -> None:
    ledger.post(bank.request({"a": -30, "b": 30}, extras=(extra("x", Conflict("x")), extra("y", Conflict("y")))))
    assert {("x", "x"), ("y", "x")} <= set(bank.dynamodb.table("bank").items)


@pytest.mark.parametrize("failing", ["x", "y"])
def test_extra_whose_condition_fails_refuses_with_its_own_error(bank: SmallBank, failing: str) -> None:
    extras = tuple(extra(name, Conflict(f"{name} is in the way")) for name in ("x", "y"))
    bank.dynamodb.table("bank").items[failing, "x"] = {"pk": {"S": failing}, "sk": {"S": "x"}}
    with pytest.raises(Conflict, match=f"{failing} is in the way"):
        ledger.post(bank.request({"a": -30, "b": 30}, extras=extras))
    assert (bank.account("a").balance, bank.dynamodb.count(WRITE)) == (100, 1)


def test_extra_does_not_answer_for_an_account_that_moved_meanwhile(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, after(meet(bank)))
    ledger.post(bank.request({"a": -30, "b": 30}, extras=(extra("x", Conflict("x")),)))
    assert bank.account("a").balance == 69


def test_extra_is_not_asked_while_the_key_is_contended_for(bank: SmallBank) -> None:
    """An earlier attempt, whose answer was lost, has written both and is still in flight."""

    def in_flight(answer: Any, request: Any) -> Any:
        conflicts = conflict(0)
        try:
            return conflicts(answer, request)
        except Exception as refusal:
            refusal.told["CancellationReasons"][-1] = {"Code": "ConditionalCheckFailed"}  # type: ignore[attr-defined]
            raise

    bank.dynamodb.next(WRITE, unanswered, in_flight)
    outcome = ledger.post(bank.request({"a": -30, "b": 30}, extras=(extra("x", Conflict("x")),)))
    assert outcome.transaction.status == "posted"
    assert bank.account("a").balance == 70


def test_extra_of_a_refused_posting_is_not_written(bank: SmallBank) -> None:
    ledger.post(bank.request({"a": -300, "b": 300}, extras=(extra("x", Conflict("x")),)))
    assert ("x", "x") not in bank.dynamodb.table("bank").items


@pytest.mark.usefixtures("two_shards")
@pytest.mark.parametrize("place", [2, 4])
def test_worker_that_meets_another_at_its_shard_takes_another_shard(bank: SmallBank, place: int) -> None:
    """Actions are the transaction, two accounts, two entries; those of the bank's cash are the third and the fifth."""
    kept = shards.own_shard(CASH)
    bank.dynamodb.next(WRITE, conflict(place))
    ledger.post(bank.request({"a": 40, CASH: -40}, staff(), kind="deposit"))
    assert shards.own_shard(CASH) != kept
    assert bank.account(shards.own_shard(CASH)).balance == -40


@pytest.mark.usefixtures("two_shards")
@pytest.mark.parametrize("place", [0, 1, 3])
def test_worker_that_meets_another_elsewhere_keeps_its_shard(bank: SmallBank, place: int) -> None:
    kept = shards.own_shard(CASH)
    bank.dynamodb.next(WRITE, conflict(place))
    ledger.post(bank.request({"a": 40, CASH: -40}, staff(), kind="deposit"))
    assert shards.own_shard(CASH) == kept


@pytest.mark.usefixtures("two_shards")
def test_worker_whose_shard_moved_meanwhile_takes_another_shard(bank: SmallBank) -> None:
    kept = shards.own_shard(CASH)
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(bank.request({"b": 1, CASH: -1}, staff(), kind="deposit"))))
    ledger.post(bank.request({"a": 40, CASH: -40}, staff(), kind="deposit"))
    assert shards.own_shard(CASH) != kept


def test_thread_that_posts_for_the_first_time_draws_a_shard(bank: SmallBank) -> None:
    drawn: list[str] = []
    worker = threading.Thread(target=lambda: drawn.append(shards.own_shard(CASH)))
    worker.start()
    worker.join()
    assert drawn[0].startswith(f"{CASH}.0")


def test_what_the_request_raises_is_not_tried_again(bank: SmallBank) -> None:
    def refuse(_: Any) -> Any:
        raise NotFound("There is no such payee.")

    with pytest.raises(NotFound, match="payee"):
        ledger.post(bank.request({"a": -30, "b": 30}, movement=refuse))
    assert (bank.dynamodb.count(BATCH_GET), bank.dynamodb.count(WRITE)) == (1, 0)


def test_refusal_that_is_raised_has_its_figures_and_names_its_transaction(bank: SmallBank) -> None:
    limits = Limits(transaction=7, daily=100)
    key = bank.key(customer())
    first = ledger.post(bank.request({"a": -8, "b": 8}, limits=limits, key=key))
    again = ledger.post(bank.request({"a": -8, "b": 8}, customer(request_id="req_2"), limits=limits, key=key))
    for outcome, replayed in ((first, False), (again, True)):
        with pytest.raises(LimitExceeded) as refused:
            outcome.raise_refusal()
        assert refused.value.figures == {"limit": 7, "currency": "USD"}
        assert (refused.value.transaction_id, refused.value.replayed) == (key.transaction_id, replayed)


def test_outcome_that_is_no_refusal_raises_nothing(bank: SmallBank) -> None:
    ledger.post(bank.request({"a": -8, "b": 8})).raise_refusal()


def test_posting_that_dynamodb_did_not_try_is_tried_again(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK gives up at once, as it does when its quota of retries is used up."""
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: False)
    bank.dynamodb.next(WRITE, throttled)
    assert ledger.post(bank.request({"a": -8, "b": 8})).transaction.status == "posted"
    bank.dynamodb.next(WRITE, *[throttled] * 4)
    with pytest.raises(Contention):
        ledger.post(bank.request({"a": -8, "b": 8}))
