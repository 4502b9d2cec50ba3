"""The function that makes statements: one for which the API waits, or all that are wanted, month by month.

It alone loads what draws a PDF.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib.handlers import run_task
from chalicelib.observability import logger

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="statement_task")
def statement_task(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Make one document and answer its name; or open, work or close, as the state of `monthly_statements` says."""
    from chalicelib.services import statement_runs, statement_store

    if event["step"] == "render":
        asked = event["input"]
        logger.append_keys(step=event["step"])
        return {"name": statement_store.made(asked["account_id"], asked["month"], asked["format"], _rendered)}

    def work(asked: dict[str, Any], caller: Any, has_time: Any) -> dict[str, Any]:
        return statement_runs.make(asked, caller, has_time, _rendered)

    return run_task.done(event, context, statement_runs.STEPS, work)


def _rendered(statement: Any, form: str) -> bytes:
    """The document in any format. JSON is what the API itself answers with."""
    if form == "pdf":
        from chalicelib.services import statement_paper, statement_pdf

        addressee = statement_paper.addressee(statement.holding.customer_id)
        return statement_pdf.render(statement, statement_paper.letterhead(), addressee)
    if form == "json":
        from chalicelib.handlers.statement_shapes import StatementView

        return StatementView.of(statement).model_dump_json(by_alias=True).encode()
    from chalicelib.services import statements

    return statements.text(statement, "csv" if form == "csv" else "camt053").encode()
