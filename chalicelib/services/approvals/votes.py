"""Approvals by people who may decide no more: disabled since, or in another role. They do not count at the effect."""

from chalicelib.domain.errors import Conflict
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import get_all
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Extra

LOST = "Somebody who approved this may not decide any more. Nothing was done."


def find_lost(approval: Approval) -> frozenset[str]:
    """Return who has decided about a request and may not do so any more. Takes one call if anybody has decided."""
    deciders = {one["by"] for one in approval.decisions}
    if not deciders:
        return frozenset()
    found = get_all(User, map(User.key, sorted(deciders)))
    return frozenset(deciders - {user.id for user in found if user.may_decide(approval.roles)})


def still_counting(approval: Approval, needed: int) -> list[Extra]:
    """Return the conditions that those who have approved may still decide, to commit with the effect.

    Who may not decide any more is left out where more people have approved than are `needed`.
    """
    counting = {one["by"] for one in approval.decisions if one["decision"] == "approved"}
    if len(counting) > needed:
        counting -= find_lost(approval)
    return [Extra(User.still_may_decide(by, approval.roles), Conflict(LOST)) for by in sorted(counting)]
