"""API Gateway's authorizer: a bearer token in, a principal out. Its answer is cached for 60 s per token."""

from chalice.app import AuthRequest, AuthResponse, Blueprint

blueprint = Blueprint(__name__)
CACHE_SECONDS = 60


@blueprint.authorizer(ttl_seconds=CACHE_SECONDS)
def authorize(request: AuthRequest) -> AuthResponse:
    raise Exception("Unauthorized")
