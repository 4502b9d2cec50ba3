"""The task behind every state of the `monthly_interest` state machine."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.handlers.functions import scheduled_run_task

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="interest_task")
def interest_task(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Open, work or close, as the state says."""
    from chalicelib.services.interest import run_partition
    from chalicelib.services.interest.run import STEPS

    return scheduled_run_task.run_step(event, context, STEPS, run_partition.credit_accounts)
