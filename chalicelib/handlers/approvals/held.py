"""The response to a request that waits for a second person."""

from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.approvals.approval_schemas import ApprovalView
from chalicelib.handlers.http.operation import Answer
from chalicelib.services.approvals import inbox


def answer(held: HeldForApproval, caller: Caller) -> Answer:
    """Respond 202 with the approval as it stands."""
    approval = inbox.get(caller, held.approval_id)
    location = {"Location": f"/v1/approvals/{approval.id}"}
    return Answer(ApprovalView.of(approval), 202, location, replayed=not held.is_new)
