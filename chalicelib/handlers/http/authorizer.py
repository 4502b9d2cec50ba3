"""API Gateway's authorizer: a bearer token in, a principal out. Its answer is cached for 60 s per token."""

from chalice.app import AuthRequest, AuthResponse, Blueprint

from chalicelib.domain.errors import Unauthorized
from chalicelib.handlers.http.caller import context_of
from chalicelib.observability import count, logger

blueprint = Blueprint(__name__)
CACHE_SECONDS = 60
EVERY_ROUTE = ["*"]
"""The cached answer serves whatever the token asks for next, so it names no route; roles are the door's affair."""


@blueprint.authorizer(ttl_seconds=CACHE_SECONDS)
def authorize(request: AuthRequest) -> AuthResponse:
    """Let whoever has a valid token in, as the one it speaks for."""
    from chalicelib.services.identity.authenticate import principal_of

    try:
        principal = principal_of(request.token)
    except Unauthorized as error:
        logger.info("token refused", reason=error.detail)
        # API Gateway's word for 401; any other exception would be a 500.
        raise Exception("Unauthorized") from None  # noqa: TRY002 — Chalice passes on its text
    except Exception:
        # Lambda's own count of errors has every wrong token in it, so it says nothing about the authorizer.
        count("AuthorizerErrors")
        raise
    logger.info("token accepted", principal_id=principal.user_id)
    return AuthResponse(routes=list(EVERY_ROUTE), principal_id=principal.user_id, context=context_of(principal))
