"""Staff and auditors: made, listed and changed by admins.

Whoever does so must be an admin when the change commits: else two admins could disable each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib import aws, clock, config
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import Conflict, Forbidden, NoApprover, NotFound, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller, Role
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.branches import branch
from chalicelib.models.identity.user import Status, User, staff_page, walk_staff
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import idempotency, payment_rights, step_up
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.crypto import bank_keys, data_keys, personal_fields
from chalicelib.services.customers import customers
from chalicelib.services.identity import new_passwords, sessions
from chalicelib.services.identity.email_change import EMAIL_TAKEN
from chalicelib.services.mail import order

SESSIONS_END = "role, status or customer changed"


@dataclass(frozen=True)
class NewUser:
    """`password` is empty for a user who sets it with a code by mail."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    role: Role
    first_name: str | None = field(repr=False)
    last_name: str = field(repr=False)
    branch_id: str = HEAD_OFFICE_ID


@dataclass(frozen=True)
class UserEdits:
    """The fields that change; None leaves one as it is. `customer_id` is the customer that a member of staff is."""

    role: Role | None = None
    status: Status | None = None
    customer_id: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == UserEdits()


def create(caller: Caller, idempotency_key: IdempotencyKey | None, new: NewUser) -> tuple[User, bool]:
    """Create a user, and return whether an earlier request under the same key had created it.

    Giving a role needs a step-up, as changing one does. Where addresses must be verified, nobody chooses a password for
    somebody else: its maker could sign in as the new user, and be the second person of its own requests.
    """
    step_up.require(caller)
    if not ids.is_id("brn", new.branch_id):
        raise errors.unknown("branch", new.branch_id)
    if replayed_id := idempotency.find_earlier(idempotency_key):
        return get(replayed_id), True
    if new.password and config.email_verification_required():
        raise ValidationFailed.of("password", "must be left out: the user sets it with a code from a mail")
    now = clock.now()
    user_id = ids.new_id("usr", now)
    data_key = data_keys.new(user_id, caller, timestamp(now))
    user = encrypt_user(user_id, new)
    approved = _require_approval(caller, user, idempotency_key, data_key)
    user_id, replayed = _commit_creation(caller, idempotency_key, user, [data_key, *approved])
    if not replayed:
        return user, False
    with aws.unknown_outcome_on_error():
        return get(user_id), True


def _require_approval(
    caller: Caller, user: User, idempotency_key: IdempotencyKey | None, data_key: Action
) -> tuple[Extra, ...]:
    """Ask whether one person may create the user. The first admin creates the second alone, once.

    Otherwise a bank that needs two people for it could never get its second.
    """
    try:
        return gate.require(caller, _creation(user), idempotency_key, stored_with_it=[data_key])
    except NoApprover as nobody:
        if user.role != "admin" or any(one.role == "admin" and one.id != caller.user_id for one in walk_staff()):
            raise
        guard = UniqueKey.of_second_admin(user.id).stamp(caller, timestamp(clock.now()))
        return (Extra(guard.put_if_absent(), nobody),)


def execute_creation(maker: Caller, approval: Approval) -> None:
    """Carry out the creation of a user that was approved; its data key has been stored with the request."""
    user = User.new(str(approval.resource_id), **approval.payload, **approval.sealed)
    _commit_creation(maker, None, user, [*gate.require(maker, _creation(user))])


def _creation(user: User) -> HeldRequest:
    """Return the request to create a user. Its personal fields and its password's hash are sealed."""
    sealed = {name: getattr(user, name) for name in ("email_hmac", "password_hash", "email", "first_name", "last_name")}
    return HeldRequest(
        "user.create",
        f"Create a user with the role {user.role}.",
        resource_id=user.id,
        payload={"role": user.role, "branch_id": user.branch_id},
        sealed=sealed,
    )


def _commit_creation(
    caller: Caller, idempotency_key: IdempotencyKey | None, user: User, also: Sequence[Action | Extra]
) -> tuple[str, bool]:
    at = timestamp(clock.now())
    user.stamp(caller, at).listed()
    guard = UniqueKey.take_email(str(user.email_hmac), user.id, user.id, caller, at)
    actions: list[Action | Extra] = [
        Extra(User.still_may(caller.user_id, "users.manage"), no_admin()),
        Extra(guard, Conflict(EMAIL_TAKEN)),
        Extra(branch.exists(str(user.branch_id)), errors.unknown("branch", str(user.branch_id))),
        user.put_if_absent(),
        *also,
    ]
    user_id, replayed = idempotency.commit_once(caller, idempotency_key, user.id, actions, at)
    if not (user.password_hash or replayed):
        order.tell("invitation", user.id, caller)
    return user_id, replayed


