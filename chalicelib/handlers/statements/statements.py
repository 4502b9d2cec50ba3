"""Statements of accounts."""

from chalicelib.handlers.http.operation import LINK, Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.statements.run_schemas import MonthlyStatementView
from chalicelib.handlers.statements.statement_schemas import StatementLinkView, StatementQuery, StatementView
from chalicelib.models.paging import Paging
from chalicelib.services.statements import formats, run, statements, store
from chalicelib.services.statements.statements import ENTRIES_AT_ONCE_MAX


@describe(
    "Get a month's statement",
    query=StatementQuery,
    answer=StatementView,
    media_types=("text/csv", "application/xml"),
    see_other="A PDF, or a statement of more than a thousand entries: fetch it from `Location` within five minutes",
    problems=("not_found",),
    limit="statements",
)
def get_statement(request: Request[None, StatementQuery], account_id: str, month: str) -> Answer:
    """Returns the statement of a month such as 2026-10; the current month is up to date. It opens with the closing
    balance of the month before. `camt053` is ISO 20022 camt.053.001.08. A PDF, or a statement with more than a
    thousand entries, is a 303 with a link that is valid for five minutes, or with 503 and Retry-After
    while it is being made. A page in a browser, which may not follow it to another address, sends `Accept:
    application/vnd.florin.link+json` and gets the link as the `href` of a 200 instead.
    """
    form = request.query.document
    wanted = statements.request_for(request.caller, account_id, month)
    statement = statements.read_within(wanted, ENTRIES_AT_ONCE_MAX) if form != "pdf" else None
    if statement is None or form == "pdf":
        link = store.link(wanted, form)
        if request.headers.get("accept") == LINK:
            return Answer(StatementLinkView(href=link).model_dump_json(), headers={"Content-Type": LINK})
        return Answer(None, status=303, headers={"Location": link})
    headers = {"Content-Type": formats.MEDIA_TYPES[form]}
    if form != "json":
        headers["Content-Disposition"] = f'attachment; filename="{store.file_name(wanted, form)}"'
    return Answer(formats.text(statement, form), headers=headers)


@describe(
    "List an account's statements",
    query=PageQuery,
    answer=Listing[MonthlyStatementView],
    problems=("invalid_cursor", "not_found"),
)
def list_statements(request: Request[None, PageQuery], account_id: str) -> Listing[MonthlyStatementView]:
    """Lists the stored statements of past months, latest first, for an account with `statements: monthly`. You can
    request any month, listed or not.
    """
    paging = Paging(request.query.limit, request.query.cursor)
    page = run.list_of_account(request.caller, account_id, paging)
    return Listing[MonthlyStatementView].page([MonthlyStatementView.of(one) for one in page.items], page.next_cursor)
