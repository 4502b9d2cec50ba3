"""The calendar of an account, and the secret links to it."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.orders.calendar_link_schemas import CalendarLinkView, CalendarQuery, write_forecast
from chalicelib.services.orders import calendar_links
from chalicelib.services.orders.calendar_links import Visit

HEADERS = {
    "Content-Type": "text/calendar; charset=utf-8",
    "Cache-Control": "private, max-age=3600",
    "Referrer-Policy": "no-referrer",
}


@describe(
    "Make a calendar link",
    status=201,
    answer=CalendarLinkView,
    problems=("not_found", "mfa_step_up_required", "contention", "outcome_unknown"),
    key="ignored",
)
def make_calendar_link(request: Request[None, None], account_id: str) -> CalendarLinkView:
    """Makes a secret link to the account's calendar, for a calendar program that cannot log in. Whoever knows the link
    sees what is scheduled. Your last link to this account stops working. You get a mail.
    """
    token = calendar_links.make(request.caller, account_id)
    return CalendarLinkView(url=f"/v1/accounts/{account_id}/calendar.ics?token={token}")


@describe("Revoke a calendar link", status=204, problems=("not_found", "contention", "outcome_unknown"), key="ignored")
def revoke_calendar_link(request: Request[None, None], account_id: str) -> None:
    """Your link to the account's calendar stops working at once."""
    calendar_links.revoke(request.caller, account_id)


@describe(
    "Get an account's calendar",
    query=CalendarQuery,
    media_types=("text/calendar",),
    problems=("not_found", "too_many_attempts", "contention", "outcome_unknown"),
)
def get_calendar(request: Request[None, CalendarQuery], account_id: str) -> Answer:
    """Returns the forecast of 92 days as iCalendar (RFC 5545), for the token of a link. An event has the amount and
    whether it comes in or goes out, and names nobody. The link works as long as its maker may see the account.
    """
    visit = Visit(request.caller, request.source_ip, request.query.token)
    return Answer(write_forecast(calendar_links.read(visit, account_id)), headers=HEADERS)
