"""The task of verifications, behind every state of `long_job`."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.handlers.functions import long_job_task

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="verification_task")
def verification_task(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Verify as much as there is time for, or give up, as the state says."""
    from chalicelib.services.verification import verification_jobs

    verification_id = str(event["input"]["verification_id"])
    return long_job_task.do_step(
        event,
        context,
        lambda has_time: verification_jobs.work(verification_id, has_time),
        lambda: verification_jobs.give_up(verification_id),
    )
