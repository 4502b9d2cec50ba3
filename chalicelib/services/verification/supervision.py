"""Reads what needed approval when: policies and ceilings as they were set, and who is staff in which role."""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

from chalicelib import clock, config
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.ceilings import Authority
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.ranks import DISABLED, Ranks
from chalicelib.domain.verification.supervision import Supervision
from chalicelib.models.approvals.authority import RoleCeilings
from chalicelib.models.approvals.policy import ApprovalPolicy
from chalicelib.models.audit import audit_pages
from chalicelib.models.identity.user import User, walk_staff
from chalicelib.models.uniqueness import UniqueKey

CLOCKS_DIFFER_MAX = timedelta(minutes=1)


def now() -> Supervision:
    """Return it as it is now. A policy that was edited around the bank contradicts the audit, which is verified too."""
    as_of = timestamp(clock.now())
    policies: dict[ActionName, list[tuple[str, Policy]]] = defaultdict(list)
    for one in ApprovalPolicy.walk_history():
        with suppress(KeyError, TypeError):  # its audit names a policy that nobody can read
            policies[one.action].append((str(one.created_at), Policy.from_json(one.action, one.policy)))
    grace = timedelta(seconds=config.reference_cache_seconds()) + CLOCKS_DIFFER_MAX
    staff = list(walk_staff())
    staff_ids = frozenset(user.id for user in staff)
    return Supervision(dict(policies), staff_ids, grace, UniqueKey.second_admin_id(), as_of, _ranks(staff))


def _ranks(staff: list[User]) -> Ranks:
    """Return the ceilings as they were set, and the roles of staff by the audit: one query for each of them."""
    is_strict = config.approvals_required()
    ceilings = tuple((str(one.created_at), Authority(one.ceilings, is_strict)) for one in RoleCeilings.walk_history())
    roles = {user.id: _roles_of(user) for user in staff}
    return Ranks(ceilings, {user_id: changes for user_id, changes in roles.items() if changes})


def _roles_of(user: User) -> list[tuple[str, str]]:
    """Return the roles that a user has had, and since when. Nothing where the audit is behind the user."""
    changes: list[tuple[str, str]] = []
    role = status = ""
    for page in audit_pages.walk_item(user.own_key):
        for record in page:
            role, status = record.after.get("role", role), record.after.get("status", status)
            changes.append((record.at, role if status == "active" else DISABLED))
    now_as = user.role if user.status == "active" else DISABLED
    if not changes or changes[-1][1] != now_as:
        return []
    return [one for before, one in pairwise([("", ""), *changes]) if one[1] != before[1]]
