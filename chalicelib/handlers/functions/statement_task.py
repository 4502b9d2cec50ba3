"""The function that makes statements: one that the API waits for, or a month's statements of all accounts.

It alone loads what draws a PDF.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib.handlers.functions import scheduled_run_task
from chalicelib.observability import logger

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="statement_task")
def statement_task(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Make one document and answer its name; or open, work or close, as the state of `monthly_statements` says."""
    from chalicelib.services.statements import run, store

    if event["step"] == "render":
        asked = event["input"]
        logger.append_keys(step=event["step"])
        return {"name": store.ensure_stored_of(asked["account_id"], asked["month"], asked["format"])}
    return scheduled_run_task.run_step(event, context, run.STEPS, run.make)
