"""What the answers to a transactional write mean, and when it is sent again."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.retries.quota import RetryQuota

from chalicelib import clock
from chalicelib.domain.errors import Contention, OutcomeUnknown
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.identity.known_devices import KnownDevices
from chalicelib.models.transact import Ambiguous, Cancelled, Edit, Extra, Reason, Rejected
from tests.fake_dynamodb.wire import WRITE, FakeDynamoDB, after, conflict, lost, refused, served, throttled, unanswered
from tests.unit.conftest import Time

REQUEST = "req_1"


def item(name: str, request_id: str | None = REQUEST) -> dict[str, Any]:
    written_by = {} if request_id is None else {"request_id": {"S": request_id}}
    return {"pk": {"S": name}, "sk": {"S": "x"}} | written_by


def put(name: str) -> dict[str, Any]:
    """Return an action that puts an item unless it exists."""
    return {
        "Put": {
            "TableName": "florin-unit-bank",
            "Item": item(name),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def store(dynamodb: FakeDynamoDB, name: str, request_id: str | None = REQUEST) -> None:
    dynamodb.table("bank").items[name, "x"] = item(name, request_id)


def stored(dynamodb: FakeDynamoDB) -> list[str]:
    return [pk for pk, _ in dynamodb.table("bank").items]


def given_up(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the outcome of each write that was counted as given up."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["outcome"] for line in lines if line.get("WritesGivenUp") == [1.0]]


@pytest.fixture
def no_resend(dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have botocore give up at once, as it does when its quota of retries is used up."""
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: False)


def test_write_commits_all_actions_in_their_order(dynamodb: FakeDynamoDB) -> None:
    transact.write([put("b"), put("a")])
    assert stored(dynamodb) == ["b", "a"]
    assert [sent["TransactItems"] for _, sent in dynamodb.sent] == [[put("b"), put("a")]]


def test_write_with_a_failed_condition_commits_nothing_and_gives_each_reason(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "b")
    with pytest.raises(Cancelled, match=r"^None, ConditionalCheckFailed$") as cancelled:
        transact.write([put("a"), put("b")])
    assert cancelled.value.reasons == [Reason("None"), Reason("ConditionalCheckFailed", item("b"))]
    assert [reason.is_condition for reason in cancelled.value.reasons] == [False, True]
    assert not cancelled.value.was_resent
    assert stored(dynamodb) == ["b"]


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_write_that_meets_another_is_cancelled_for_a_conflict(dynamodb: FakeDynamoDB, code: str) -> None:
    dynamodb.next(WRITE, conflict(1, code=code))
    with pytest.raises(Cancelled) as cancelled:
        transact.write([put("a"), put("b")])
    assert [reason.is_conflict for reason in cancelled.value.reasons] == [False, True]
    assert not any(reason.is_condition for reason in cancelled.value.reasons)


def test_cancellation_of_a_write_that_was_resent_says_so(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, lost, conflict(0))
    with pytest.raises(Cancelled) as cancelled:
        transact.write([put("a")])
    assert cancelled.value.was_resent


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
@pytest.mark.usefixtures("no_resend")
def test_throttled_write_was_not_tried(dynamodb: FakeDynamoDB, code: str) -> None:
    dynamodb.next(WRITE, refused(code))
    with pytest.raises(Rejected, match=code):
        transact.write([put("a")])


def test_write_that_was_resent_and_then_throttled_may_have_landed(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, unanswered, throttled)
    with pytest.raises(Ambiguous, match="ThrottlingException"):
        transact.write([put("a")])
    assert stored(dynamodb) == ["a"]


def test_write_that_is_never_answered_may_have_landed(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, lost, lost)
    with pytest.raises(Ambiguous, match="ReadTimeoutError"):
        transact.write([put("a")])


def test_write_that_was_resent_with_its_token_lands_once(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, unanswered, served)
    transact.write([put("a")])
    assert (stored(dynamodb), dynamodb.count(WRITE)) == (["a"], 2)


@pytest.mark.parametrize("code", ["InternalServerError", "TransactionInProgressException"])
@pytest.mark.usefixtures("no_resend")
def test_answer_that_says_nothing_leaves_the_outcome_open(dynamodb: FakeDynamoDB, code: str) -> None:
    dynamodb.next(WRITE, refused(code))
    with pytest.raises(Ambiguous, match=code):
        transact.write([put("a")])


def test_malformed_write_is_a_bug_and_goes_up_as_it_is(dynamodb: FakeDynamoDB) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        transact.write([put("a"), put("a")])


def test_commit_ends_with_the_first_success(dynamodb: FakeDynamoDB, passing: Time) -> None:
    transact.commit([put("a")], REQUEST)
    assert (dynamodb.count(WRITE), passing.pauses) == (1, [])


def test_commit_tries_again_after_a_conflict(dynamodb: FakeDynamoDB, passing: Time) -> None:
    dynamodb.next(WRITE, conflict(0), conflict(1))
    transact.commit([put("a"), put("b")], REQUEST)
    assert stored(dynamodb) == ["a", "b"]
    assert len(passing.pauses) == 2


