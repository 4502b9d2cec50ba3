"""The task behind every state of the `report_export` state machine."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.observability import logger

blueprint = Blueprint(__name__)

RESERVE_MILLISECONDS = 120_000
"""Kept of an invocation's time for the part in hand."""


@blueprint.lambda_function(name="export_task")
def export_task(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Write a part of the file or all of it, or give up, as the state says; the state machine chooses by `status`."""
    from chalicelib.services.reports import report_exports

    asked = event["input"]
    user_id, export_id = str(asked["user_id"]), str(asked["export_id"])
    logger.append_keys(principal_id=user_id, export_id=export_id, step=event["step"])

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    if event["step"] == "give_up":
        report_exports.give_up(user_id, export_id)
        return {"status": "failed"}
    status = report_exports.work(user_id, export_id, has_time)
    logger.info("export step done", status=status)
    return {"status": status}
