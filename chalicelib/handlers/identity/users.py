"""Users: one's own profile, and the bank's staff."""

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.approvals.pending import with_pending
from chalicelib.handlers.customers.person_schemas import UserDetailView, UserView
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.identity.session_schemas import OwnLoginView, SessionView
from chalicelib.handlers.identity.user_schemas import CreateUser, EditProfile, EditUser, ProfileView, UnlockUser
from chalicelib.models.identity.user import User
from chalicelib.models.paging import Paging
from chalicelib.services.crypto import personal_fields
from chalicelib.services.identity import login_log, profile, sessions, unlocking, users
from chalicelib.services.identity.profile import Profile


def answer(user: User, replayed: bool = False) -> Answer:
    """Respond with a user and its version as ETag, to send back as If-Match."""
    return Answer(UserView.of(user, personal_fields.decrypt(user)), version=user.version, replayed=replayed)


def of_profile(found: Profile, caller: Caller) -> Answer:
    """Respond with a profile and the version of what its edits change as ETag: the customer, or for staff the user."""
    return Answer(ProfileView.of(found, caller), version=found.version)


@describe("Get your profile", answer=ProfileView, versioned="your profile")
def read_profile(request: Request[None, None]) -> Answer:
    """Returns the signed-in user and its customer."""
    return of_profile(profile.of(request.caller), request.caller)


@describe(
    "Edit your profile",
    body=EditProfile,
    answer=ProfileView,
    problems=("contention", "outcome_unknown"),
    versioned="your profile",
)
def edit_profile(request: Request[EditProfile, None]) -> Answer:
    """Changes your names, and as a customer your phone and date of birth, by the rules of `PATCH
    /v1/customers/{id}`.
    """
    edited = profile.edit(request.caller, request.body.model_dump(exclude_unset=True), request.if_match)
    return of_profile(edited, request.caller)


@describe("List your logins and logouts", query=PageQuery, answer=Listing[OwnLoginView], problems=("invalid_cursor",))
def list_own_logins(request: Request[None, PageQuery]) -> Listing[OwnLoginView]:
    """Lists the last 90 days, newest first, with failed attempts at your email address. Change your password if you
    do not recognise one.
    """
    page = login_log.own(request.caller, Paging(request.query.limit, request.query.cursor))
    return Listing[OwnLoginView].page([OwnLoginView.of(entry) for entry in page.items], page.next_cursor)


@describe("List your sessions", query=PageQuery, answer=Listing[SessionView], problems=("invalid_cursor",))
def list_own_sessions(request: Request[None, PageQuery]) -> Listing[SessionView]:
    """Lists your active sessions, newest first. A page may be short or empty while `has_more` is true."""
    page = sessions.own(request.caller, Paging(request.query.limit, request.query.cursor))
    return Listing[SessionView].page([SessionView.of(one, request.caller) for one in page.items], page.next_cursor)


@describe("End one of your sessions", status=204, problems=("not_found", "contention", "outcome_unknown"))
def end_own_session(request: Request[None, None], session_id: str) -> None:
    """Logs out another device. The session's tokens change nothing from then on, and read nothing after 60 seconds."""
    sessions.end(request.caller, session_id, request.origin)


@describe(
    "Create a staff user or auditor",
    status=201,
    body=CreateUser,
    answer=UserView,
    problems=("not_found", "conflict", "mfa_step_up_required", "contention", "outcome_unknown"),
    action="user.create",
)
def create_user(request: Request[CreateUser, None]) -> Answer:
    """Without `password` the user gets a code by mail, valid for 30 minutes, to set it with `POST
    /v1/auth/password/reset`. With `EMAIL_VERIFICATION=on` it must be left out, so that nobody knows the password of
    somebody else. Each email address can be used once: a known one returns `conflict`.
    """
    new = users.NewUser(**request.body.model_dump())
    return answer(*users.create(request.caller, request.idempotency_key, new))


@describe("List staff and auditors", query=PageQuery, answer=Listing[UserView], problems=("invalid_cursor",))
def list_users(request: Request[None, PageQuery]) -> Listing[UserView]:
    """Lists staff and auditors, newest first. Customers are not listed here."""
    page = users.page(Paging(request.query.limit, request.query.cursor))
    people = zip(page.items, personal_fields.reveal(page.items), strict=True)
    return Listing[UserView].page([UserView.of(user, person) for user, person in people], page.next_cursor)


@describe("Get a user", answer=UserDetailView, problems=("not_found",), versioned="the user")
def get_user(request: Request[None, None], user_id: str) -> Answer:
    """Returns a member of staff, an auditor or a customer's user."""
    user = users.get(user_id)
    shown = UserView.of(user, personal_fields.decrypt(user))
    return Answer(with_pending(shown, UserDetailView, request.caller, user_id), version=user.version)


@describe(
    "Edit a user",
    body=EditUser,
    answer=UserView,
    problems=("conflict_of_interest", "not_found", "conflict", "mfa_step_up_required", "contention", "outcome_unknown"),
    action="user.role",
    versioned="the user",
)
def edit_user(request: Request[EditUser, None], user_id: str) -> Answer:
    """Changes role or status, or links a member of staff to the customer that the person is. A link cannot be changed,
    and each customer has one at most. Ends the user's sessions. You cannot edit your own user, and a customer cannot
    become staff.
    """
    edits = users.UserEdits(**request.body.model_dump())
    return answer(users.edit(request.caller, user_id, edits, request.if_match))


@describe(
    "Unlock a user",
    status=204,
    body=UnlockUser,
    problems=(
        "conflict_of_interest",
        "mfa_step_up_required",
        "not_found",
        "conflict",
        "too_many_attempts",
        "contention",
        "outcome_unknown",
    ),
)
def unlock_user(request: Request[UnlockUser, None], user_id: str) -> None:
    """Forgets the failed logins at the user's email address, so that it can log in at once. Managers unlock customers
    (`user_id` of the customer); admins unlock everybody but themselves. At most three times a day per user.
    """
    unlocking.unlock(request.caller, request.idempotency_key, user_id, request.body.reason)
