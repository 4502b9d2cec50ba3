"""The task of exports of reports, behind every state of `long_job`."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.handlers.functions import long_job_task

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="export_task")
def export_task(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Write a part of the file or all of it, or give up, as the state says."""
    from chalicelib.services.reports import report_exports

    asked = event["input"]
    user_id, export_id = str(asked["user_id"]), str(asked["export_id"])
    return long_job_task.do_step(
        event,
        context,
        lambda has_time: report_exports.work(user_id, export_id, has_time),
        lambda: report_exports.give_up(user_id, export_id),
    )
