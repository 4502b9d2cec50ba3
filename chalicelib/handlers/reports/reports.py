"""Reports: what moved, and how the books stand."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.handlers.reports.summary_schemas import SummaryQuery, SummaryView, TrialBalanceQuery, TrialBalanceView
from chalicelib.handlers.reports.transaction_report_schemas import ExportView, TransactionReportQuery
from chalicelib.models.paging import Paging
from chalicelib.models.reports.report_export import Export
from chalicelib.services import date_ranges
from chalicelib.services.reports import report_exports, summary, transaction_report, trial_balance
from chalicelib.services.reports.summary import SummaryRequest

ACCEPTED = 202
CSV = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="transactions.csv"'}


@describe(
    "Get a transaction report",
    query=TransactionReportQuery,
    answer=Listing[TransactionView],
    problems=("not_found", "invalid_cursor", "conflict"),
    media_types=("text/csv",),
    accepted=("The file is being written: follow `Location`", ExportView),
    limit="reports",
    location="the export",
)
def get_transactions(request: Request[None, TransactionReportQuery]) -> Answer | Listing[TransactionView]:
    """Customers get their own accounts' transactions; staff and auditors the bank's. The range is a year at most;
    rows are newest first.

    `format=csv` returns the whole report as a file: in the body if it is short, otherwise 202 with an export and its
    `Location`. Text that a spreadsheet could read as a formula has an apostrophe before it. `tags` is a JSON array.
    """
    asked, caller = request.query.to_query(), request.caller
    if request.query.format == "csv":
        text = report_exports.at_once(caller, asked)
        return Answer(text, headers=CSV) if text is not None else _accept(report_exports.ask(caller, asked))
    page = transaction_report.page(caller, asked, Paging(request.query.limit, request.query.cursor))
    views = [TransactionView.of(line.transaction, caller, line.sides, line.label) for line in page.items]
    return Listing[TransactionView].page(views, page.next_cursor)


@describe("Get a report export", answer=ExportView, problems=("not_found",))
def get_export(request: Request[None, None], export_id: str) -> ExportView:
    """Returns the progress, then the address of the file. The address is valid for fifteen minutes: request the
    export again for a new one. Files are kept for a week.
    """
    return ExportView.of(report_exports.get(request.caller, export_id))


def _accept(export: Export) -> Answer:
    """Respond with the address of an export, relative to the report's: the stage may or may not be part of it."""
    return Answer(ExportView.of(export), ACCEPTED, {"Location": f"exports/{export.id}"})


@describe("Summarize money by day, week or month", query=SummaryQuery, answer=SummaryView, problems=("not_found",))
def get_summary(request: Request[None, SummaryQuery]) -> SummaryView:
    """Customers get the sums of all of their accounts, or of one. Staff and auditors get the bank's, or those of the
    customer, account or branch that they name. The range is a year at most.

    The cost does not grow with the number of transactions. A payment is included seconds after it is posted.
    """
    asked = request.query
    wanted = SummaryRequest(
        days=date_ranges.days(asked.from_, asked.to),
        by=asked.by,
        account_id=asked.account_id,
        customer_id=asked.customer_id,
        branch_id=asked.branch_id,
        type=asked.type,
        category=asked.category,
        currency=asked.currency,
    )
    return SummaryView.of(summary.of(request.caller, wanted))


@describe("Get the trial balance", query=TrialBalanceQuery, answer=TrialBalanceView)
def get_trial_balance(request: Request[None, TrialBalanceQuery]) -> TrialBalanceView:
    """Returns every general-ledger account, and all customer accounts as one line, at the end of a day. Debits equal
    credits.
    """
    return TrialBalanceView.of(trial_balance.as_of(request.query.as_of))
