"""Monthly runs of statements: what is done to each account, and how the runs are asked for and watched.

A statement that is there is not made again, so whatever is repeated costs a look for it.
"""

from collections.abc import Callable
from typing import Any

from chalicelib import clock, config, resources
from chalicelib.domain.permissions import Caller
from chalicelib.domain.statements.run_tally import Ending, Tally
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.interest.run import InterestRun
from chalicelib.models.paging import Page, Paging
from chalicelib.models.scheduled_runs.run import RunPartition
from chalicelib.models.statements.run import (
    MonthlyStatement,
    StatementFailure,
    StatementPartition,
    StatementRun,
)
from chalicelib.services.accounts import accounts
from chalicelib.services.scheduled_runs import partition
from chalicelib.services.scheduled_runs.periods import Months
from chalicelib.services.scheduled_runs.runs import RunsOnRequest
from chalicelib.services.scheduled_runs.steps import Steps
from chalicelib.services.statements import statements, store

ACCOUNTS_AT_ONCE = 25
"""Between two writes of progress: what is looked for again when an invocation dies."""


def _interest_is_credited(period: str) -> bool:
    """Return whether the month's interest is credited.

    Statements wait for it, so that staff have looked into its failures before.
    """
    run = InterestRun.by_period(period)
    return run is not None and run.status == "completed"


STEPS = Steps(
    run=StatementRun,
    partition=StatementPartition,
    failure=StatementFailure,
    what="statement run",
    periods=Months(config.interest_hour, "and statements are of whole months"),
    failures="StatementsFailed",
    workers=config.statement_workers,
    is_ready=_interest_is_credited,
)
RUNS = RunsOnRequest(STEPS, resources.statement_state_machine_arn)


def make(asked: dict[str, Any], caller: Caller, has_time: Callable[[], bool]) -> dict[str, Any]:
    """Make the statements of a partition's accounts while there is time."""

    def work_on(part: RunPartition, account_ids: list[str]) -> partition.Page[Tally]:
        found = {item.id: item for item in batch_get(map(Account.key, account_ids)) if isinstance(item, Account)}

        def handle(page: partition.Page[Tally], account_id: str) -> bool:
            ending = _make(found[account_id], part.period, caller)
            page.tally.count(ending)
            return ending == "made"

        return partition.in_turn(partition.Page(part.tally(), part.cursor), account_ids, handle, _fail, has_time)

    return partition.work(STEPS, asked, caller, has_time, work_on, at_once=ACCOUNTS_AT_ONCE)


def _fail(page: partition.Page[Tally], account_id: str, error: Exception) -> None:
    page.fail(account_id, error)
    page.tally.count("failed")


def list_of_account(caller: Caller, account_id: str, paging: Paging) -> Page[MonthlyStatement]:
    """List the stored statements of an account, the latest month first."""
    account = accounts.get(caller, account_id)
    return MonthlyStatement.page_of_account(account.id, paging)


def _make(account: Account, period: str, caller: Caller) -> Ending:
    """Make an account's statement, if it is wanted. A closed account gets that of the month in which it closed."""
    if account.statements != "monthly" or account.customer_id is None:
        return "not_wanted"
    wanted = statements.of_month_or_none(account, period)
    if wanted is None or (account.status == "closed" and wanted.is_empty):
        return "not_wanted"
    store.ensure_stored(wanted, "pdf")
    made = MonthlyStatement.of(account.id, period, account.access().people())
    made.stamp(caller, timestamp(clock.now())).put()
    return "made"
