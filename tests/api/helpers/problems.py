"""What a problem must look like, by the contract and not by the code."""

from tests.api.helpers.bank import Reply

STATUS = {
    "validation_failed": 422,
    "malformed_json": 400,
    "invalid_cursor": 400,
    "idempotency_key_missing": 400,
    "idempotency_key_reused": 409,
    "unauthorized": 401,
    "forbidden": 403,
    "mfa_step_up_required": 403,
    "mfa_enrolment_required": 403,
    "approval_own_request": 403,
    "action_blocked": 403,
    "not_found": 404,
    "conflict": 409,
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
    "no_approver": 422,
    "clearing_unavailable": 422,
    "duplicate_file": 409,
    "payee_mismatch": 422,
    "verification_expired": 422,
    "too_many_attempts": 429,
    "method_not_allowed": 405,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
}
"""Those that a client can bring about; a 500 is a bug, and a 503 has no business in these tests."""

MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "errors"}

EXTENSIONS = {"transaction_id", "retry_after", "currency", "available", "limit", "resets_at"}


def flaw(reply: Reply) -> str | None:
    """What is wrong with a refusal, if anything."""
    if reply.status not in STATUS.values():
        return "no refusal that the contract knows"
    if reply.headers.get("Content-Type") != "application/problem+json":
        return "another media type"
    problem = reply.json
    if set(problem) - EXTENSIONS != MEMBERS:
        return "other members"
    if STATUS.get(problem["code"]) != reply.status or problem["status"] != reply.status:
        return "code and status do not belong together"
    if not problem["type"].endswith(problem["code"]) or not problem["request_id"] or not problem["detail"]:
        return "an empty or wrong member"
    if any(set(error) != {"field", "message"} or not error["message"] for error in problem["errors"]):
        return "errors of another shape"
    if bool(problem["errors"]) is not (problem["code"] == "validation_failed"):
        return "errors without a wrong field, or the other way round"
    return None


def names(reply: Reply, field: str) -> bool:
    """Whether the reply is a 422 that names the field, or something inside it."""
    if reply.status != 422 or reply.code != "validation_failed":
        return False
    return any(named == field or named.startswith(f"{field}.") for named in reply.wrong_fields)
