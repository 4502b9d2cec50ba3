"""How far a verification is, stored and read again; and that what is stored is not done again."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.reports.rollup import BANK, BOOKS, BookItem, DayItem, Subject
from chalicelib.models.reports import export_bucket
from chalicelib.services.verification import verification_jobs
from chalicelib.services.verification.checkpoint import Checkpoint
from chalicelib.services.verification.verification_jobs import OutOfTimeError, Stepwise
from chalicelib.services.verification.verify_parts import Checked, Part, Shared, Task
from chalicelib.services.verification.verify_rollups import Basis

BASIS = Basis(3, "2026-11-29T08:00:00.000000Z", "2026-11-23T08:00:00.000000Z")
SHARED = Shared("2026-11-29T07:59:00.000000Z", BASIS)


def begun() -> Checkpoint:
    return Checkpoint(SHARED, Part.beginning(SHARED))


def filled() -> Checkpoint:
    checkpoint = begun()
    whole = checkpoint.whole
    whole.checked, whole.digests = Checked(1, 2, 3, 4, 5, 6), 5
    whole.totals, whole.sealed = Counter({"USD": -5, "JPY": 5}), Counter({1: 2, 12: 1})
    whole.since = {"acc_1": "2026-01-01T00:00:00.000000Z"}
    whole.rollups.also_checked, whole.rollups.late = 7, {"txn_2", "txn_1"}
    whole.rollups.sums = {
        (BANK, DayItem("2026-01-01")): Counter({"deposit.USD.count": 1}),
        (Subject("category", "rent"), DayItem("2026-01-01", "rent")): Counter({"x": 2}),
        (BOOKS, BookItem("month", "2026-01", "USD", "gl.cash")): Counter({"debit": 3}),
    }
    checkpoint.add("days", ["2026-01-01", "2026-01-02"])
    checkpoint.add("others", ["BRANCH#brn_1"])
    return checkpoint


def test_checkpoint_that_is_read_again_is_the_one_that_was_stored() -> None:
    before = filled()
    after = Checkpoint.from_json(before.to_json())
    assert (after.shared, after.names) == (before.shared, before.names)
    assert vars(after.whole.rollups) == vars(before.whole.rollups)
    assert {**vars(after.whole), "rollups": None} == {**vars(before.whole), "rollups": None}
    assert [type(item) for _, item in after.whole.rollups.sums] == [DayItem, DayItem, BookItem]
    assert after.to_json() == before.to_json()


@pytest.mark.parametrize(
    ("kind", "name", "is_there"),
    [
        ("accounts", "acc_1", True),
        ("accounts", "acc_2", False),
        ("days", "2026-01-02", True),
        ("days", "2026-01-03", False),
        ("others", "2026-01-02", False),
    ],
)
def test_checkpoint_has_what_is_verified(kind: str, name: str, is_there: bool) -> None:
    assert filled().has(kind, name) is is_there


@dataclass
class Bench:
    """A verification whose parts only name accounts. `stored` has what each checkpoint had."""

    checkpoint: Checkpoint = field(default_factory=begun)
    worked: list[list[str]] = field(default_factory=list)
    stored: list[list[str]] = field(default_factory=list)
    progress: list[Any] = field(default_factory=list)

    def run(self, *tasks: Task, has_time: Callable[[], bool] = lambda: True) -> None:
        for part in self.steps(has_time)(SHARED, self.work, tasks):
            self.checkpoint.whole.merge(part)

    def steps(self, has_time: Callable[[], bool]) -> Any:
        return Stepwise(SimpleNamespace(file_name="f"), self.checkpoint, has_time)  # type: ignore[arg-type]

    def work(self, task: Task) -> Part:
        self.worked.append(task.names)
        part = Part.beginning(SHARED)
        if task.kind == "accounts":
            part.since = dict.fromkeys(task.names, "")
        return part

    def store(self, _: str, content: bytes) -> str:
        self.stored.append(sorted(Checkpoint.from_json(content).whole.since))
        return "aside"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench()
    monkeypatch.setattr(export_bucket, "set_aside", made.store)
    monkeypatch.setattr(verification_jobs, "store_progress", lambda _, **fields: made.progress.append(fields))
    return made


ACCOUNTS = Task("accounts", ["a", "b", "c"])


def test_parts_are_single_accounts_and_days_and_chunks_of_other_items(bench: Bench) -> None:
    bench.run(ACCOUNTS, Task("days", ["d", "e"]), Task("others", ["x", "y"]))
    assert bench.worked == [["a"], ["b"], ["c"], ["d"], ["e"], ["x", "y"]]
    assert bench.stored == []


def test_checkpoint_is_stored_with_the_part_that_was_merged_when_time_is_over(bench: Bench) -> None:
    with pytest.raises(OutOfTimeError):
        bench.run(ACCOUNTS, has_time=lambda: False)
    assert (bench.worked, bench.stored) == ([["a"]], [["a"]])
    assert [(one["stage"], one["done"], one["of"], one["checkpoint"]) for one in bench.progress] == [
        ("accounts", 1, 3, "aside")
    ]


def test_part_of_a_checkpoint_is_not_done_again(bench: Bench) -> None:
    for _ in range(3):
        with pytest.raises(OutOfTimeError):
            bench.run(ACCOUNTS, has_time=lambda: False)
    bench.run(ACCOUNTS, has_time=lambda: False)
    assert bench.worked == [["a"], ["b"], ["c"]]
    assert [one["done"] for one in bench.progress] == [1, 2, 3]


def test_checkpoint_is_stored_after_seconds_of_work_only(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 5.0, verification_jobs.CHECKPOINT_SECONDS, verification_jobs.CHECKPOINT_SECONDS + 1.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    bench.run(ACCOUNTS)
    assert bench.stored == [["a", "b"]]
