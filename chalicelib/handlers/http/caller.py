"""Who asks, and in which request, by what API Gateway hands over."""

import uuid

from chalice.app import Request as RawRequest

from chalicelib.domain.errors import Forbidden, Unauthorized
from chalicelib.domain.permissions import PERMISSIONS, Caller, Permission

ANONYMOUS = "anonymous"


def request_id_of(raw: RawRequest | None) -> str:
    """API Gateway's own id of the request, for clients may choose the other one (x-amzn-RequestId).

    Emulators have only that, and Chalice's local gateway none, so one is made.
    """
    context = raw.context if raw else {}
    return context.get("extendedRequestId") or context.get("requestId") or str(uuid.uuid4())


def caller_of(raw: RawRequest) -> Caller:
    """Who the authorizer says is asking; on public routes, nobody."""
    context = raw.context.get("authorizer") or {}
    return Caller(
        user_id=context.get("user_id", ANONYMOUS),
        role=context.get("role", "customer"),
        request_id=request_id_of(raw),
        customer_id=context.get("customer_id") or None,
        branch_id=context.get("branch_id") or None,
        session_id=context.get("session_id") or None,
    )


def require(caller: Caller, permission: Permission | None) -> None:
    """Raises Unauthorized for nobody, Forbidden for a role that may not; without a permission anyone may."""
    if permission is None:
        return
    if caller.user_id == ANONYMOUS:
        raise Unauthorized("Send a valid access token as Authorization: Bearer …")
    if caller.role not in PERMISSIONS[permission]:
        raise Forbidden(f"Your role {caller.role} does not have the permission {permission}.")
