"""Approvals by people who may decide no more: disabled since, in another role, or concerned. They do not count at the
effect.
"""

from chalicelib.domain.errors import Conflict, ConflictOfInterest
from chalicelib.domain.permissions import Caller
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import get_all
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Extra
from chalicelib.services import conflicts

LOST = "Somebody who approved this may not decide any more. Nothing was done."
ACCOUNTS = ("account_id", "from_account_id", "to_account_id")
"""In the payload of a request that moves money."""


def require_impartial(caller: Caller, approval: Approval) -> None:
    """Raise ConflictOfInterest for staff who by now own or hold an account that a request is about.

    Takes reads only for staff who are linked to a customer.
    """
    for concerned in (approval.resource_id, *map(approval.payload.get, ACCOUNTS)):
        conflicts.require_not_own(caller, concerned)


def find_lost(approval: Approval) -> frozenset[str]:
    """Return who has decided about a request and may not do so any more. Takes one call if anybody has decided."""
    deciders = {one["by"] for one in approval.decisions}
    if not deciders:
        return frozenset()
    found = get_all(User, map(User.key, sorted(deciders)))
    counting = (user for user in found if user.may_decide(approval.roles) and not _is_concerned(user, approval))
    return frozenset(deciders - {user.id for user in counting})


def _is_concerned(user: User, approval: Approval) -> bool:
    if user.linked_customer_id in approval.parties:
        return True
    try:
        require_impartial(Caller(user.id, user.role, "", own_customer_id=user.linked_customer_id), approval)
    except ConflictOfInterest:
        return True
    return False


def still_counting(approval: Approval, needed: int) -> list[Extra]:
    """Return the conditions that those who have approved may still decide, to commit with the effect.

    Who may not decide any more is left out where more people have approved than are `needed`.
    """
    counting = {one["by"] for one in approval.decisions if one["decision"] == "approved"}
    if len(counting) > needed:
        counting -= find_lost(approval)
    may_decide = (User.still_may_decide(by, approval.roles, approval.parties) for by in sorted(counting))
    return [Extra(one, Conflict(LOST)) for one in may_decide]
