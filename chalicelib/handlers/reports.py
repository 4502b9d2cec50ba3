"""Reports: what moved, and how the books stand."""

from chalicelib.handlers.door import describe
from chalicelib.handlers.report_shapes import SummaryQuery, SummaryView, TrialBalanceQuery, TrialBalanceView
from chalicelib.handlers.request import Request
from chalicelib.services import ranges, summary, trial_balance
from chalicelib.services.summary import Wanted


@describe("What moved, by day, week or month", query=SummaryQuery, answer=SummaryView, problems=("not_found",))
def get_summary(request: Request[None, SummaryQuery]) -> SummaryView:
    """Customers: over all of their accounts, or one. Staff and auditors: over the bank, unless they name whose.

    Read from sums, so its cost does not grow with the transactions; a payment is in them seconds after it is posted.
    A year at most.
    """
    asked = request.query
    wanted = Wanted(
        days=ranges.days(asked.from_, asked.to),
        by=asked.by,
        account_id=asked.account_id,
        customer_id=asked.customer_id,
        branch_id=asked.branch_id,
        type=asked.type,
        category=asked.category,
        currency=asked.currency,
    )
    return SummaryView.of(summary.of(request.caller, wanted))


@describe("The trial balance", query=TrialBalanceQuery, answer=TrialBalanceView)
def get_trial_balance(request: Request[None, TrialBalanceQuery]) -> TrialBalanceView:
    """Every account of the general ledger and all customers together, at the end of a day; debits equal credits."""
    return TrialBalanceView.of(trial_balance.as_of(request.query.as_of))
