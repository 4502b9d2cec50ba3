"""Approvals: one list of everything that waits for a second person, and the decisions."""

from chalicelib.handlers.approvals.approval_schemas import (
    ApprovalDetailView,
    ApprovalsQuery,
    ApprovalView,
    ApproveRequest,
    RejectRequest,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.paging import Paging
from chalicelib.services.approvals import decisions, inbox
from chalicelib.services.identity import held_users

DECISION_PROBLEMS = (
    "not_found",
    "conflict",
    "approval_own_request",
    "conflict_of_interest",
    "contention",
    "outcome_unknown",
)


def _answer(approval: Approval, replayed: bool) -> Answer:
    return Answer(ApprovalView.of(approval), replayed=replayed)


@describe("List approvals", query=ApprovalsQuery, answer=Listing[ApprovalView], problems=("invalid_cursor",))
def list_approvals(request: Request[None, ApprovalsQuery]) -> Listing[ApprovalView]:
    """Lists requests of all kinds that wait for a second person, oldest first. Customers see those that they made.

    With a filter, a page may be short or empty while `has_more` is true.
    """
    asked = request.query
    paging = Paging(asked.limit, asked.cursor)
    page = inbox.page(request.caller, asked.status, asked.action, paging, is_mine=asked.mine)
    return Listing[ApprovalView].page([ApprovalView.of(one) for one in page.items], page.next_cursor)


@describe("Get an approval", answer=ApprovalDetailView, problems=("not_found",))
def get_approval(request: Request[None, None], approval_id: str) -> ApprovalDetailView:
    """Returns the request with what it does, its decisions and its outcome. Who may decide about a new user sees its
    name and address.
    """
    found = inbox.get(request.caller, approval_id)
    return ApprovalDetailView.with_person(found, held_users.person_in(request.caller, found))


@describe(
    "Approve a request",
    body=ApproveRequest,
    answer=ApprovalView,
    problems=(*DECISION_PROBLEMS, "account_frozen", "mfa_step_up_required"),
)
def approve_request(request: Request[ApproveRequest, None], approval_id: str) -> Answer:
    """Approves the request. If enough people have approved it, it is done now, on the conditions of this moment; the
    response says `executed`, or `failed` with the reason. You cannot decide about your own request.
    """
    return _answer(*decisions.approve(request.caller, approval_id, request.body.note, request.idempotency_key))


@describe("Reject a request", body=RejectRequest, answer=ApprovalView, problems=DECISION_PROBLEMS)
def reject_request(request: Request[RejectRequest, None], approval_id: str) -> Answer:
    """Ends the request without its effect. One rejection is enough."""
    return _answer(*decisions.reject(request.caller, approval_id, request.body.reason, request.idempotency_key))


@describe("Cancel your request", answer=ApprovalView, problems=DECISION_PROBLEMS)
def cancel_request(request: Request[None, None], approval_id: str) -> Answer:
    """Ends a request that you made and that nobody has decided yet."""
    return _answer(*decisions.cancel(request.caller, approval_id, request.idempotency_key))
