"""Authority: the most that each role of staff does alone."""

from chalicelib.handlers.approvals.authority_schemas import AuthorityView, PutAuthority
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.paging import Paging
from chalicelib.services.approvals import authority, in_force
from chalicelib.services.approvals.in_force import AuthorityInForce


def _answer(found: AuthorityInForce) -> Answer:
    return Answer(AuthorityView.of(found), version=found.number)


@describe("Get the ceilings of roles", answer=AuthorityView, versioned="the ceilings")
def get_authority(request: Request[None, None]) -> Answer:
    """Returns the most that each role does alone. A larger amount waits for somebody whose ceiling covers it.

    In a day a member of staff moves ten times as much alone, of all customers together.
    """
    return _answer(in_force.latest_authority())


@describe(
    "Set the ceilings of roles",
    body=PutAuthority,
    answer=AuthorityView,
    problems=("conflict", "mfa_step_up_required", "clock_skew", "contention"),
    action="authority",
    versioned="the ceilings",
)
def put_authority(request: Request[PutAuthority, None]) -> Answer:
    """Replaces all ceilings. The history keeps the earlier ones. Requests that wait already are not affected."""
    return _answer(authority.put(request.caller, request.body.minor(), request.if_match))


@describe("List the history of ceilings", query=PageQuery, answer=Listing[AuthorityView], problems=("invalid_cursor",))
def list_authority_history(request: Request[None, PageQuery]) -> Listing[AuthorityView]:
    """Lists the ceilings as they were set, who set them and when, latest first."""
    page = authority.history(Paging(request.query.limit, request.query.cursor))
    return Listing[AuthorityView].page([AuthorityView.of(one) for one in page.items], page.next_cursor)
