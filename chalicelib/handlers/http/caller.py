"""The caller and the request id, from what API Gateway passes on."""

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalice.app import Request as RawRequest

from chalicelib import config
from chalicelib.domain.errors import Forbidden, Unauthorized
from chalicelib.domain.identity.second_factor import WITHOUT_FACTOR
from chalicelib.domain.permissions import PERMISSIONS, Caller, Permission

if TYPE_CHECKING:
    from chalicelib.services.identity.tokens import Principal

ANONYMOUS = "anonymous"


def request_id_of(raw: RawRequest | None) -> str:
    """Return the id of the request as API Gateway tells it to the client, in the header x-amzn-requestid.

    Clients can choose it, by the same header, so it is for problems and logs only. Chalice's local gateway has none, so
    one is made, once for each request.
    """
    context = raw.context if raw else {}
    found: str = context.setdefault("requestId", str(uuid.uuid4()))
    return found


def gateway_id_of(raw: RawRequest) -> str:
    """Return API Gateway's own id of the request, in the header x-amz-apigw-id: no client can choose it.

    Items, audit records and DynamoDB's transactions are marked with it. Emulators have only `request_id_of`.
    """
    return raw.context.get("extendedRequestId") or request_id_of(raw)


def context_of(principal: "Principal") -> dict[str, str]:
    """Return what the authorizer hands to the API's function, and `caller_of` reads; API Gateway takes only strings."""
    return {
        "user_id": principal.user_id,
        "role": principal.role,
        "session_id": principal.session_id,
        "customer_id": principal.customer_id or "",
        "branch_id": principal.branch_id or "",
        "email_verified": "yes" if principal.email_verified else "",
        "factor_used": "yes" if principal.factor_used else "",
        "own_customer_id": principal.own_customer_id or "",
    }


def caller_of(raw: RawRequest) -> Caller:
    """Return the caller that the authorizer named. Anonymous where none ran: on a public route, or at a gateway that
    calls none.

    The event's `requestContext` is written by API Gateway alone; no header, query or body of a client reaches it.
    """
    return _caller(raw, raw.context.get("authorizer") or {})


def verify_caller(raw: RawRequest) -> Caller:
    """Return the caller whom the request's bearer token speaks for, by the authorizer's own check.

    For a route with a permission that no authorizer has guarded: on LocalStack's open core, which calls none, and
    wherever a route is deployed without its authorizer by mistake. Raises Unauthorized.
    """
    from chalicelib.services.identity.authenticate import principal_of

    return _caller(raw, context_of(principal_of(raw.headers.get("authorization") or "")))


def _caller(raw: RawRequest, context: Mapping[str, Any]) -> Caller:
    return Caller(
        user_id=context.get("user_id") or ANONYMOUS,
        role=context.get("role", "customer"),
        request_id=gateway_id_of(raw),
        customer_id=context.get("customer_id") or None,
        branch_id=context.get("branch_id") or None,
        session_id=context.get("session_id") or None,
        email_verified=context.get("email_verified") == "yes",
        factor_used=context.get("factor_used") == "yes",
        own_customer_id=context.get("own_customer_id") or None,
    )


def require_session(caller: Caller) -> None:
    """Read the caller's session, for the authorizer's answer may be a minute old. Raises Unauthorized if it ended."""
    from chalicelib.services.identity.authenticate import require_session

    require_session(caller.user_id, caller.session_id)


def require(caller: Caller, permission: Permission | None) -> None:
    """Raise Unauthorized for an anonymous caller, Forbidden for a role without the permission. None allows anyone.

    Where the role needs a second factor (`MFA_REQUIRED`), raise MfaEnrolmentRequired for a session without one.
    """
    if permission is None:
        return
    if caller.user_id == ANONYMOUS:
        raise Unauthorized("Send a valid access token as Authorization: Bearer …")
    if caller.role not in PERMISSIONS[permission]:
        raise Forbidden(f"Your role {caller.role} does not have the permission {permission}.")
    if permission not in WITHOUT_FACTOR and not caller.factor_used and caller.role in config.roles_with_factor():
        from chalicelib.services.step_up import require_factor

        require_factor(caller)
