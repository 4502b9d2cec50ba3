"""Access tokens: JSON Web Tokens signed with Ed25519, which anyone can check with the published keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib import clock, config, resources
from chalicelib.domain.errors import Unauthorized
from chalicelib.domain.identity.session import ACCESS_TOKEN_LIFE
from chalicelib.domain.permissions import METRICS, ROLES, CallerRole
from chalicelib.services.crypto import bank_keys

ISSUER = "florin"
ALGORITHM = "EdDSA"
METRICS_TOKEN_LIFE = timedelta(days=366)
REFUSED = "The access token is not valid or not valid any more."


@dataclass(frozen=True)
class Principal:
    """Who a token speaks for, and in which session. `email_verified` and `factor_used` are the session's, not the
    token's."""

    user_id: str
    session_id: str
    role: CallerRole
    customer_id: str | None = None
    branch_id: str | None = None
    own_customer_id: str | None = None
    email_verified: bool = False
    factor_used: bool = False


def issue(principal: Principal, now: datetime) -> str:
    """Return an access token, valid for 15 minutes."""
    return _sign(principal, now, ACCESS_TOKEN_LIFE)


def _sign(principal: Principal, now: datetime, life: timedelta) -> str:
    import jwt

    issued_at = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": _audience(),
        "iat": issued_at,
        "exp": issued_at + int(life.total_seconds()),
        "sub": principal.user_id,
        "sid": principal.session_id,
        "role": principal.role,
        "customer_id": principal.customer_id,
        "branch_id": principal.branch_id,
        "own_customer_id": principal.own_customer_id,
    }
    signing = bank_keys.secret_keys()
    return jwt.encode(claims, signing.private_key, algorithm=ALGORITHM, headers={"kid": signing.kid})


def issue_for_metrics(now: datetime) -> str:
    """Return a token of the role `metrics`, valid for a year, or until `METRICS_TOKEN_NUMBER` moves on.

    `metrics_tokens.issue` records it first.
    """
    return _sign(Principal(METRICS, metrics_session(), METRICS), now, METRICS_TOKEN_LIFE)


def metrics_session() -> str:
    """Return what stands for the session of a valid token of the role `metrics`: the role has no sessions."""
    return f"{METRICS}-{config.metrics_token_number()}"


def verify(token: str) -> Principal:
    """Return the principal of a token. Raises Unauthorized unless it was issued here and has not expired."""
    import jwt

    try:
        key = bank_keys.public_key(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise Unauthorized(REFUSED)
        claims = jwt.decode(
            token,
            jwt.PyJWK(key, ALGORITHM).key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=_audience(),
            # The time is judged below, by the bank's own clock.
            options={"require": ["exp", "iat", "sub", "sid"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise Unauthorized(REFUSED) from error
    return _principal(claims)


def _principal(claims: dict[str, Any]) -> Principal:
    now = clock.now().timestamp()
    if not isinstance(claims["exp"], int) or claims["exp"] <= now or claims.get("role") not in (*ROLES, METRICS):
        raise Unauthorized(REFUSED)
    return Principal(
        claims["sub"],
        claims["sid"],
        claims["role"],
        claims.get("customer_id"),
        claims.get("branch_id"),
        claims.get("own_customer_id"),
    )


def _audience() -> str:
    """Return the audience, which names the stage: a token of one stage is invalid on another."""
    return f"florin-{resources.stage()}"
