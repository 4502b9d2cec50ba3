"""The responses to a request that waits for a second person, or would wait."""

from collections.abc import Callable

from chalicelib import trial
from chalicelib.domain.approvals.held import HeldForApproval, WouldWait
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.approvals.approval_schemas import ApprovalView, DryRunView
from chalicelib.handlers.http.operation import DRY_RUN, Answer
from chalicelib.services.approvals import inbox


def answer(held: HeldForApproval, caller: Caller) -> Answer:
    """Respond 202 with the approval as it stands."""
    approval = inbox.get(caller, held.approval_id)
    location = {"Location": f"/v1/approvals/{approval.id}"}
    return Answer(ApprovalView.of(approval), 202, location, replayed=not held.is_new)


def try_out(view: Callable[[], object]) -> Answer:
    """Call a view up to its first change, and respond whether it would wait.

    Raises what the request would be refused with, and HeldForApproval for the key of a request that waits already.
    """
    found = None
    with trial.trial():
        try:
            view()
        except WouldWait as would_wait:
            found = would_wait
        except trial.WouldChange:
            pass
    return Answer(DryRunView.of(found), 200, {"Content-Type": DRY_RUN})
