"""Branches, their cash, and what it did on a day."""

from typing import Any

from chalicelib import aws
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.branches.branch_schemas import BranchView, CreateBranch, EditBranch
from chalicelib.handlers.branches.cash_schemas import BranchReportView, MoveVault, ReportQuery, VaultMovementView
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.branches.branch import Branch
from chalicelib.models.paging import Paging
from chalicelib.services.branches import branches, daily_report, vault_movements


def answer(branch: Branch, caller: Caller, *, replayed: bool = False) -> Answer:
    """Respond with a branch and its version as ETag, to send back as If-Match.

    Cash is shown only to roles that may see it.
    """
    cash = vault_movements.position(branch.id) if caller.may("branches.report") else None
    return Answer(BranchView.of(branch, cash), version=branch.version, replayed=replayed)


@describe(
    "Open a branch",
    status=201,
    body=CreateBranch,
    answer=BranchView,
    problems=("idempotency_key_missing", "conflict", "clock_skew", "contention", "outcome_unknown"),
    action="branch_funding",
)
def create_branch(request: Request[CreateBranch, None]) -> Answer:
    """Opens a branch.

    With `initial_balance`, which requires an Idempotency-Key, the branch is opened and funded in one step, or not at
    all; that makes cash from the bank's equity, and may wait for a second person. Each code can be used once: a known
    one returns `conflict`.
    """
    body = request.body
    new = branches.NewBranch(
        name=body.name,
        code=body.code,
        city=body.city,
        country=body.country,
        opening_hours=body.opening_hours.by_day() if body.opening_hours else None,
        initial_balance=body.initial_balance,
        currency=body.currency,
    )
    branch, replayed = branches.create(request.caller, request.idempotency_key, new)
    with aws.unknown_outcome_on_error():
        return answer(branch, request.caller, replayed=replayed)


@describe(
    "List branches",
    query=PageQuery,
    answer=Listing[BranchView],
    problems=("invalid_cursor",),
    cache_scope="private",
)
def list_branches(request: Request[None, PageQuery]) -> Listing[BranchView]:
    """Lists branches, newest first, without their cash positions."""
    page = branches.page(Paging(request.query.limit, request.query.cursor))
    return Listing[BranchView].page([BranchView.of(branch, None) for branch in page.items], page.next_cursor)


@describe("Get a branch", answer=BranchView, problems=("not_found",), versioned="the branch")
def get_branch(request: Request[None, None], branch_id: str) -> Answer:
    """Staff and auditors also get its cash position in each currency, summed at this moment."""
    return answer(branches.get(branch_id), request.caller)


@describe(
    "Edit a branch",
    body=EditBranch,
    answer=BranchView,
    problems=("not_found", "conflict", "contention"),
    versioned="the branch",
)
def edit_branch(request: Request[EditBranch, None], branch_id: str) -> Answer:
    """Readers of the list see the change within the cache time. The code stays."""
    edits: dict[str, Any] = request.body.model_dump(exclude_unset=True)
    if request.body.opening_hours:
        edits["opening_hours"] = request.body.opening_hours.by_day()
    branch = branches.edit(branch_id, request.caller, edits, request.if_match)
    with aws.unknown_outcome_on_error():
        return answer(branch, request.caller)


@describe(
    "Move cash to another branch",
    status=201,
    body=MoveVault,
    answer=VaultMovementView,
    key="required",
    problems=("not_found", "same_account", "insufficient_funds", "clock_skew", "contention", "outcome_unknown"),
    action="vault_movement",
)
def move_vault(request: Request[MoveVault, None], branch_id: str) -> Answer:
    """Moves cash between the vaults of two branches. More than the branch's cash position returns
    `insufficient_funds`.
    """
    body = request.body
    asked = vault_movements.VaultMovement(body.to_branch_id, body.amount, body.currency, body.reason)
    outcome = vault_movements.move(request.caller, branch_id, asked, request.required_idempotency_key)
    outcome.raise_refusal()
    return Answer(VaultMovementView.of(outcome), replayed=outcome.replayed)


@describe("Get a branch's daily report", query=ReportQuery, answer=BranchReportView, problems=("not_found",))
def get_branch_report(request: Request[None, ReportQuery], branch_id: str) -> BranchReportView:
    """Returns the cash movements and the opened and closed accounts of one of the bank's days; for today, so far."""
    return BranchReportView.of(daily_report.of_day(branch_id, request.query.date))