def test_commit_with_a_failed_condition_is_not_tried_again(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "a", "req_other")
    with pytest.raises(Cancelled):
        transact.commit([put("a")], REQUEST)
    assert dynamodb.count(WRITE) == 1


def test_commit_stopped_by_what_the_same_request_wrote_before_has_failed(dynamodb: FakeDynamoDB) -> None:
    """Nothing of this commit was lost, so what stands there is not its own."""
    store(dynamodb, "a", REQUEST)
    with pytest.raises(Cancelled):
        transact.commit([put("a")], REQUEST)


def test_commit_whose_answer_was_lost_finds_its_own_item_and_has_succeeded(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, unanswered, lost)
    transact.commit([put("a")], REQUEST)
    assert (stored(dynamodb), dynamodb.count(WRITE)) == (["a"], 3)


def test_commit_that_was_resent_within_one_attempt_finds_its_own_item(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, unanswered, conflict(0, 1))
    transact.commit([put("a"), put("b")], REQUEST)
    assert (stored(dynamodb), dynamodb.count(WRITE)) == (["a", "b"], 3)


def test_commit_whose_answer_was_lost_long_ago_still_finds_its_own_item(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, unanswered, lost, conflict(0), conflict(0))
    transact.commit([put("a")], REQUEST)
    assert dynamodb.count(WRITE) == 5


@pytest.mark.parametrize("request_id", ["req_other", None])
def test_commit_whose_request_was_lost_finds_another_item_and_has_failed(
    dynamodb: FakeDynamoDB, request_id: str | None
) -> None:
    dynamodb.next(WRITE, lost, lost)
    store(dynamodb, "b", request_id)
    with pytest.raises(Cancelled):
        transact.commit([put("a"), put("b")], REQUEST)


def test_one_own_item_among_others_is_enough(dynamodb: FakeDynamoDB) -> None:
    """The transaction landed as a whole; since then somebody has changed an item of it."""
    dynamodb.next(WRITE, unanswered, lost, after(lambda: store(dynamodb, "b", "req_other")))
    transact.commit([put("a"), put("b")], REQUEST)


@pytest.mark.usefixtures("no_resend")
def test_commit_tries_again_after_a_throttle(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, throttled, throttled)
    transact.commit([put("a")], REQUEST)
    assert dynamodb.count(WRITE) == 3


