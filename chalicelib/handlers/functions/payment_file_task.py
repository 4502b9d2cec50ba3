"""The task of files of payments, behind every state of `long_job`."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.handlers.functions import long_job_task

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="payment_file_task")
def payment_file_task(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Make as many payments of a file as there is time for, or have it begun again later, as the state says."""
    from chalicelib.services.clearing import file_payments

    file_id = str(event["input"]["payment_file_id"])
    return long_job_task.do_step(
        event,
        context,
        lambda has_time: file_payments.work(file_id, has_time),
        lambda: file_payments.postpone(file_id),
    )
