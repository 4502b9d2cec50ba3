"""How many requests each route takes, by API Gateway: its dear routes fewer than the others."""

from typing import Any

SIGN_IN = (
    ("POST", "/v1/auth/register"),
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/mfa"),
    ("POST", "/v1/auth/mfa/step-up"),
    ("POST", "/v1/auth/password"),
    ("POST", "/v1/auth/password/reset-requests"),
    ("POST", "/v1/auth/password/reset"),
    ("POST", "/v1/auth/invitations/accept"),
    ("POST", "/v1/auth/email"),
    ("POST", "/v1/auth/email/verification-requests"),
    ("POST", "/v1/auth/email/verify"),
    ("POST", "/v1/auth/factors"),
)
"""Routes that hash a password, check a code, or send one."""
DEAR = (
    ("POST", "/v1/interest-runs"),
    ("POST", "/v1/statement-runs"),
    ("GET", "/v1/audit/verify"),
    ("GET", "/v1/customers/{customer_id}/export"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/docs"),
)
"""Routes that start long work, and those from which anybody gets a megabyte: AWS charges what goes out."""


def fragment() -> dict[str, Any]:
    """Return the settings of all routes, and those of routes that take fewer requests."""
    listed = [_settings("*", "/*", "Request")]
    listed += [_settings(method, path, "SignIn") for method, path in SIGN_IN]
    listed += [_settings(method, path, "Dear") for method, path in DEAR]
    return {"Resources": {"RestAPI": {"Properties": {"MethodSettings": listed}}}}


def _settings(method: str, path: str, kind: str) -> dict[str, Any]:
    # API Gateway wants ~1 for each slash of a path but the first.
    resource = path if path == "/*" else "/" + path.replace("/", "~1")
    rates = {"ThrottlingRateLimit": {"Ref": f"{kind}Rate"}, "ThrottlingBurstLimit": {"Ref": f"{kind}Burst"}}
    return {"HttpMethod": method, "ResourcePath": resource, **rates}
