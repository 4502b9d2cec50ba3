"""What a leader does with intents after each round, whatever has become of their transfers."""

import math
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib import background
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.models.ledger import shared_write
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.hot_account import LEASE, HotAccount
from chalicelib.models.ledger.intent import Intent
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.shared_write import Group, Round
from chalicelib.services.payments.group_leader import (
    IDLE_PAUSE_SECONDS,
    PAUSE_SECONDS_MAX,
    GroupLeader,
)
from chalicelib.services.payments.round_meter import NEWER_SHARE
from tests.fake_dynamodb.wire import PUT, QUERY, Answer, lost, refused, served
from tests.small_bank import NOON, NOON_TEXT, A, B, C, SmallBank
from tests.unit.conftest import Time

Become = Callable[[set[str]], Round]
"""What becomes of the members of a round."""
LATER = NOON.replace(minute=5)


class Prepared(Group):
    """A group of new transactions that nobody has decided, or of which `settled` says what they are without a write."""

    def __init__(self, members: list[Member], settled: Round | None = None):
        self.members, self.settled = members, settled

    @property
    def became(self) -> Round:
        return self.settled or Round()

    @property
    def last_entry_at(self) -> str | None:
        return NOON_TEXT

    @property
    def size(self) -> int:
        return 0 if self.settled else len(self.members)

    @property
    def names(self) -> set[str]:
        return {one.transaction_id for one in self.members}


@dataclass
class Written:
    """A write whose outcome a test decides."""

    group: Group
    finish: Callable[[], Round]
    is_over: bool = True


class Later(Future[Any]):
    """A call beside the leader's work, which ends only when the leader asks for its result."""

    def __init__(self, call: Callable[[], Any]):
        super().__init__()
        self._call = call

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            background.run_into(self, self._call)
        return super().result(timeout)


class Leader:
    """A leader of an account's transfers, whose rounds are answered by this test, in order; the last one remains."""

    def __init__(self, bank: SmallBank, monkeypatch: pytest.MonkeyPatch, intents: int = 1):
        self.rounds = list[list[str]]()
        self._become: list[Become] = []
        self._requests = dict[str, PostingRequest]()
        self.written_twice = set[str]()
        self._settled: Round | None = None
        self._write_seconds = 0.0
        self.names = [self.ask(bank.request({B: -1, A: 1})) for _ in range(intents)]
        monkeypatch.setattr(shared_write, "prepare_group", self._prepare)
        monkeypatch.setattr(shared_write, "GroupWrite", self._begin)

    def ask(self, request: PostingRequest, until: datetime = LATER) -> str:
        """Store the intent of a request, and return its transaction."""
        name = request.idempotency_key.transaction_id
        self._requests[name] = request
        Intent.new(A, name, {"name": name}, NOON, until).store()
        return name

    def settle(self, settled: Round) -> None:
        """Have each group find that its members need no write, and what they are."""
        self._settled = settled

    def serve(
        self,
        *become: Become,
        until: float = math.inf,
        write_seconds: float = 0.0,
        rounds: Rounds | None = None,
    ) -> HotAccount:
        """Lead, and return the lease as it is afterwards. The leaders before have had such `rounds`."""
        self._become, self._write_seconds = list(become), write_seconds
        lease = HotAccount.take(A, None, "leader", NOON)
        assert lease
        lease.note_rounds(rounds)
        GroupLeader(lease, lambda given: self._requests[given["name"]], until).serve()
        found = HotAccount.find(*HotAccount.key(A))
        assert found
        return found

    def _prepare(self, _: str, members: Sequence[Member], before: Written | None) -> Group:
        """Decide nothing about any member: this test answers the writes."""
        self.written_twice |= (before.group.names if before else set()) & {one.transaction_id for one in members}
        return Prepared(list(members), self._settled)

    def _begin(self, group: Group) -> Written:
        self.rounds.append(sorted(group.names, key=self.names.index))
        if self._write_seconds:
            time.sleep(self._write_seconds)
        become = self._become.pop(0) if len(self._become) > 1 else self._become[0]
        return Written(group, partial(become, group.names))


def nothing(_: set[str]) -> Round:
    return Round()


def recorded(names: set[str]) -> Round:
    return Round(recorded=names)


def stopped(names: set[str]) -> Round:
    return Round(stopped=names)


def became(fate: str, names: set[str]) -> Round:
    """Return a round of which all members had the same fate."""
    found = Round()
    setattr(found, fate, names)
    return found


def waiting() -> int:
    return len(Intent.oldest(A, 100))


