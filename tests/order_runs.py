"""Runs of orders in this process, for tests on any tables: what the state machine does, step by step."""

from datetime import date
from itertools import count
from typing import Any

from chalicelib.handlers.functions import scheduled_run_task
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.models.orders.run import OrderRun
from chalicelib.models.paging import Paging
from chalicelib.services.orders import run
from chalicelib.services.orders.next_occurrence import first_attempt_at

Json = dict[str, Any]
_executions = count(1)


class Endless:
    """An invocation's context that always has time."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


class OneAtATime:
    """An invocation's context that has time for one order only."""

    def get_remaining_time_in_millis(self) -> int:
        return 0


def step(name: str, given: Json, execution: str = "by-hand", context: Any = None) -> Json:
    """Take one step, as the function does."""
    event = {"step": name, "execution": execution, "input": given}
    return scheduled_run_task.run_step(event, context or Endless(), run.STEPS, run.pay)


def run_due(context: Any = None) -> Json:
    """Let the schedule ask once, and work on the run that is opened. Return the last step's result."""
    execution = f"execution-{next(_executions)}"
    opened = step("open", {}, execution)
    if opened["status"] != "opened":
        return opened
    return work_on(opened, execution, context)


def work_on(opened: Json, execution: str, context: Any = None) -> Json:
    """Work on an opened run until it is closed."""
    named = {"period": opened["period"], "attempt": opened["attempt"]}
    for number in opened["partitions"]:
        while step("work", named | {"partition": number}, execution, context)["status"] == "more":
            pass
    return step("close", named, execution)


def stored(period: str) -> OrderRun:
    found = OrderRun.by_period(period)
    assert found, period
    return found


def counts(period: str) -> dict[str, int]:
    """Return what the last completed attempt of a day's run counted, without zeros."""
    names = ("posted", "executed", "pending", "failed", "retried", "skipped", "errors")
    run_of_day = stored(period)
    return {name: getattr(run_of_day, name) for name in names if getattr(run_of_day, name)}


def failures(period: str) -> list[tuple[str, str]]:
    """Return what failed in the last attempt of a day's run: orders with reasons."""
    page = run.RUNS.failures(period, Paging(100, None))
    return [(failure.subject_id, failure.reason) for failure in page.items]


def made(order_id: str, **fields: Any) -> Order:
    """Return a monthly order that is due from its start on, listed as due."""
    given: Json = {"id": order_id, "kind": "standing_order", "customer_id": "cus_1", "made_by": "usr_1"}
    given |= {"currency": "USD", "amount": 1000, "unit": "month", "every": 1, "business_days": "none"} | fields
    order = Order(*Order.key(order_id), **given)
    if "next_date" not in fields:
        order.next_date = next(order.schedule.occurrences()).date.isoformat()
    if "next_attempt_at" not in fields:
        order.next_attempt_at = first_attempt_at(order, date.fromisoformat(order.next_date))
    for name, value in order.index_values().items():
        setattr(order, name, value)
    return order


def executions(order_id: str) -> list[Execution]:
    """Return an order's executions, the oldest date first."""
    return Execution.page_of_order(order_id, Paging(100, None)).items[::-1]


def outcomes(order_id: str) -> list[tuple[str, str, str | None]]:
    """Return date, status and reason of each execution of an order."""
    return [(one.date, one.status, one.reason) for one in executions(order_id)]