def test_commit_that_meets_others_for_too_long_has_done_nothing(
    dynamodb: FakeDynamoDB, passing: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    began = passing.now
    dynamodb.next(WRITE, *[conflict(0)] * transact.ATTEMPTS_MAX)
    with pytest.raises(Contention) as gave_up:
        transact.commit([put("a")], REQUEST)
    assert gave_up.value.retry_after_seconds == 1
    assert passing.now - began < transact.DEADLINE_SECONDS
    assert given_up(capsys) == ["contention"]


def test_commit_that_was_once_not_answered_leaves_the_outcome_open(
    dynamodb: FakeDynamoDB, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamodb.next(WRITE, lost, lost, *[conflict(0)] * (transact.ATTEMPTS_MAX - 1))
    with pytest.raises(OutcomeUnknown) as gave_up:
        transact.commit([put("a")], REQUEST)
    assert gave_up.value.retry_after_seconds == 2
    assert given_up(capsys) == ["unknown"]


@pytest.mark.usefixtures("no_resend")
def test_commit_that_is_throttled_for_too_long_has_done_nothing(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, *[throttled] * transact.ATTEMPTS_MAX)
    with pytest.raises(Contention):
        transact.commit([put("a")], REQUEST)


def test_cancellation_was_not_resent_unless_told() -> None:
    assert not Cancelled([Reason("TransactionConflict")]).was_resent


def extra(name: str) -> Extra:
    return Extra(put(name), ValueError(f"{name} exists"))


def test_first_extra_whose_condition_failed_raises_its_error(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "b")
    store(dynamodb, "c")
    with pytest.raises(ValueError, match="b exists"):
        transact.commit([put("a"), extra("b"), extra("c")], REQUEST)
    assert stored(dynamodb) == ["b", "c"]


def test_failed_condition_before_that_of_an_extra_cancels(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "a")
    store(dynamodb, "b")
    with pytest.raises(Cancelled):
        transact.commit([put("a"), extra("b")], REQUEST)


def test_extra_is_not_judged_while_another_action_meets_a_conflict(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, conflict(0))
    transact.commit([put("a"), extra("b")], REQUEST)
    assert stored(dynamodb) == ["a", "b"]


def test_until_committed_reads_and_decides_anew_after_each_cancelled_commit(
    dynamodb: FakeDynamoDB, passing: Time
) -> None:
    names = iter("aab")
    store(dynamodb, "a")

    @transact.until_committed
    def put_next(request_id: str, *, suffix: str) -> str:
        name = next(names)
        transact.commit([put(name)], request_id)
        return name + suffix

    assert put_next(REQUEST, suffix="!") == "b!"
    assert (stored(dynamodb), len(passing.pauses)) == (["a", "b"], 2)


def test_until_committed_gives_up_with_nothing_done(
    dynamodb: FakeDynamoDB, passing: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    store(dynamodb, "a")
    began = passing.now
    with pytest.raises(Contention):
        transact.until_committed(transact.commit)([put("a")], REQUEST)
    assert passing.now - began < transact.DEADLINE_SECONDS
    assert given_up(capsys) == ["contention"]


def test_until_committed_raises_any_other_error_at_once(passing: Time) -> None:
    @transact.until_committed
    def refuse() -> None:
        raise Contention("taken")

    with pytest.raises(Contention, match="taken"):
        refuse()
    assert passing.pauses == []


def test_an_overtaken_edit_is_made_again_from_what_the_other_writer_left(dynamodb: FakeDynamoDB) -> None:
    caller, now = Caller("usr_1", "customer", REQUEST), clock.now()
    found: list[int | None] = []

    def write(existing: KnownDevices | None) -> dict[str, Any]:
        found.append(existing.version if existing else None)
        return KnownDevices.write(existing, "usr_1", {"phone": [1, 1]}, caller, now)

    transact.commit([KnownDevices.write(None, "usr_1", {}, replace(caller, request_id="req_0"), now)], "req_0")
    transact.commit_edits([put("b")], [Edit(KnownDevices, None, write)], REQUEST)
    assert found == [None, 1]
    assert stored(dynamodb) == ["USER#usr_1", "b"]


def test_an_edit_that_nobody_has_overtaken_stays_as_it_was_read(dynamodb: FakeDynamoDB) -> None:
    caller, now = Caller("usr_1", "customer", REQUEST), clock.now()
    for user_id in ("usr_1", "usr_2"):
        first = KnownDevices.write(None, user_id, {}, replace(caller, request_id=f"req_{user_id}"), now)
        transact.commit([first], f"req_{user_id}")
    known = KnownDevices.find(*KnownDevices.key("usr_2"))
    found: list[int | None] = []

    def write(existing: KnownDevices | None) -> dict[str, Any]:
        found.append(existing.version if existing else None)
        return KnownDevices.write(existing, "usr_2", {"phone": [1, 1]}, caller, now)

    overtaken = Edit(KnownDevices, None, lambda one: KnownDevices.write(one, "usr_1", {}, caller, now))
    transact.commit_edits([], [overtaken, Edit(KnownDevices, known, write)], REQUEST)
    assert found == [1, 1]


def test_a_failed_condition_stops_the_edits_that_go_with_it(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "a", "other")
    with pytest.raises(Cancelled):
        transact.commit_edits([put("a")], [Edit(KnownDevices, None, lambda _: put("b"))], REQUEST)
    assert stored(dynamodb) == ["a"]


def test_an_edit_whose_item_is_gone_is_made_again_as_a_new_one(dynamodb: FakeDynamoDB) -> None:
    caller, now = Caller("usr_1", "customer", REQUEST), clock.now()
    found: list[int | None] = []

    def write(existing: KnownDevices | None) -> dict[str, Any]:
        found.append(existing.version if existing else None)
        return KnownDevices.write(existing, "usr_1", {"phone": [1, 1]}, caller, now)

    read = KnownDevices.from_raw_data(item("USER#usr_1") | {"type": {"S": "known_devices"}, "version": {"N": "7"}})
    transact.commit_edits([put("b")], [Edit(KnownDevices, read, write)], REQUEST)
    assert found == [7, None]
    assert stored(dynamodb) == ["b", "USER#usr_1"]


def test_reason_has_found_an_item_of_the_kind_that_is_asked_for_or_none() -> None:
    there = item("USER#usr_1") | {"version": {"N": "7"}}
    reason = Reason("ConditionalCheckFailed", there | {"type": {"S": "known_devices"}})
    known = reason.found(KnownDevices)
    assert known is not None
    assert known.version == 7
    assert reason.found(Account) is None
    assert Reason("ConditionalCheckFailed").found(KnownDevices) is None


def test_edits_that_are_overtaken_again_and_again_are_given_up_with_nothing_done(
    dynamodb: FakeDynamoDB, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamodb.from_now_on(WRITE, conflict(1, code="ConditionalCheckFailed"))
    with pytest.raises(Contention):
        transact.commit_edits([put("a")], [Edit(KnownDevices, None, lambda _: put("b"))], REQUEST)
    assert dynamodb.count(WRITE) == 64
    assert stored(dynamodb) == []
    assert given_up(capsys) == ["contention"]


def test_edits_are_committed_once_and_with_what_decides(dynamodb: FakeDynamoDB) -> None:
    transact.commit_edits([put("a")], [Edit(KnownDevices, None, lambda _: put("b"))], REQUEST)
    assert (stored(dynamodb), dynamodb.count(WRITE)) == (["a", "b"], 1)