def test_transfer_that_others_stop_three_times_is_decided_alone(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left out of every second round, so that it stops the others of its group once only."""
    leader = Leader(bank, monkeypatch)
    lease = leader.serve(stopped)
    assert leader.rounds == [leader.names] * 3
    assert (waiting(), lease.posted) == (0, 0)


def test_leader_waits_after_each_round_that_decides_nothing_or_has_nothing_to_decide(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only transfer is stopped, left out of one round, stopped again, left out again, and decided alone."""
    Leader(bank, monkeypatch).serve(stopped)
    assert passing.pauses == [PAUSE_SECONDS_MAX] * 4


def test_transfer_whose_write_is_under_way_is_in_no_other_group(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client has asked twice, so there is another intent of the same transaction."""
    leader = Leader(bank, monkeypatch, intents=2)
    name = leader.names[0]
    Intent.new(A, name, {"name": name}, NOON.replace(minute=1), LATER).store()
    leader.serve(recorded)
    assert (leader.written_twice, waiting()) == (set(), 0)


def test_intents_that_could_not_be_deleted_are_in_no_later_group(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Leader(bank, monkeypatch, intents=26)
    bank.dynamodb.next("BatchWriteItem", refused("ValidationException"))
    lease = leader.serve(recorded)
    assert ([len(names) for names in leader.rounds], lease.posted, waiting()) == ([24, 2], 26, 24)


def test_lease_keeps_the_size_of_the_last_group_that_was_recorded(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = Leader(bank, monkeypatch, intents=26).serve(recorded, nothing)
    assert (lease.posted, lease.last_size, waiting()) == (24, 24, 2)


def test_leader_ends_all_calls_beside_its_work_before_it_returns(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda freezes a function that has returned: its lease would be renewed or given back minutes later."""
    started = list[Later]()

    def start(call: Callable[[], Any]) -> Later:
        started.append(Later(call))
        return started[-1]

    monkeypatch.setattr(background, "start", start)
    leader, rounds = Leader(bank, monkeypatch, intents=120), list[int]()

    def record(names: set[str]) -> Round:
        rounds.append(bank.dynamodb.count(PUT))
        bank.now += LEASE * 0.4
        return Round(recorded=names)

    stored = bank.dynamodb.count(PUT)
    lease = leader.serve(record)
    assert (waiting(), lease.posted, lease.is_free(bank.now)) == (0, 120, True)
    assert all(call.done() for call in started)
    assert [count - stored for count in rounds] == [1] * 5, "the lease is taken, and nobody waits for its renewal"
    assert bank.dynamodb.count(PUT) - stored == 3, "it is renewed once, and given back"


def test_leader_goes_on_though_the_renewal_of_its_lease_fails(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that must hold depends on the lease: two leaders at once meet as any two writers do."""
    leader = Leader(bank, monkeypatch, intents=120)

    def record(names: set[str]) -> Round:
        bank.now += LEASE * 0.6
        return Round(recorded=names)

    bank.dynamodb.next(PUT, served)
    bank.dynamodb.from_now_on(PUT, refused("ValidationException"))
    leader.serve(record)
    assert ([len(names) for names in leader.rounds], waiting()) == ([24] * 5, 0)


def test_transfer_that_was_stopped_twice_is_recorded_by_a_group(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Leader(bank, monkeypatch)
    lease = leader.serve(stopped, stopped, recorded)
    assert len(leader.rounds) == 3
    assert (waiting(), lease.posted, lease.last_size) == (0, 1, 1)


@pytest.mark.parametrize("fate", ["recorded", "done", "alone"])
def test_intent_that_nobody_needs_any_more_is_deleted_without_a_pause(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    leader = Leader(bank, monkeypatch, intents=3)
    leader.serve(lambda names: became(fate, names))
    assert waiting() == 0
    assert set(passing.pauses) <= {IDLE_PAUSE_SECONDS}


def test_leader_of_several_waits_a_moment_for_the_next_intents(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, began = Leader(bank, monkeypatch, intents=3), passing.now
    looked = list[float]()

    def arrive(answer: Callable[[], Answer], _: object) -> Answer:
        looked.append(passing.now - began)
        if len(looked) == 4:
            leader.names.append(leader.ask(bank.request({B: -1, A: 1})))
        return answer()

    bank.dynamodb.from_now_on(QUERY, arrive)
    lease = leader.serve(recorded)
    assert [len(names) for names in leader.rounds] == [3, 1]
    assert (lease.posted, lease.is_free(NOON)) == (4, True)
    assert looked[-1] <= looked[3] + IDLE_PAUSE_SECONDS, "the last group was of one"


def test_leader_whom_nothing_reaches_gives_the_lease_back(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, began = Leader(bank, monkeypatch, intents=3), passing.now
    lease = leader.serve(recorded, write_seconds=0.2)
    assert 0.25 <= passing.now - began <= 0.27, "50 ms after its last group, with a look every 10 ms"
    assert passing.pauses.count(0.01) in {5, 6}
    assert lease.is_free(NOON)


def test_leader_who_has_served_one_other_waits_for_nobody(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    Leader(bank, monkeypatch, intents=2).serve(recorded)
    assert passing.pauses == []


def test_round_that_decides_nothing_is_repeated_after_a_pause_for_a_second(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, began = Leader(bank, monkeypatch), passing.now
    leader.serve(nothing)
    assert set(passing.pauses) == {PAUSE_SECONDS_MAX}
    assert 1 <= passing.now - began <= 1 + PAUSE_SECONDS_MAX
    assert waiting() == 1


def test_leader_whose_own_client_waits_no_longer_stops(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, began = Leader(bank, monkeypatch), passing.now
    lease = leader.serve(nothing, until=passing.now + 0.1)
    assert 0.1 <= passing.now - began <= 0.1 + PAUSE_SECONDS_MAX
    assert lease.is_free(NOON)


def test_leader_whose_client_has_gone_begins_no_group(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Leader(bank, monkeypatch)
    lease = leader.serve(recorded, until=passing.now)
    assert (leader.rounds, waiting(), lease.is_free(NOON)) == ([], 1, True)


def test_last_group_of_a_leader_is_noted_though_its_time_is_over(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write takes longer than the leader leads: its intents are deleted, and the lease knows of its group."""
    leader = Leader(bank, monkeypatch, intents=26)
    lease = leader.serve(recorded, recorded, until=passing.now + 1, write_seconds=0.8)
    assert [len(names) for names in leader.rounds] == [24, 2]
    assert (waiting(), lease.posted, lease.last_size, lease.is_free(NOON)) == (0, 26, 2, True)


def test_leader_that_stops_in_a_group_leaves_its_count_of_the_one_before(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: set[str]) -> Round:
        raise Unavailable("Not now.")

    lease = Leader(bank, monkeypatch, intents=26).serve(recorded, fail)
    assert (waiting(), lease.posted, lease.last_size) == (2, 24, 24)


@pytest.mark.parametrize(("fate", "pauses"), [("done", []), ("alone", []), (None, [PAUSE_SECONDS_MAX])])
def test_group_with_nothing_to_write_is_finished_at_once(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch, fate: str | None, pauses: list[float]
) -> None:
    """Only one that has decided nothing waits before all is read again."""
    leader = Leader(bank, monkeypatch)
    leader.settle(became(fate, set(leader.names)) if fate else Round())
    leader.serve(recorded, until=passing.now + PAUSE_SECONDS_MAX / 2)
    assert (passing.pauses, leader.rounds, waiting()) == (pauses, [], 0 if fate else 1)


def test_leaders_pause_at_random_for_20_milliseconds_at_most(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that have stopped each other once do not meet again at the same time."""
    spans = set[tuple[float, float]]()

    def longest(least: float, most: float) -> float:
        spans.add((least, most))
        return most

    monkeypatch.setattr(random, "uniform", longest)
    Leader(bank, monkeypatch).serve(nothing)
    assert spans == {(0, 0.02)}


def test_leader_reads_32_intents_at_once(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 33 that nobody waits for, it deletes 32, in writes of 25 and 7, before it finds the last one."""
    leader = Leader(bank, monkeypatch, intents=0)
    for _ in range(33):
        leader.ask(bank.request({B: -1, A: 1}), until=NOON)
    leader.serve(nothing)
    requests = [request["RequestItems"] for operation, request in bank.dynamodb.sent if operation == "BatchWriteItem"]
    assert [len(deletes) for request in requests for deletes in request.values()] == [25, 7, 1]


def test_lease_notes_all_that_was_posted_and_the_size_of_the_last_group(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Leader(bank, monkeypatch, intents=30)
    lease = leader.serve(recorded)
    assert [len(names) for names in leader.rounds] == [24, 6]
    assert (lease.posted, lease.last_size) == (30, 6)


def test_transfer_that_others_stop_is_left_out_of_one_group(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = Leader(bank, monkeypatch, intents=2)
    busy, other = leader.names
    leader.serve(lambda _: Round(stopped={busy}), nothing, recorded)
    assert [set(names) for names in leader.rounds] == [{busy, other}, {other}, {busy, other}]
    assert waiting() == 0


@pytest.mark.parametrize("wrong", ["unreadable", "over", "of other accounts"])
def test_intent_that_no_group_can_decide_is_dropped_and_stops_no_other(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    leader = Leader(bank, monkeypatch)
    if wrong == "unreadable":
        Intent.new(A, "txn_1", {"name": "txn_unknown"}, NOON, LATER).store()
    elif wrong == "over":
        leader.ask(bank.request({B: -1, A: 1}), until=NOON)
    else:
        leader.ask(bank.request({B: -1, C: 1}))
    leader.serve(recorded)
    assert (leader.rounds, waiting()) == ([leader.names], 0)


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("Not now."),
        ReadTimeoutError(endpoint_url="https://dynamodb.invalid"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "Query"),
    ],
)
def test_leader_that_the_database_does_not_answer_gives_its_lease_to_the_next(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Its own client's transfer is decided by whoever leads next, so it learns of no error."""

    def fail(_: set[str]) -> Round:
        raise error

    lease = Leader(bank, monkeypatch).serve(fail)
    assert (waiting(), lease.is_free(NOON)) == (1, True)


def test_lease_that_could_not_be_given_back_ends_by_itself(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = Leader(bank, monkeypatch)
    bank.dynamodb.next(PUT, served, lost, lost)
    lease = leader.serve(recorded)
    assert (waiting(), lease.is_free(NOON), lease.is_free(NOON + LEASE)) == (0, False, True)


def test_leader_renews_its_lease_while_it_works(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, left = Leader(bank, monkeypatch), list[bool]()

    def decide_nothing(_: set[str]) -> Round:
        held = HotAccount.find(*HotAccount.key(A))
        left.append(held is not None and not held.is_free(bank.now))
        bank.now += LEASE * 0.6
        return Round()

    lease = leader.serve(decide_nothing)
    assert len(left) > 3
    assert all(left), "without it the lease would be over in the third round"
    assert lease.is_free(bank.now)


def test_leader_that_has_lost_its_lease_begins_no_group(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = Leader(bank, monkeypatch)

    def be_overtaken(_: set[str]) -> Round:
        bank.now += LEASE * 0.6
        bank.dynamodb.table("reports").items[HotAccount.key(A)]["holder"] = {"S": "another process"}
        return Round()

    lease = leader.serve(be_overtaken)
    assert len(leader.rounds) == 2, "one that was begun while the lease was being renewed"
    assert lease.holder == "another process", "it does not give back what it does not hold"


def test_intent_whose_deletion_is_not_answered_is_left_to_the_next_leader(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Leader(bank, monkeypatch)
    bank.dynamodb.next("BatchWriteItem", lost, lost)
    lease = leader.serve(recorded)
    assert (leader.rounds, waiting(), lease.posted) == ([leader.names], 1, 1)


def test_lease_is_given_back_a_group_before_the_end(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next leader needs the time of that group to take the lease and to find the intents."""
    leader, free = Leader(bank, monkeypatch, intents=120), list[bool]()

    def record(names: set[str]) -> Round:
        found = HotAccount.find(*HotAccount.key(A))
        free.append(found is not None and found.is_free(NOON))
        return Round(recorded=names)

    lease = leader.serve(record, until=passing.now + 0.7, write_seconds=0.2, rounds=Rounds(0.2, 0.25))
    assert [len(names) for names in leader.rounds] == [24] * 4
    assert free == [False, False, True, True], "while the last but one is written, and the last one"
    assert (lease.posted, lease.last_size, waiting()) == (96, 24, 24)


@pytest.mark.parametrize(
    ("made_before", "intents", "ages"), [(3, 24, [0.04]), (3, 72, [3.08, 0.08]), (-3, 72, [0.08, 0.08])]
)
def test_leader_says_how_old_intents_are_when_the_write_ends_that_has_them(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch, made_before: float, intents: int, ages: list[float]
) -> None:
    """All are 3 s old, or of a clock that is ahead. A group with all that wait would also have one of the moment at
    which they were read. Each group but the first is read while the one before is written, and the first one is
    forgotten when rounds are known.
    """
    leader = Leader(bank, monkeypatch, intents)
    bank.now += timedelta(seconds=made_before)

    def record(names: set[str]) -> Round:
        passing.now += 0.04
        bank.now += timedelta(seconds=0.04)
        return Round(recorded=names)

    rounds = leader.serve(record).rounds
    first, *others = (Rounds(age, 0.0) for age in ages)
    for other in others:
        first = first.mix(other, NEWER_SHARE)
    assert rounds is not None
    assert rounds.age_seconds == pytest.approx(first.age_seconds)


def test_leader_that_knows_rounds_first_says_so_at_once(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its lease is renewed when half of it is over."""
    leader, known = Leader(bank, monkeypatch, intents=72), list[bool]()

    def start(call: Callable[[], Any]) -> Later:
        begun = Later(call)
        background.run_into(begun, call)
        return begun

    monkeypatch.setattr(background, "start", start)

    def record(names: set[str]) -> Round:
        found = HotAccount.find(*HotAccount.key(A))
        known.append(found is not None and found.rounds is not None)
        passing.now += 0.001
        bank.now += timedelta(seconds=0.001)
        return Round(recorded=names)

    leader.serve(record)
    assert known == [False, True, True]
