"""Staff and auditors: made, listed and changed by admins.

Whoever does so must be an admin at that very moment: API Gateway would let in for a minute more an admin who has just
been disabled, and two admins could disable each other.
"""

from dataclasses import dataclass, field

from chalicelib import aws, clock
from chalicelib.domain import errors, ids
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import Conflict, Forbidden, NotFound
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller, Role
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.branches import branch
from chalicelib.models.identity.user import Status, User, staff_page
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import idempotency, payment_rights, step_up
from chalicelib.services.crypto import bank_keys, data_keys, personal_fields
from chalicelib.services.customers import customers
from chalicelib.services.identity import new_passwords, sessions
from chalicelib.services.identity.sign_up import EMAIL_TAKEN


@dataclass(frozen=True)
class NewUser:
    email: str = field(repr=False)
    password: str = field(repr=False)
    role: Role
    first_name: str | None = field(repr=False)
    last_name: str = field(repr=False)
    branch_id: str = HEAD_OFFICE_ID


def create(caller: Caller, idempotency_key: IdempotencyKey | None, new: NewUser) -> tuple[User, bool]:
    """Create a user, and return whether an earlier request under the same key had created it.

    Giving a role needs a step-up, as changing one does.
    """
    step_up.require(caller)
    if not ids.is_id("brn", new.branch_id):
        raise errors.unknown("branch", new.branch_id)
    now = clock.now()
    user_id, at = ids.new_id("usr", now), timestamp(now)
    data_key = data_keys.new(user_id, caller, at)
    user = sealed_user(user_id, new).stamp(caller, at).listed()
    guard = UniqueKey.take_email(str(user.email_hmac), user_id, user_id, caller, at)
    actions: list[Action | Extra] = [
        Extra(User.still_may(caller.user_id, "users.manage"), no_admin()),
        Extra(guard, Conflict(EMAIL_TAKEN)),
        Extra(branch.exists(new.branch_id), errors.unknown("branch", new.branch_id)),
        user.put_if_absent(),
        data_key,
    ]
    user_id, replayed = idempotency.commit_once(caller, idempotency_key, user.id, actions, user.created_at or "")
    if not replayed:
        return user, False
    with aws.unknown_outcome_on_error():
        return get(user_id), True


def sealed_user(user_id: str, new: NewUser) -> User:
    """Return a member of staff, or an auditor, encrypted under a cached data key."""
    known = {"email": new.email, "first_name": new.first_name, "last_name": new.last_name}
    return User.new(
        user_id,
        bank_keys.email_hmac(new.email),
        new_passwords.hash_new("password", new.password, known.values()),
        new.role,
        branch_id=new.branch_id,
        **personal_fields.encrypt(user_id, User.key(user_id), known),
    )


def page(paging: Paging) -> Page[User]:
    """List staff and auditors, newest first."""
    return staff_page(paging)


def get(user_id: str) -> User:
    """Read any user, also a customer's. Raises NotFound."""
    user = User.by_id(user_id) if ids.is_id("usr", user_id) else None
    if user is None:
        raise NotFound("There is no such user.")
    return user


def edit(
    caller: Caller, user_id: str, role: Role | None, status: Status | None, matching: IfMatch = ANY_VERSION
) -> User:
    """Change a user's role or status and end its sessions, which were started with the old ones.

    The user's pending payments are voided if it may not pay any more. If nothing changes, all this is done
    nevertheless, so that a repeated request completes an interrupted one.
    """
    if user_id == caller.user_id:
        raise Conflict("You cannot change your own role or status. Ask another admin.")
    step_up.require(caller)
    user = get(user_id)
    matching.require(user.version)
    if role and (role == "customer") != (user.role == "customer"):
        raise Conflict("A customer cannot become staff or vice versa. Create a separate user for the other role.")
    if (role or user.role, status or user.status) != (user.role, user.status):
        _change(caller, user, role or user.role, status or user.status)
    if role or status:
        with aws.unknown_outcome_on_error():
            sessions.end_all(caller, user_id, "role or status changed")
            payment_rights.void_ended_of_user(caller, user)
    return user


def _change(caller: Caller, user: User, role: Role, status: Status) -> None:
    at = timestamp(clock.now())
    changes = [User.role.set(role), User.status.set(status)]
    conditions = [Extra(User.still_may(caller.user_id, "users.manage"), no_admin())]
    if status == "active" and user.customer_id:
        conditions.append(customers.unless_erased(user.customer_id))
    action = user.update_if(User.version == user.version, changes, caller, at)
    changed_meanwhile = Conflict("This user has just been changed. Read it again, then retry.")
    transact.commit([*conditions, Extra(action, changed_meanwhile)], caller.request_id)
    user.role, user.status, user.updated_at, user.version = role, status, at, user.version + 1


def no_admin() -> Forbidden:
    """Return the error for a caller who was an admin when the request began."""
    return Forbidden("You are no longer an admin.")
