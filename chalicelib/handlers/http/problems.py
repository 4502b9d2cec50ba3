"""The only place where an error gets its HTTP status and problem document."""

import json
from datetime import date, timedelta

from chalice.app import Response

from chalicelib import config
from chalicelib.domain import errors, money
from chalicelib.domain.errors import BankError, FieldError, Figures, Refusal, shorten
from chalicelib.domain.time import start_of, timestamp
from chalicelib.domain.traceparent import TraceParent
from chalicelib.handlers.http import errors as http_errors
from chalicelib.observability import count, logger

STATUS = {
    "malformed_json": 400,
    "invalid_cursor": 400,
    "idempotency_key_missing": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "conflict_of_interest": 403,
    "mfa_step_up_required": 403,
    "mfa_enrolment_required": 403,
    "approval_own_request": 403,
    "action_blocked": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "idempotency_key_reused": 409,
    "approval_stale": 409,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "validation_failed": 422,
    "insufficient_funds": 422,
    "account_frozen": 422,
    "account_closed": 422,
    "account_not_empty": 422,
    "currency_mismatch": 422,
    "same_account": 422,
    "pin_required": 422,
    "pin_incorrect": 422,
    "pin_locked": 422,
    "mfa_incorrect": 422,
    "mfa_locked": 422,
    "limit_exceeded": 422,
    "risk_declined": 422,
    "batch_refused": 422,
    "no_approver": 422,
    "clearing_unavailable": 422,
    "duplicate_file": 409,
    "payee_mismatch": 422,
    "verification_expired": 422,
    "too_many_attempts": 429,
    "internal": 500,
    "clock_skew": 503,
    "contention": 503,
    "unavailable": 503,
    "outcome_unknown": 503,
}

ERRORS: dict[str, type[BankError]] = {**errors.BY_CODE, **http_errors.BY_CODE}
"""Every error that a client can get, by code; `internal` is none of them, but a bug."""

TYPE = "https://florin.example/problems/"
ERRORS_MAX = 20
"""Wrong fields that a problem names; a body of 64 KB can have thousands."""
TEXT_LENGTH_MAX = 200
"""Characters of a field's name or message, which may quote what the client has sent."""
DETAIL_LENGTH_MAX = 1000
REPLAYED = {"Idempotent-Replayed": "true"}
"""Marks the answer of an earlier request under the same Idempotency-Key."""
Headers = dict[str, str | list[str]]
HEADERS = {"Content-Type": "application/problem+json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def problem(error: BankError, request_id: str) -> Response:
    """Return the problem document of an error (RFC 9457)."""
    headers: Headers = dict(HEADERS)
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    if error.code == "unauthorized":
        headers["WWW-Authenticate"] = "Bearer"
    body = _body(error.code, error.title, error.detail, request_id, error.errors)
    if error.retry_after_seconds is not None:
        body["retry_after"] = error.retry_after_seconds
    if isinstance(error, Refusal):
        body["transaction_id"] = error.transaction_id
        body |= _figures(error.figures)
    if error.replayed:
        headers.update(REPLAYED)
    return Response(_json(body), headers, STATUS[error.code])


def add_trace(response: Response, raw_header: str | None) -> Response:
    """Add the client's `traceparent` to a problem; leave any other response as it is."""
    trace = TraceParent.parse(raw_header)
    if trace is not None and response.headers.get("Content-Type") == HEADERS["Content-Type"]:
        response.body = _json(json.loads(response.body) | {"traceparent": str(trace)})
    return response


def internal(error: Exception, request_id: str) -> Response:
    """Return the problem of a bug: the client gets the request id, the log everything but the request's content."""
    logger.error("internal error", exc_info=error)
    count("InternalErrors")
    detail = f"Something is broken on our side. Tell us the request id {request_id}."
    return Response(_json(_body("internal", "Internal error", detail, request_id, ())), dict(HEADERS), 500)


def _json(body: dict[str, object]) -> str:
    """Return a problem as JSON in UTF-8: escaped, a quoted name could be three times as long as it was sent.

    A lone surrogate has no bytes in UTF-8; it is shown as a question mark.
    """
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace").decode()


def _figures(figures: Figures) -> dict[str, object]:
    """Return the figures of a refusal as clients read them, and when a day's limit begins again."""
    if not figures:
        return {}
    currency = str(figures["currency"])
    amounts = {name: money.text(int(figures[name]), currency) for name in ("available", "limit") if name in figures}
    shown: dict[str, object] = {"currency": currency, **amounts}
    if "day" in figures:
        next_day = date.fromisoformat(str(figures["day"])) + timedelta(days=1)
        shown["resets_at"] = timestamp(start_of(next_day, config.timezone()))
    return shown


def _body(code: str, title: str, detail: str, request_id: str, errors: tuple[FieldError, ...]) -> dict[str, object]:
    if len(errors) > ERRORS_MAX:
        left_out = f" {len(errors)} fields are wrong; `errors` names the first {ERRORS_MAX}."
        detail = shorten(detail, DETAIL_LENGTH_MAX - len(left_out)) + left_out
    return {
        "type": TYPE + code,
        "title": title,
        "status": STATUS[code],
        "detail": shorten(detail, DETAIL_LENGTH_MAX),
        "code": code,
        "request_id": request_id,
        "errors": [
            {"field": shorten(error.field, TEXT_LENGTH_MAX), "message": shorten(error.message, TEXT_LENGTH_MAX)}
            for error in errors[:ERRORS_MAX]
        ],
    }
