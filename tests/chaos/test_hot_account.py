"""One account that everybody wants, in virtual time: posts are committed in groups, whatever is killed, lost or late.

The bank's own code runs; only DynamoDB and the time are not the real ones. Each run is the same for the same seed.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.models.ledger import crowd, hot_account
from tests.faults.plan import EVERY, Fault, Plan
from tests.virtual.crowd import HOT, Crowd, Sent

SEED = 20261130


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FLORIN_STAGE", "unit")
    monkeypatch.setenv("LEDGER_SHARDS", "1")
    state = random.getstate()
    random.seed(SEED)
    yield
    random.setstate(state)


def finish(run: Crowd, writers: int) -> None:
    """Send again what has no answer, without faults, and check everything."""
    run.dynamodb.be_reliable()
    run.settle()
    assert run.problems(writers) == []


def group_sizes(run: Crowd) -> Counter[int]:
    """Return of how many transactions the writes that were applied or refused were."""
    return Counter(run.dynamodb.group_sizes)


def slowest(sent: list[Sent]) -> float:
    return max(one.seconds for one in sent)


@pytest.mark.parametrize(("writers", "posts_per_second"), [(32, 200), (128, 400)])
def test_many_writers_of_one_account_are_served_in_groups(writers: int, posts_per_second: int) -> None:
    """Alone they post 25 a second, and of 128 most are sent away. The first second has the rush of all at once."""
    run = Crowd()
    with run.open(writers):
        run.run(writers, seconds=2)
        assert {answer for one in run.sent for answer in one.answers} == {"posted"}, "nobody is sent away"
        assert sum(1.0 < one.began + one.seconds < 2.0 for one in run.sent) > posts_per_second
        assert slowest([one for one in run.sent if one.began > 1.0]) < 1.5
        assert run.dynamodb.calls.count("TransactWriteItems") < 3 * writers + len(run.sent) / 5
        finish(run, writers)
        assert run.intents_left() == []


@pytest.mark.parametrize("writers", [2, 32])
def test_writers_without_pauses_stop_nobody(writers: int) -> None:
    """Who posts alone, one transfer right after the other, is faster than any group, until it has to join one, in
    the first second. Each leader posts nothing of its own for a second."""
    run = Crowd()
    with run.open(writers):
        run.run(writers, seconds=4, gap_seconds_max=0)
        assert {answer for one in run.sent for answer in one.answers} == {"posted"}, "nobody is sent away"
        posts = Counter(one.number for one in run.sent if one.began > 1.0)
        assert len(posts) == writers
        assert min(posts.values()) > max(posts.values()) / 2
        finish(run, writers)


def test_refusals_are_those_of_one_after_the_other() -> None:
    """The busy account pays, and has too little for all."""
    run = Crowd(funds_minor=300)
    with run.open(32):
        run.run(32, posts=4, pays=True)
        found = Counter(one.last for one in run.sent)
        assert found.keys() == {"posted", "insufficient_funds"}
        assert run.bank.account(HOT).balance <= -292, "what was left was not enough for any"
        finish(run, 32)


@pytest.mark.parametrize(("writers", "pays"), [(32, False), (32, True), (128, False)])
def test_faults_lose_and_double_nothing(writers: int, pays: bool) -> None:
    run = Crowd(plan=Plan(SEED, 0.3, EVERY), funds_minor=400 if pays else 10**9)
    with run.open(writers):
        run.run(writers, posts=2 if writers == 32 else 1, pays=pays)
        finish(run, writers)
        assert run.plan is not None
        assert all(run.plan.happened[kind] for kind in Fault)
        assert max(run.dynamodb.group_sizes) > 1


STEPS: dict[str, Callable[[str, Any], bool]] = {
    "intent": lambda operation, request: operation == "PutItem" and "INTENTS#" in str(request),
    "lease": lambda operation, request: operation == "PutItem" and "HOT_ACCOUNTS" in str(request),
    "intents read": lambda operation, _: operation == "Query",
    "accounts read": lambda operation, request: operation == "BatchGetItem" and "ACCOUNT#" in str(request),
    "progress read": lambda operation, request: operation == "BatchGetItem" and "HOT_ACCOUNTS" in str(request),
    "group written": lambda operation, request: operation == "TransactWriteItems" and len(request) > 5,
    "intents deleted": lambda operation, _: operation == "BatchWriteItem",
}
EACH = 2
"""Of such calls, every which one is the last of its process."""
KILLED_MAX = 5
"""Each may have held the lease, and have written nothing."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_process_stops_nobody(step: str, moment: str) -> None:
    """Its transfer is made once or not at all, and the others are served: at the latest when its lease is over."""
    run, met = Crowd(), Counter[str]()

    def kill(operation: str, request: Any, when: str) -> bool:
        if when != moment or not STEPS[step](operation, request.get("TransactItems", request)):
            return False
        met[step] += 1
        return met[step] % EACH == 0 and met[step] <= KILLED_MAX * EACH

    run.dynamodb.kill = kill
    with run.open(16):
        run.run(16, posts=3)
        assert run.dynamodb.dead, "somebody was killed"
        answered = [one for one in run.sent if not one.is_killed]
        assert {answer for one in answered for answer in one.answers} == {"posted"}
        assert slowest(answered) < 1.0 + KILLED_MAX * hot_account.LEASE.total_seconds()
        finish(run, 16)


def test_clocks_that_disagree_and_run_backwards_change_nothing() -> None:
    def skew(number: int, now: float) -> float:
        return (number % 5 - 2) * 0.8 - (1.5 if int(now * 2) % 2 else 0)

    run = Crowd(skew_seconds=skew)
    with run.open(16):
        run.run(16, posts=4)
        finish(run, 16)
        assert Counter(one.last for one in run.sent) == {"posted": len(run.sent)}


def test_two_leaders_at_once_only_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that must hold depends on the lease: here everybody takes it at any time."""
    monkeypatch.setattr(hot_account.HotAccount, "is_free", lambda *_: True)
    run = Crowd()
    with run.open(16):
        run.run(16, posts=3)
        finish(run, 16)
        assert {one.last for one in run.sent} == {"posted"}


def test_account_that_is_not_busy_pays_nothing_for_groups() -> None:
    run = Crowd()
    with run.open(1):
        run.run(1, posts=5)
        assert Counter(run.dynamodb.calls) == {"BatchGetItem": 5, "TransactWriteItems": 5}
        assert run.bank.account(HOT).hot_until is None
        assert not list(run.fake.table("reports").items)


def test_two_writers_make_no_account_hot() -> None:
    assert crowd.CONFLICTS_MAX == 2
    run = Crowd()
    with run.open(2):
        run.run(2, posts=4)
        finish(run, 2)
        assert run.dynamodb.calls.count("TransactWriteItems") < 16
        assert run.bank.account(HOT).hot_until is None, "a group of one is no crowd"
