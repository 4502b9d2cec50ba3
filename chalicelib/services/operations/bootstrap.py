"""Creates what a new stage needs before anyone can sign in. The deploy tool runs this, never the API."""

import uuid
from contextlib import suppress

from chalicelib import clock, config
from chalicelib.domain import ids, permissions
from chalicelib.domain.approvals.action import ACTION_NAMES
from chalicelib.domain.approvals.policy import standard
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.authority import RoleCeilings, replace_ceilings
from chalicelib.models.approvals.policy import ApprovalPolicy, replace_policy
from chalicelib.models.branches.branch import Branch
from chalicelib.models.identity.user import User
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.crypto import data_keys
from chalicelib.services.identity import users
from chalicelib.services.identity.users import NewUser


def ensure_head_office_and_admin(email: str, password: str) -> None:
    """Make whichever is absent; what is there stays as it is, the password too.

    Raises Conflict when the address belongs to somebody who is no admin.
    """
    caller = permissions.system(request_id=str(uuid.uuid4()))
    _ensure_head_office(caller)
    _ensure_strangers_key(caller)
    _ensure_admin(caller, email, password)
    _ensure_policies(caller)


def head_office(caller: Caller, at: str) -> Branch:
    """Return the branch that every bank has; `at` is a timestamp."""
    office = Branch.new(HEAD_OFFICE_ID, at, name="Head office", code="HEAD", city="New York", country="US")
    return office.stamp(caller, at)


def _ensure_head_office(caller: Caller) -> None:
    at = timestamp(clock.now())
    office = head_office(caller, at)
    guard = UniqueKey.of_branch_code(office.code, office.id).stamp(caller, at)
    for item in (office, guard):  # one by one, for a bank may have an office from before there were guards of codes
        with suppress(transact.Cancelled):
            transact.commit([item.put_if_absent()], caller.request_id)


def _ensure_policies(caller: Caller) -> None:
    """Record the standard policies and ceilings where a second person is needed, so that verification knows them and
    since when.
    """
    if not config.approvals_required():
        return
    recorded = {one.action for one in ApprovalPolicy.all_current()}
    for action in (one for one in ACTION_NAMES if one not in recorded):
        policy = standard(action, is_on=True).to_json()
        with suppress(transact.Cancelled):  # somebody has set one in this moment
            transact.commit(replace_policy(None, action, policy, caller, timestamp(clock.now())), caller.request_id)
    if RoleCeilings.current() is None:
        with suppress(transact.Cancelled):
            transact.commit(replace_ceilings(None, {}, caller, timestamp(clock.now())), caller.request_id)


def _ensure_strangers_key(caller: Caller) -> None:
    """Create the key under which log-ins at unknown addresses are encrypted, if it is missing."""
    data_key = data_keys.new(data_keys.UNKNOWN_EMAILS, caller, timestamp(clock.now()))
    try:
        transact.commit([data_key], caller.request_id)
    except transact.Cancelled:
        data_keys.cache.drop(data_keys.UNKNOWN_EMAILS)


def _ensure_admin(caller: Caller, email: str, password: str) -> None:
    now = clock.now()
    user_id, at = ids.new_id("usr", now), timestamp(now)
    data_key = data_keys.new(user_id, caller, at)
    admin = users.encrypt_user(user_id, NewUser(email, password, "admin", "First", "Admin"))
    admin.stamp(caller, at).listed()
    guard = UniqueKey.take_email(str(admin.email_hmac), user_id, user_id, caller, at)
    try:
        transact.commit([guard, admin.put_if_absent(), data_key], caller.request_id)
    except transact.Cancelled as cancelled:
        _require_admin(cancelled)


def _require_admin(cancelled: transact.Cancelled) -> None:
    guard = next(filter(None, (reason.found(UniqueKey) for reason in cancelled.reasons)), None)
    owner = User.by_id(guard.owner_id) if guard and guard.owner_id else None
    if owner is None or owner.role != "admin":
        raise Conflict("The admin's e-mail address belongs to another user. Choose another one.") from cancelled
