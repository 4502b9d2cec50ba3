"""Trying again: bounded by count and deadline, soonest for whoever has waited longest, inside of all timeouts."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.models import connection, transact
from chalicelib.models.ledger import shards
from infra.settings import ROOT
from tests.unit.ledger.virtual_time import post_at_one_account, with_doubling_pauses


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause that is made, in a time that passes by them alone; each is as long as it may be."""
    now, made = [1000.0], list[float]()

    def sleep(seconds: float) -> None:
        now[0] += seconds
        made.append(seconds)

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr("random.uniform", lambda _, high: high)
    return made


def test_attempts_end_by_count_and_by_deadline(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(transact.attempts()) == list(range(transact.ATTEMPTS_MAX))
    assert sum(pauses) < transact.DEADLINE_SECONDS
    begun = []
    started = time.monotonic()
    for _ in transact.attempts():
        begun.append(time.monotonic() - started)
        time.sleep(1.5)  # what a slow database takes
    assert max(begun) < transact.DEADLINE_SECONDS
    assert len(begun) == 3


def test_who_has_waited_longer_waits_less(pauses: list[float]) -> None:
    list(transact.attempts())
    first, *later = pauses
    assert first == transact.FIRST_PAUSE_SECONDS_MAX
    assert later == sorted(later, reverse=True)
    assert first < later[0]


def test_second_attempt_begins_within_20_ms_and_each_later_one_within_an_eighth_of_the_time_left(
    pauses: list[float],
) -> None:
    began = time.monotonic()
    left = [began + transact.DEADLINE_SECONDS - time.monotonic() for _ in transact.attempts()]
    assert (left[0], pauses[0]) == (4.0, 0.02)
    assert pauses[1:] == pytest.approx([seconds / 8 for seconds in left[1:-1]])
    assert len(pauses) == 39, "between 40 attempts, and none after the last one"


@pytest.mark.usefixtures("pauses")
def test_pause_may_be_none_so_that_writers_who_met_do_not_meet_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, _: low)
    began = time.monotonic()
    assert len(list(transact.attempts())) == transact.ATTEMPTS_MAX
    assert time.monotonic() == began
    assert list(transact.attempts(began)) == [0], "none begins at the deadline"


def test_attempts_that_have_an_earlier_deadline_end_there(pauses: list[float]) -> None:
    until = time.monotonic() + 0.5
    list(transact.attempts(until))
    assert 0.4 < sum(pauses) < 0.5
    assert list(transact.attempts(time.monotonic())) == [0], "one attempt is always made"


def test_an_unanswered_last_attempt_ends_inside_the_task_and_the_task_inside_the_request() -> None:
    functions = json.loads((ROOT / ".chalice/config.json").read_text())["lambda_functions"]
    workflow = json.loads((ROOT / "statemachines/transfer.asl.json").read_text())
    task_seconds = functions["transfer_task"]["lambda_timeout"]
    write_seconds = connection.REQUEST.attempts_max * connection.REQUEST.read_timeout_seconds
    assert transact.DEADLINE_SECONDS + write_seconds <= task_seconds
    assert workflow["States"]["Post"]["TimeoutSeconds"] <= task_seconds
    assert 2 * task_seconds < workflow["TimeoutSeconds"] < functions["api_handler"]["lambda_timeout"] < 29


def test_a_worker_keeps_its_shard_until_it_takes_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_SHARDS", "3")
    shards.move()
    for _ in range(20):
        kept = shards.own_shard("gl.cash.brn.USD")
        assert shards.own_shard("gl.cash.brn.USD") == kept
        shards.move()
        assert shards.own_shard("gl.cash.brn.USD") in {f"gl.cash.brn.USD.00{number}" for number in range(3)} - {kept}
    kept = shards.own_shard("gl.cash.brn.USD")
    with ThreadPoolExecutor(1) as another:
        another.submit(shards.move).result()
    assert shards.own_shard("gl.cash.brn.USD") == kept


def test_with_one_shard_there_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_SHARDS", "1")
    shards.move()
    shards.move()
    assert shards.own_shard("gl.cash.brn.USD") == "gl.cash.brn.USD.000"


def test_of_32_writers_at_one_account_nobody_starves() -> None:
    """In virtual time, so the counts are the same at every run; pauses that double with each attempt fail it."""
    done, doubled = post_at_one_account(32, 200), post_at_one_account(32, 200, with_doubling_pauses)
    assert done.given_up < 0.02 * len(done.posts) < 0.05 * len(doubled.posts) < doubled.given_up
    assert done.fewest_posts > 0.7 * len(done.posts) / len(done.writers)
    assert done.longest.given_up <= 2 < doubled.longest.given_up
    assert done.per_post("attempts") < doubled.per_post("attempts")
    assert done.posts_per_second > 0.97 * doubled.posts_per_second


def test_of_8_writers_at_one_account_nobody_is_sent_away() -> None:
    done = post_at_one_account(8, 200)
    assert done.given_up == 0
    assert done.per_post("attempts") < 3
