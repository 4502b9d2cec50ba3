"""The audit: records, log-ins, and verification."""

from chalicelib.handlers.audit.audit_schemas import (
    AccountChangeView,
    AuditQuery,
    AuditRecordView,
    LoginsQuery,
    LoginView,
    VerdictView,
    VerificationView,
    VerifyQuery,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.paging import Paging
from chalicelib.models.verification.verification import Verification
from chalicelib.services.audit import audit_log
from chalicelib.services.identity import login_log_query
from chalicelib.services.verification import verification_jobs
from chalicelib.services.verification.verify import Verdict

ACCEPTED = 202


@describe(
    "List audit records", query=AuditQuery, answer=Listing[AuditRecordView], problems=("not_found", "invalid_cursor")
)
def list_audit_records(request: Request[None, AuditQuery]) -> Listing[AuditRecordView]:
    """Lists changes to an entity, by an actor, or both, newest first. With both, a page may be short or empty while
    `has_more` is true. By an actor alone, a posting is listed as its transaction, without the accounts that it moved.
    """
    query = request.query
    asked = audit_log.AuditQuery(query.entity, query.actor, query.from_, query.to)
    page = audit_log.page(request.caller, asked, Paging(query.limit, query.cursor))
    return Listing[AuditRecordView].page([AuditRecordView.of(record) for record in page.items], page.next_cursor)


@describe("List logins", query=LoginsQuery, answer=Listing[LoginView], problems=("not_found", "invalid_cursor"))
def list_logins(request: Request[None, LoginsQuery]) -> Listing[LoginView]:
    """Lists successful and failed logins, newest first. A page ends with its month, so it may be short or empty
    while `has_more` is true.
    """
    query = request.query
    page = login_log_query.page(
        login_log_query.LoginQuery(query.user_id, query.from_, query.to), Paging(query.limit, query.cursor)
    )
    return Listing[LoginView].page([LoginView.of(attempt) for attempt in page.items], page.next_cursor)


@describe(
    "Verify the ledger",
    query=VerifyQuery,
    answer=VerdictView,
    problems=("not_found", "unavailable", "contention"),
    accepted=("The verification takes longer than a request: follow `Location`", VerificationView),
    limit="verifications",
    location="the verification",
)
def verify_bank(request: Request[None, VerifyQuery]) -> Answer | VerdictView:
    """Recomputes the whole bank, or one account with its transactions. `broken` names the first link that does not
    hold.

    If this takes longer than a request may, the response is 202 with a verification and its `Location`. At most one is
    running: another request for the same returns it, and a request for something else that takes as long is refused
    with 503.
    """
    found = verification_jobs.ask(request.caller, request.query.account_id)
    return VerdictView.of(found) if isinstance(found, Verdict) else _accept(found)


@describe("Get a verification", answer=VerificationView, problems=("not_found",))
def get_verification(request: Request[None, None], verification_id: str) -> VerificationView:
    """Returns the progress, then the report. A failed verification is one that has stopped: request a new one."""
    return VerificationView.of_item(verification_jobs.get(verification_id))


def _accept(verification: Verification) -> Answer:
    """Respond with the address of a verification, relative to the request's: the stage may or may not be part of it."""
    return Answer(VerificationView.of_item(verification), ACCEPTED, {"Location": f"verifications/{verification.id}"})


@describe(
    "List changes of an account",
    query=PageQuery,
    answer=Listing[AccountChangeView],
    problems=("not_found", "invalid_cursor"),
)
def list_account_changes(request: Request[None, PageQuery], account_id: str) -> Listing[AccountChangeView]:
    """Lists opening, edits, freezing, closing, joint holders and PIN changes: who, when, before and after. A change
    may appear after a short delay.
    """
    paging = Paging(request.query.limit, request.query.cursor)
    account, page = audit_log.account_changes(request.caller, account_id, paging)
    views = [AccountChangeView.of(change, account, request.caller) for change in page.items]
    return Listing[AccountChangeView].page(views, page.next_cursor)
