"""Users: one's own profile, and the bank's staff."""

from typing import ClassVar

from pydantic import Field

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.permissions import Caller, Role
from chalicelib.handlers.customers.customer_schemas import CustomerView
from chalicelib.handlers.customers.person_schemas import (
    BirthDate,
    Email,
    NewPassword,
    PersonName,
    Phone,
    StaffRole,
    UserView,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Id, Listing, PageQuery, Schema, View
from chalicelib.handlers.identity.session_schemas import OwnLoginView, SessionView
from chalicelib.models.identity.user import Status, User
from chalicelib.models.paging import Paging
from chalicelib.services.crypto import personal_fields
from chalicelib.services.identity import login_log, profile, sessions, users
from chalicelib.services.identity.profile import Profile


class ProfileView(View):
    """`customer` is there for customers; the names of staff are the user's own."""

    user_id: str
    email: str | None
    role: Role
    status: Status
    first_name: str | None
    last_name: str | None
    branch_id: str | None
    customer: CustomerView | None

    @classmethod
    def of(cls, found: Profile, caller: Caller) -> "ProfileView":
        user, customer = found.user, found.customer
        named = customer.personal if customer else found.signed_in
        return cls(
            user_id=user.id,
            email=found.signed_in["email"],
            role=user.role,
            status=user.status,
            first_name=named["first_name"],
            last_name=named["last_name"],
            branch_id=user.branch_id,
            customer=CustomerView.of(customer, caller) if customer else None,
        )


class EditProfile(Schema):
    """What is left out stays; null takes away what need not be known."""

    first_name: PersonName = Field(default_factory=str, examples=["Ada"])
    last_name: PersonName = Field(default_factory=str, examples=["King"])
    middle_name: PersonName | None = None
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None


class CreateUser(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"email", "first_name", "last_name"})

    email: Email
    password: NewPassword
    role: StaffRole
    first_name: PersonName = Field(examples=["Grace"])
    last_name: PersonName = Field(examples=["Hopper"])
    branch_id: Id = Field(default=HEAD_OFFICE_ID, description="The head office unless told otherwise")


class EditUser(Schema):
    role: Role | None = None
    status: Status | None = None


def answer(user: User, replayed: bool = False) -> Answer:
    """A user with its version as ETag, to send back as If-Match."""
    return Answer(UserView.of(user, personal_fields.decrypt(user)), version=user.version, replayed=replayed)


@describe("Who am I?", answer=ProfileView)
def read_profile(request: Request[None, None]) -> ProfileView:
    """The signed-in user and its customer."""
    return ProfileView.of(profile.of(request.caller), request.caller)


@describe("Correct one's own data", body=EditProfile, answer=ProfileView, problems=("contention", "outcome_unknown"))
def edit_profile(request: Request[EditProfile, None]) -> ProfileView:
    """Names, and for customers phone and date of birth; as `PATCH /v1/customers/{id}` does."""
    edited = profile.edit(request.caller, request.body.model_dump(exclude_unset=True))
    return ProfileView.of(edited, request.caller)


@describe("One's own log-ins and log-outs", query=PageQuery, answer=Listing[OwnLoginView], problems=("invalid_cursor",))
def list_own_logins(request: Request[None, PageQuery]) -> Listing[OwnLoginView]:
    """Of the last 90 days, newest first, failed attempts at one's address too: what one did not do oneself is worth a
    new password."""
    page = login_log.own(request.caller, Paging(request.query.limit, request.query.cursor))
    return Listing[OwnLoginView].page([OwnLoginView.of(entry) for entry in page.items], page.next_cursor)


@describe("One's own sessions", query=PageQuery, answer=Listing[SessionView], problems=("invalid_cursor",))
def list_own_sessions(request: Request[None, PageQuery]) -> Listing[SessionView]:
    """Those that run, newest first. A page may be short, even empty, while `has_more`."""
    page = sessions.own(request.caller, Paging(request.query.limit, request.query.cursor))
    return Listing[SessionView].page([SessionView.of(one, request.caller) for one in page.items], page.next_cursor)


@describe("End one of one's own sessions", status=204, problems=("not_found", "contention", "outcome_unknown"))
def end_own_session(request: Request[None, None], session_id: str) -> None:
    """Where one forgot to log out, say. The API refuses its tokens within 60 seconds."""
    sessions.end(request.caller, session_id, request.origin)


@describe(
    "Make a member of staff or an auditor",
    status=201,
    body=CreateUser,
    answer=UserView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def create_user(request: Request[CreateUser, None]) -> Answer:
    """An e-mail address serves once: a known one is a `conflict`."""
    new = users.NewUser(**request.body.model_dump())
    return answer(*users.create(request.caller, request.idempotency_key, new))


@describe("Staff and auditors, newest first", query=PageQuery, answer=Listing[UserView], problems=("invalid_cursor",))
def list_users(request: Request[None, PageQuery]) -> Listing[UserView]:
    """Customers are not listed here."""
    page = users.page(Paging(request.query.limit, request.query.cursor))
    people = zip(page.items, personal_fields.reveal(page.items), strict=True)
    return Listing[UserView].page([UserView.of(user, person) for user, person in people], page.next_cursor)


@describe("One user", answer=UserView, problems=("not_found",))
def get_user(request: Request[None, None], user_id: str) -> Answer:
    """Staff, auditors and customers alike."""
    return answer(users.get(user_id))


@describe(
    "Change a user's role or status",
    body=EditUser,
    answer=UserView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def edit_user(request: Request[EditUser, None], user_id: str) -> Answer:
    """The user's sessions end. Nobody changes their own; customers stay customers. Honours If-Match with the ETag of
    the user as read."""
    body = request.body
    return answer(users.edit(request.caller, user_id, body.role, body.status, request.if_match))
