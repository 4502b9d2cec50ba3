"""Reads what needed approval when: the approval policies as they were set, and who is staff."""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

from chalicelib import clock, config
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.four_eyes import Supervision
from chalicelib.models.approvals.policy import ApprovalPolicy
from chalicelib.models.identity.user import walk_staff
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
    staff_ids = frozenset(user.id for user in walk_staff())
    return Supervision(dict(policies), staff_ids, grace, UniqueKey.second_admin_id(), as_of)
