"""The task behind every state of the `monthly_interest` state machine."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.observability import logger

blueprint = Blueprint(__name__)

RESERVE_MILLISECONDS = 60_000
"""Kept of an invocation's time for the account in hand and for writing how far it came."""


@blueprint.lambda_function(name="interest_task")
def interest_task(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Open, accrue or close, as the state says; the result's `status` is what the state machine chooses by."""
    from chalicelib.domain import permissions
    from chalicelib.services import interest_partition, interest_run_steps

    caller = permissions.system(event["execution"])
    logger.append_keys(request_id=caller.request_id, principal_id=caller.user_id, step=event["step"])
    asked = event["input"]

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    result: dict[str, Any]
    if event["step"] == "open":
        # Whoever starts an execution may give it anything: what is no text is no month, and is refused as such.
        result = (
            interest_run_steps.open_asked(str(asked["period"]), asked.get("attempt"), caller)
            if "period" in asked
            else interest_run_steps.open_due(caller)
        )
    elif event["step"] == "accrue":
        result = interest_partition.accrue(asked["period"], asked["attempt"], asked["partition"], caller, has_time)
    else:
        result = interest_run_steps.close(asked["period"], asked["attempt"], caller)
    logger.info("interest step done", status=result["status"])
    return result
