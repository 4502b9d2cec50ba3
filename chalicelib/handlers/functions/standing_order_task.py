"""The task behind every state of the `standing_orders` state machine."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.handlers.functions import scheduled_run_task

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="standing_order_task")
def standing_order_task(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Open, work or close, as the state says."""
    from chalicelib.services.orders import run

    return scheduled_run_task.run_step(event, context, run.STEPS, run.pay)
