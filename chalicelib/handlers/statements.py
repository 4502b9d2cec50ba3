"""Statements of accounts."""

from chalicelib.handlers.door import Answer, describe
from chalicelib.handlers.request import Request
from chalicelib.handlers.statement_shapes import StatementQuery, StatementView
from chalicelib.services import statements

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "camt053": "application/xml; charset=utf-8"}


@describe(
    "Statement of a month",
    query=StatementQuery,
    answer=StatementView,
    media_types=("text/csv", "application/xml"),
    problems=("not_found",),
)
def get_statement(request: Request[None, StatementQuery], account_id: str, month: str) -> StatementView | Answer:
    """Of one of the bank's months, such as 2026-10; of the one that runs, to date. It begins with what the month before
    ended with. `camt053` is ISO 20022 camt.053.001.08."""
    form = request.query.format
    wanted = statements.asked(request.caller, account_id, month)
    statement = statements.read(wanted)
    if form == "json":
        return StatementView.of(statement)
    return Answer(statements.text(statement, form), headers=_file(wanted, form))


def _file(wanted: statements.Asked, form: statements.Format) -> dict[str, str]:
    """Headers of an answer that people will keep as a file."""
    name = f"{wanted.holding.account_number}-{wanted.period.month}.{statements.EXTENSIONS[form]}"
    return {"Content-Type": MEDIA_TYPES[form], "Content-Disposition": f'attachment; filename="{name}"'}
