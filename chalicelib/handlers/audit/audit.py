"""The audit: what happened, who logged in, and whether everything that was written still holds."""

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


@describe("What happened", query=AuditQuery, answer=Listing[AuditRecordView], problems=("not_found", "invalid_cursor"))
def list_audit_records(request: Request[None, AuditQuery]) -> Listing[AuditRecordView]:
    """To an entity, by an actor, or both, newest first. With both a page may be short, even empty, while `has_more`."""
    query = request.query
    asked = audit_log.AuditQuery(query.entity, query.actor, query.from_, query.to)
    page = audit_log.page(asked, Paging(query.limit, query.cursor))
    return Listing[AuditRecordView].page([AuditRecordView.of(record) for record in page.items], page.next_cursor)


@describe("Who logged in", query=LoginsQuery, answer=Listing[LoginView], problems=("not_found", "invalid_cursor"))
def list_logins(request: Request[None, LoginsQuery]) -> Listing[LoginView]:
    """Or tried to, newest first. A page ends with its month, so it may be short, even empty, while `has_more`."""
    query = request.query
    page = login_log_query.page(
        login_log_query.LoginQuery(query.user_id, query.from_, query.to), Paging(query.limit, query.cursor)
    )
    return Listing[LoginView].page([LoginView.of(attempt) for attempt in page.items], page.next_cursor)


@describe("Prove the bank", query=VerifyQuery, answer=VerdictView, problems=("not_found", "unavailable"))
def verify_bank(request: Request[None, VerifyQuery]) -> VerdictView:
    """Or one account with the transactions that moved it: everything is computed again, and `broken` names the first
    link that does not hold. A bank too large for one request is verified by account, or by the command."""
    account_id = request.query.account_id
    verdict = verify.verify_account(account_id) if account_id else verify.verify_bank_in_a_request()
    return VerdictView.of(verdict)


@describe(
    "Edits of an account", query=PageQuery, answer=Listing[AccountChangeView], problems=("not_found", "invalid_cursor")
)
def list_account_changes(request: Request[None, PageQuery], account_id: str) -> Listing[AccountChangeView]:
    """Opening, edits, freezing, closing, joint holders and the PIN: who, when, before and after. It may lag by a
    moment."""
    paging = Paging(request.query.limit, request.query.cursor)
    account, page = audit_log.account_changes(request.caller, account_id, paging)
    views = [AccountChangeView.of(change, account, request.caller) for change in page.items]
    return Listing[AccountChangeView].page(views, page.next_cursor)
