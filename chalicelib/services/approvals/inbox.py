"""Approvals as people see them: one list of everything that waits, and everybody's own requests."""

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.approvals.action import ACTIONS
from chalicelib.domain.approvals.decision import Status
from chalicelib.domain.permissions import Caller
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.approval_subject import ApprovalSubject
from chalicelib.models.paging import Page, Paging
from chalicelib.services import conflicts


def get(caller: Caller, approval_id: str) -> Approval:
    """Read an approval. Raises NotFound, also for a customer who has not made the request, and for staff whom it
    concerns and who must not learn of it.
    """
    approval = Approval.by_id(approval_id) if ids.is_id("apr", approval_id) else None
    if approval is None or not (caller.sees_everything or approval.requested_by == caller.user_id):
        raise errors.unknown("approval", approval_id)
    if _is_hidden(caller, approval):
        raise errors.unknown("approval", approval_id)
    return _hide_notes(caller, approval)


def page(caller: Caller, status: Status, action: str | None, paging: Paging, *, is_mine: bool) -> Page[Approval]:
    """List approvals with a status: open ones oldest first, as a queue; others, and one's own, newest first.

    Customers see their own. A filtered page may be short or empty with more to come. What the caller must not learn of
    is left out, and others fill its place: a gap would tell of it.
    """

    def read(asked: Paging) -> Page[Approval]:
        if is_mine or not caller.sees_everything:
            return Approval.page_made_by(caller.user_id, asked)
        return Approval.page_with_status(status, asked, oldest_first=status == "requested")

    def show(found: list[Approval]) -> list[Approval]:
        return [one for one in found if not _is_hidden(caller, one)]

    page = conflicts.fill_page(paging, read, show)
    kept = [one for one in page.items if one.status == status and action in (None, one.action)]
    return Page([_hide_notes(caller, one) for one in kept], page.next_cursor)


def ids_about(caller: Caller, subject_id: str, resource_id: str | None = None) -> list[str] | None:
    """Return the ids of the open approvals about a customer, an account or a user, the first to expire first.

    With `resource_id`, only of those about this resource, such as a transaction of the customer. Takes one query, and
    a read if something waits. For a customer it takes none and returns None: a customer finds its own requests in the
    inbox.
    """
    if not caller.sees_everything:
        return None
    found = ApprovalSubject.find_open(subject_id, clock.now())
    about = [one for one in found if resource_id in (None, one.resource_id)]
    return [one.id for one in about if not _is_hidden(caller, one)]


def _is_hidden(caller: Caller, approval: Approval) -> bool:
    """Return whether the caller is a customer who must not learn of this request, such as the end of a legal hold."""
    return ACTIONS[approval.action].is_secret and caller.own_customer_id in approval.parties


def _hide_notes(caller: Caller, approval: Approval) -> Approval:
    """Return an approval without what deciders wrote, for customers, and for staff who are one of its customers.

    It may be about a suspicion, of which the suspect must not learn.
    """
    if not caller.sees_everything or caller.own_customer_id in approval.parties:
        approval.notes = None
    return approval
