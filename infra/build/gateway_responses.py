"""API Gateway's own refusals in the problem body of the API (RFC 9457).

On AWS they are part of the API's definition, because a response that is a resource of its own is not in force until the
next deployment of the API. The emulator reads only the resources. So both are made, and a condition picks.
"""

import json
from typing import Any, NamedTuple

from chalicelib.domain import errors
from chalicelib.handlers.http import errors as http_errors
from chalicelib.handlers.http.problems import STATUS, TYPE

REPEAT = (
    "No answer came in time, so it may have been done. If the request had an Idempotency-Key, repeat it with the same "
    "one; else read what it would have changed first."
)
NOTHING_DONE = "The service cannot be reached at the moment. Nothing was done; retry."
SIGN_IN = "Send a valid access token as 'Authorization: Bearer <token>'."


class Refusal(NamedTuple):
    """API Gateway's name of a refusal of its own, and the bank's error that its client gets."""

    response_type: str
    error: type[errors.BankError]
    detail: str

    @property
    def status(self) -> int:
        return STATUS[self.error.code]


# An unknown path is, to API Gateway, a request without a token, or with one it takes for a broken AWS signature.
REFUSALS = (
    Refusal("MISSING_AUTHENTICATION_TOKEN", errors.NotFound, "There is no such path."),
    Refusal("INVALID_SIGNATURE", errors.NotFound, "There is no such path."),
    Refusal("RESOURCE_NOT_FOUND", errors.NotFound, "There is no such path."),
    Refusal("UNAUTHORIZED", errors.Unauthorized, SIGN_IN),
    Refusal("EXPIRED_TOKEN", errors.Unauthorized, SIGN_IN),
    Refusal("INVALID_API_KEY", errors.Unauthorized, SIGN_IN),
    Refusal("ACCESS_DENIED", errors.Forbidden, "You may not do this."),
    Refusal("WAF_FILTERED", errors.Forbidden, "The request was refused."),
    Refusal("BAD_REQUEST_BODY", http_errors.MalformedJson, "The body cannot be read."),
    Refusal("BAD_REQUEST_PARAMETERS", errors.ValidationFailed, "A parameter is missing or wrong."),
    Refusal("DEFAULT_4XX", errors.ValidationFailed, "The request cannot be served."),
    Refusal("REQUEST_TOO_LARGE", http_errors.PayloadTooLarge, "The request is too large."),
    Refusal("UNSUPPORTED_MEDIA_TYPE", http_errors.UnsupportedMediaType, "Send application/json."),
    Refusal("THROTTLED", errors.TooManyAttempts, "Too many requests. Wait, then retry."),
    Refusal("QUOTA_EXCEEDED", errors.TooManyAttempts, "Too many requests. Wait, then retry."),
    Refusal("AUTHORIZER_FAILURE", errors.Unavailable, NOTHING_DONE),
    Refusal("AUTHORIZER_CONFIGURATION_ERROR", errors.Unavailable, NOTHING_DONE),
    Refusal("API_CONFIGURATION_ERROR", errors.OutcomeUnknown, REPEAT),
    # Whatever kills a function, its timeout too, arrives as one of these: the money may have moved.
    Refusal("INTEGRATION_FAILURE", errors.OutcomeUnknown, REPEAT),
    Refusal("INTEGRATION_TIMEOUT", errors.OutcomeUnknown, REPEAT),
    Refusal("DEFAULT_5XX", errors.OutcomeUnknown, REPEAT),
)
RETRY_LATER = {429, 503}
RETRY_AFTER_SECONDS = 1


def fragment() -> dict[str, Any]:
    """Return every refusal, as part of the API for AWS and as a resource for the emulators."""
    resources: dict[str, Any] = {
        "RestAPI": {
            "Properties": {"GatewayResponses": {refusal.response_type: _in_api(refusal) for refusal in REFUSALS}}
        }
    }
    for refusal in REFUSALS:
        resources[f"GatewayResponse{refusal.response_type.title().replace('_', '')}"] = _as_resource(refusal)
    return {"Resources": resources}


def body(refusal: Refusal) -> str:
    """Return the mapping template: JSON except for the request id, which API Gateway fills in."""
    waits = {"retry_after": RETRY_AFTER_SECONDS} if refusal.status in RETRY_LATER else {}
    return json.dumps(
        {
            "type": TYPE + refusal.error.code,
            "title": refusal.error.title,
            "status": refusal.status,
            "detail": refusal.detail,
            "code": refusal.error.code,
            "request_id": "$context.requestId",
            "errors": [],
            **waits,
        }
    )


def _headers(refusal: Refusal) -> dict[str, str]:
    headers = {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refusal.status in RETRY_LATER:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return headers


def _in_api(refusal: Refusal) -> dict[str, Any]:
    return {
        "StatusCode": refusal.status,
        "ResponseTemplates": {"application/json": body(refusal)},
        "ResponseParameters": {"Headers": {name: f"'{value}'" for name, value in _headers(refusal).items()}},
    }


def _as_resource(refusal: Refusal) -> dict[str, Any]:
    parameters = {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in _headers(refusal).items()}
    return {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Condition": "OnEmulator",
        "Properties": {
            "RestApiId": {"Ref": "RestAPI"},
            "ResponseType": refusal.response_type,
            "StatusCode": str(refusal.status),
            "ResponseTemplates": {"application/json": body(refusal)},
            "ResponseParameters": parameters,
        },
    }
