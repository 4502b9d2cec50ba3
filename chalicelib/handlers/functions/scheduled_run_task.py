"""The part that the functions of all scheduled runs share: one step, as the state machine requests it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chalicelib.observability import logger

if TYPE_CHECKING:
    from chalicelib.services.scheduled_runs.steps import Steps

RESERVE_MILLISECONDS = 60_000
"""Kept of an invocation's time for the account in hand and for writing how far it came."""

Json = dict[str, Any]


def run_step(
    event: Json, context: Any, steps: "Steps[Any]", work: Callable[[Json, Any, Callable[[], bool]], Json]
) -> Json:
    """Open, work or close; the result's `status` is what the state machine chooses by."""
    from chalicelib.domain import permissions

    caller = permissions.system(event["execution"])
    logger.append_keys(request_id=caller.request_id, principal_id=caller.user_id, step=event["step"])
    asked = event["input"]

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    result: Json
    if event["step"] == "open":
        # Whoever starts an execution may give it anything: what is no text is no period, and is refused as such.
        result = (
            steps.open_asked(str(asked["period"]), asked.get("attempt"), caller)
            if "period" in asked
            else steps.open_due(caller)
        )
    elif event["step"] == "work":
        result = work(asked, caller, has_time)
    else:
        result = steps.close(asked["period"], asked["attempt"], caller)
    logger.info("step of a run done", status=result["status"])
    return result
