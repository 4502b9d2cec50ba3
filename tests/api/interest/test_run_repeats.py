"""The monthly run, however often it is started and wherever it ends in between: each day is paid once."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from botocore.exceptions import ReadTimeoutError

from chalicelib.models import connection
from tests.api.helpers import cloud
from tests.api.helpers.bank import items
from tests.api.helpers.november import DUE, OCTOBER, RUNS, November, credited, posted


def test_when_step_functions_is_silent_the_client_repeats(november: November) -> None:
    november.savings()
    admin = november.signed_in()
    november.machine.silent = True
    november.client.post(RUNS, {"period": OCTOBER}, token=admin.token, key="k").refused(503, "outcome_unknown")
    assert november.run()["status"] == "running"
    november.machine.silent = False
    november.client.post(RUNS, {"period": OCTOBER}, token=admin.token, key="k").ok(202)
    assert november.run()["status"] == "completed"


def test_the_schedule_goes_on_with_a_run_that_stands_still(november: November) -> None:
    november.savings()
    november.machine.silent = True
    november.client.post(RUNS, {"period": OCTOBER}, token=november.signed_in().token).refused(503, "outcome_unknown")
    november.set_clock(DUE + timedelta(minutes=15) - timedelta(seconds=1))
    assert november.machine.execute({})["status"] == "not_due"
    november.set_clock(DUE + timedelta(minutes=15))
    assert november.machine.execute({}) == {"status": "completed", "period": OCTOBER, "attempt": 1}
    assert credited() == 255


def test_a_run_that_stands_still_is_gone_on_with_in_the_month_after(november: November) -> None:
    november.savings()
    november.machine.silent = True
    november.client.post(RUNS, {"period": OCTOBER}, token=november.signed_in().token).refused(503, "outcome_unknown")
    november.set_clock(DUE + timedelta(days=30))
    assert november.machine.execute({}, "november") == {"status": "completed", "period": "2026-11", "attempt": 1}
    assert november.machine.execute({}, "october") == {"status": "completed", "period": OCTOBER, "attempt": 1}
    assert november.machine.execute({}, "again")["status"] == "not_due"
    assert november.run()["nothing"] == 1, "November's run had paid October, too"


def test_an_execution_that_opened_a_run_and_did_not_hear_so_goes_on_with_it(november: November) -> None:
    first = november.machine.task("open", {})
    assert first["status"] == "opened"
    assert november.machine.task("open", {}) == first
    assert november.machine.execute({}, "another")["status"] == "not_due"


def test_an_execution_of_an_earlier_attempt_does_nothing(november: November) -> None:
    november.machine.execute({"period": OCTOBER})
    november.machine.execute({"period": OCTOBER})
    assert november.machine.execute({"period": OCTOBER, "attempt": 1})["status"] == "not_due"
    assert november.machine.task("close", {"period": OCTOBER, "attempt": 1})["status"] == "superseded"


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@contextmanager
def at_write(wanted: int, act: Callable[[], object], event: str) -> Iterator[list[int]]:
    """Act at the so-many-th write, before it is sent (`before-call`) or after it was answered (`after-call`).

    Yields how many there were, as the only element of a list.
    """
    writes = [0]
    events = connection.client().meta.events

    def seen(**_: object) -> None:
        writes[0] += 1
        if writes[0] == wanted:
            act()

    events.register(f"{event}.dynamodb.TransactWriteItems", seen)
    try:
        yield writes
    finally:
        events.unregister(f"{event}.dynamodb.TransactWriteItems", seen)


def require_credited_once(accounts: int, at: int) -> None:
    [run] = items(type="interest_run")
    assert (run["status"], int(run["credited"])) == ("completed", accounts), at
    assert run["totals"] == f'{{"USD":{accounts * 255}}}', at
    assert (len(posted()), credited()) == (accounts, accounts * 255), at


def test_killed_after_any_write_and_started_again_it_credits_once(one_partition: None, november: November) -> None:
    """What a process leaves behind when it ends are the writes up to some one: it ends after each of them."""
    for _ in range(2):
        november.savings()
    before, wanted = cloud.save(), 0
    while True:
        wanted += 1
        cloud.restore(before)
        with at_write(wanted, die, "after-call") as writes, suppress(Killed):
            november.machine.execute({}, "killed")
        if writes[0] < wanted:
            break
        november.machine.execute({"period": OCTOBER, "attempt": 1}, "again")
        require_credited_once(accounts=2, at=wanted)
    assert wanted > 5


def die() -> None:
    raise Killed


def test_two_runs_that_interleave_credit_once(one_partition: None, november: November) -> None:
    """Right before any write of the one, the other runs from its beginning to its end."""
    for _ in range(2):
        november.savings()
    before, wanted = cloud.save(), 0
    while True:
        wanted += 1
        cloud.restore(before)
        with at_write(wanted, lambda: november.machine.execute({"period": OCTOBER}, "other"), "before-call") as writes:
            november.machine.execute({}, "one")
        if writes[0] < wanted:
            break
        require_credited_once(accounts=2, at=wanted)
    assert wanted > 5


def test_what_dynamodb_fails_is_tried_again_by_the_state_machine(november: November) -> None:
    """One call in ten gets no answer."""
    for _ in range(2):
        november.savings()
    chance = random.Random(4)

    def refuse(**_: object) -> None:
        if chance.random() < 0.1:
            raise ReadTimeoutError(endpoint_url="dynamodb")

    events = connection.client().meta.events
    events.register("before-call.dynamodb", refuse)
    try:
        november.machine.execute({})
    finally:
        events.unregister("before-call.dynamodb", refuse)
    require_credited_once(accounts=2, at=0)