def encrypt_user(user_id: str, new: NewUser) -> User:
    """Return a member of staff, or an auditor, encrypted under a cached data key."""
    known = {"email": new.email, "first_name": new.first_name, "last_name": new.last_name}
    return User.new(
        user_id,
        bank_keys.email_hmac(new.email),
        new_passwords.hash_new("password", new.password, known.values()) if new.password else None,
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


def edit(caller: Caller, user_id: str, edits: UserEdits, matching: IfMatch = ANY_VERSION) -> User:
    """Change a user's role or status, or link staff to a customer; end the user's sessions, which know the old ones.

    The user's pending payments are voided if it may not pay any more. If nothing changes, all this is done
    nevertheless, so that a repeated request completes an interrupted one.
    """
    if user_id == caller.user_id:
        raise Conflict("You cannot change your own role, status or customer. Ask another admin.")
    step_up.require(caller)
    user = get(user_id)
    conflict_of_interest.require_other_customer(caller, user.customer_id)
    matching.require(user.version)
    if edits.role and (edits.role == "customer") != (user.role == "customer"):
        raise Conflict("A customer cannot become staff or vice versa. Create a separate user for the other role.")
    if _would_change(user, edits):
        _change(caller, user, edits)
    if not edits.is_empty:
        with aws.unknown_outcome_on_error():
            sessions.end_all(caller, user_id, SESSIONS_END)
            payment_rights.void_ended_of_user(caller, user)
    return user


def _would_change(user: User, edits: UserEdits) -> bool:
    return (
        edits.role not in (None, user.role)
        or edits.status not in (None, user.status)
        or edits.customer_id not in (None, user.linked_customer_id)
    )


def _change(caller: Caller, user: User, edits: UserEdits) -> None:
    at = timestamp(clock.now())
    role, status, customer_id = edits.role or user.role, edits.status or user.status, user.linked_customer_id
    changes = [User.role.set(role), User.status.set(status), User.rights_changed_at.set(at)]
    conditions = [Extra(User.still_may(caller.user_id, "users.manage"), no_admin())]
    is_link = edits.customer_id not in (None, customer_id)
    if status == "active" and user.customer_id:
        conditions.append(customers.unless_erased(user.customer_id))
    if edits.customer_id and is_link:
        customer_id = edits.customer_id
        conditions += _link_conditions(caller, user, customer_id, at)
        changes.append(User.linked_customer_id.set(customer_id))
    # To disable somebody never waits. A link does: made with the wrong user, it lets the right one go free for good.
    if role != user.role or (status == "active" and user.status != "active") or is_link or caller.approval_id:
        conditions += gate.require(caller, _edit_request(user, role, status, edits.customer_id))
    action = user.update_if(User.version == user.version, changes, caller, at)
    changed_meanwhile = Conflict("This user has just been changed. Read it again, then retry.")
    # Before as well as after: were it cut short in between, no session would go on with the old rights.
    sessions.end_all(caller, user.id, SESSIONS_END)
    transact.commit([*conditions, Extra(action, changed_meanwhile)], caller.request_id)
    user.role, user.status, user.linked_customer_id = role, status, customer_id
    user.updated_at, user.version = at, user.version + 1


def _link_conditions(caller: Caller, user: User, customer_id: str, at: str) -> list[Extra]:
    """Return what must hold when a user is linked to a customer. A link is for good, and one customer has one.

    Raises Conflict for a customer's user and for one that is linked, NotFound for an unknown customer.
    """
    if user.role == "customer":
        raise Conflict("Only staff and auditors are linked to a customer. This user is a customer's.")
    if user.linked_customer_id:
        raise Conflict(f"This user is linked to {user.linked_customer_id}. A link cannot be changed.")
    customers.find(caller, customer_id)
    guard = UniqueKey.of_staff_customer(customer_id, user.id).stamp(caller, at).put_if_absent()
    taken = Conflict("Another user of the bank is linked to this customer.")
    return [Extra(guard, taken), customers.unless_erased(customer_id)]


def execute_edit(maker: Caller, approval: Approval) -> None:
    """Carry out a change of a user's role or status that was approved."""
    edit(maker, str(approval.resource_id), UserEdits(**approval.payload))


def _edit_request(user: User, role: Role, status: Status, customer_id: str | None) -> HeldRequest:
    """Return the request to change a user as it is since its last change: an approval to enable it again is for the
    time that it was disabled then.
    """
    linking = f" Link it to customer {customer_id}." if customer_id else ""
    return HeldRequest(
        "user.role",
        f"Make user {user.id}, now {user.role} and {user.status}, {role} and {status}.{linking}",
        resource_id=user.id,
        version=f"{user.role} {user.status} {user.rights_changed_at or 'never'}",
        payload={"role": role, "status": status} | ({"customer_id": customer_id} if customer_id else {}),
        parties=[user.id, *([user.customer_id] if user.customer_id else [])],
    )


def no_admin() -> Forbidden:
    """Return the error for a caller who was an admin when the request began."""
    return Forbidden("You are no longer an admin.")
