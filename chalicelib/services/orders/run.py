"""The daily run of orders: what is done to each that is due. `services/scheduled_runs` has the engine.

An attempt, the order's next step and the partition's progress commit together, so the counts are exact whatever dies.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from chalicelib import config
from chalicelib.domain.orders.run_days import RunDays
from chalicelib.domain.orders.run_tally import Tally
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models.orders.order import Order, is_due_at, order_id_at
from chalicelib.models.orders.run import OrderFailure, OrderPartition, OrderRun
from chalicelib.models.scheduled_runs.run import RunPartition
from chalicelib.services.orders import attempts, shortfall
from chalicelib.services.orders.attempt_plan import AttemptPlan
from chalicelib.services.scheduled_runs import partition
from chalicelib.services.scheduled_runs.runs import Runs
from chalicelib.services.scheduled_runs.steps import Steps

ORDERS_AT_ONCE = 25
"""Read from the list of due ones at once."""

Page = partition.Page[Tally]


def _next_due(part: RunPartition, limit: int) -> tuple[list[str], bool]:
    """Return the next places in a partition's list of what was due when the attempt was begun.

    The first attempt of a day goes on with what is tried in the next days, to warn of shortfalls. It lists once more
    after payments: an order that pays daily is then further behind in the list.
    """
    begun = str(part.created_at)
    if part.attempt > 1:
        return Order.places_due(part.number, begun, part.cursor, limit)
    until = timestamp(moment(begun) + shortfall.AHEAD)
    places, is_last = Order.places_due(part.number, until, part.cursor, limit)
    return places, is_last and not any(is_due_at(place, begun) for place in places)


STEPS = Steps(
    run=OrderRun,
    partition=OrderPartition,
    failure=OrderFailure,
    what="standing order run",
    periods=RunDays(),
    failures="StandingOrdersFailed",
    workers=config.standing_order_workers,
    next_page=_next_due,
)
RUNS = Runs(STEPS)


def pay(asked: dict[str, Any], caller: Caller, has_time: Callable[[], bool]) -> dict[str, Any]:
    """Make the attempts of a partition's due orders while there is time, and look at those of the next days."""

    def work_on(part: RunPartition, places: list[str]) -> Page:
        def handle(page: Page, place: str) -> bool:
            def commit(planned: AttemptPlan) -> None:
                _commit(part, page, planned, caller)

            begun = str(part.created_at)
            if not is_due_at(place, begun):
                shortfall.warn_if_needed(order_id_at(place), moment(begun), caller)
                return False
            return attempts.make_due(order_id_at(place), begun, caller, commit) > 0

        return partition.in_turn(Page(part.tally(), part.cursor), places, handle, _fail, has_time)

    return partition.work(STEPS, asked, caller, has_time, work_on, at_once=ORDERS_AT_ONCE)


def _commit(part: RunPartition, page: Page, planned: AttemptPlan, caller: Caller) -> None:
    """Commit an attempt with the partition's progress. Nothing of the page changes unless it is committed."""
    counted = Page(deepcopy(page.tally), page.cursor, list(page.failures))
    counted.tally.count(planned.ending, planned.currency, planned.amount)
    if planned.ending == "failed":
        counted.failures.append((planned.place, str(planned.code)))
    partition.write_progress(STEPS, part, counted, caller, actions=planned.actions)
    page.tally, page.failures = counted.tally, counted.failures


def _fail(page: Page, place: str, error: Exception) -> None:
    page.fail(place, error)
    page.tally.errors += 1
