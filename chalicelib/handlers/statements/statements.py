"""Statements of accounts."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.statements.run_schemas import MonthlyStatementView
from chalicelib.handlers.statements.statement_schemas import StatementQuery, StatementView
from chalicelib.models.paging import Paging
from chalicelib.services.statements import formats, run, statements, store
from chalicelib.services.statements.statements import ENTRIES_AT_ONCE_MAX


@describe(
    "Statement of a month",
    query=StatementQuery,
    answer=StatementView,
    media_types=("text/csv", "application/xml"),
    see_other="A PDF, or a statement of more than a thousand entries: fetch it from there within five minutes",
    problems=("not_found",),
)
def get_statement(request: Request[None, StatementQuery], account_id: str, month: str) -> Answer:
    """Of one of the bank's months, such as 2026-10; of the one that runs, to date. It begins with what the month before
    ended with. `camt053` is ISO 20022 camt.053.001.08. A PDF, and what is longer than a thousand entries, is answered
    by 303 and a link that holds for five minutes; 503 with Retry-After says that it is still being made."""
    form = request.query.format
    wanted = statements.asked(request.caller, account_id, month)
    statement = statements.read_within(wanted, ENTRIES_AT_ONCE_MAX) if form != "pdf" else None
    if statement is None or form == "pdf":
        return Answer(None, status=303, headers={"Location": store.link(wanted, form)})
    headers = {"Content-Type": formats.MEDIA_TYPES[form]}
    if form != "json":
        headers["Content-Disposition"] = f'attachment; filename="{store.file_name(wanted, form)}"'
    return Answer(formats.text(statement, form), headers=headers)


@describe(
    "Monthly statements of an account",
    query=PageQuery,
    answer=Listing[MonthlyStatementView],
    problems=("invalid_cursor", "not_found"),
)
def list_statements(request: Request[None, PageQuery], account_id: str) -> Listing[MonthlyStatementView]:
    """Those that the bank has made of months that are over, for an account with `statements: monthly`; the latest
    first. Any month can be asked for, whether it is listed or not."""
    paging = Paging(request.query.limit, request.query.cursor)
    page = run.list_of_account(request.caller, account_id, paging)
    return Listing[MonthlyStatementView].page([MonthlyStatementView.of(one) for one in page.items], page.next_cursor)
