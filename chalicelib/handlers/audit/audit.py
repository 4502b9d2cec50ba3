"""The audit: records, log-ins, and verification."""

from chalicelib.handlers.audit.audit_schemas import (
    AccountChangeView,
    AuditQuery,
    AuditRecordView,
    LoginsQuery,
    LoginView,
    VerdictView,
    VerifyQuery,
)
from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.paging import Paging
from chalicelib.services.audit import audit_log
from chalicelib.services.identity import login_log_query
from chalicelib.services.verification import verify


@describe(
    "List audit records", query=AuditQuery, answer=Listing[AuditRecordView], problems=("not_found", "invalid_cursor")
)
def list_audit_records(request: Request[None, AuditQuery]) -> Listing[AuditRecordView]:
    """Lists changes to an entity, by an actor, or both, newest first. With both, a page may be short or empty while
    `has_more` is true.
    """
    query = request.query
    asked = audit_log.AuditQuery(query.entity, query.actor, query.from_, query.to)
    page = audit_log.page(asked, Paging(query.limit, query.cursor))
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


@describe("Verify the ledger", query=VerifyQuery, answer=VerdictView, problems=("not_found", "unavailable"))
def verify_bank(request: Request[None, VerifyQuery]) -> VerdictView:
    """Recomputes the whole bank, or one account with its transactions. `broken` names the first link that does not
    hold. If the bank is too large for one request, verify by account, or run `make verify`.
    """
    account_id = request.query.account_id
    verdict = verify.verify_account(account_id) if account_id else verify.verify_bank_in_a_request()
    return VerdictView.of(verdict)


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
