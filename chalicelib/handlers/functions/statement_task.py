"""The function that makes statements: one for which the API waits, or all that are wanted, month by month.

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
        return {"name": store.made(asked["account_id"], asked["month"], asked["format"], _rendered)}

    def work(asked: dict[str, Any], caller: Any, has_time: Any) -> dict[str, Any]:
        return run.make(asked, caller, has_time, _rendered)

    return scheduled_run_task.done(event, context, run.STEPS, work)


def _rendered(statement: Any, form: str) -> bytes:
    """The document in any format. JSON is what the API itself answers with."""
    if form == "pdf":
        from chalicelib.services.statements import letter, pdf

        addressee = letter.addressee(statement.account.customer_id)
        return pdf.render(statement, letter.letterhead(), addressee)
    if form == "json":
        from chalicelib.handlers.statements.statement_schemas import StatementView

        return StatementView.of(statement).model_dump_json(by_alias=True).encode()
    from chalicelib.services.statements import statements

    return statements.text(statement, "csv" if form == "csv" else "camt053").encode()
