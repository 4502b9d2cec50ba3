"""The part that the functions of all long jobs share: one step, as the state machine requests it."""

from collections.abc import Callable
from typing import Any

from chalicelib.observability import logger

RESERVE_MILLISECONDS = 120_000
"""Kept of an invocation's time for the part in hand."""

Json = dict[str, Any]
Work = Callable[[Callable[[], bool]], str]


def do_step(event: Json, context: Any, work: Work, give_up: Callable[[], None]) -> dict[str, str]:
    """Work on the job or give it up, as the state says; the state machine chooses by the `status` of the result."""
    logger.append_keys(step=event["step"], **event["input"])

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    if event["step"] == "give_up":
        give_up()
        return {"status": "failed"}
    status = work(has_time)
    logger.info("step of a job done", status=status)
    return {"status": status}
