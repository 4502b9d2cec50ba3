"""Asks for a verified e-mail address, where the setting `EMAIL_VERIFICATION` is on."""

from chalicelib import config
from chalicelib.domain.errors import Forbidden
from chalicelib.domain.permissions import Caller
from chalicelib.models.identity.user import User

UNVERIFIED = (
    "Verify your e-mail address first: POST /v1/auth/email/verification-requests sends a code to it, and "
    "POST /v1/auth/email/verify takes the code."
)


def require_verified(caller: Caller) -> None:
    """Raise Forbidden for a customer whose address is not verified, where that is required.

    The session knows it, and the authorizer passes it on: nothing is read. A session that does not know it may be the
    one that API Gateway remembers from before the verification, so the user is read.
    """
    if caller.role != "customer" or caller.email_verified or not config.email_verification_required():
        return
    user = User.by_id(caller.user_id)
    if user is None or user.email_verified_at is None:
        raise Forbidden(UNVERIFIED)
