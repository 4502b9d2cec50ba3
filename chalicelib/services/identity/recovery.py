"""Recovery codes: made with the first factor or anew, and shown once."""

import base64
import secrets
from datetime import datetime

from chalicelib import clock
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identity import second_factor
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.recovery_codes import RecoveryCodes
from chalicelib.models.transact import Extra
from chalicelib.services import step_up
from chalicelib.services.identity import sessions
from chalicelib.services.identity.proofs import hash_code
from chalicelib.services.mail import order

CHANGED = "Your factors have just been changed. Read them again, then retry."


def renew(caller: Caller) -> list[str]:
    """Make new recovery codes; the old ones become invalid. Needs a factor used lately.

    The other sessions end: whoever has stolen a code may have used it in one of them. Raises Conflict for a user
    without factors, MfaStepUpRequired.
    """
    now = clock.now()
    user, session = step_up.read_session(caller)
    if not user.factors:
        raise Conflict("You have no second factor. The recovery codes come with the first one.")
    step_up.require_fresh(session, now)
    codes, issued = new_codes(RecoveryCodes.of(user.id), user.id, caller, now)
    with sessions.ending(caller, user.id, "recovery codes renewed", spared=caller.session_id):
        transact.commit([Extra(user.is_as_read(), Conflict(CHANGED)), issued], caller.request_id)
    order.tell("factors_changed", user.id, caller)
    return codes


def new_codes(existing: RecoveryCodes | None, user_id: str, caller: Caller, now: datetime) -> tuple[list[str], Extra]:
    """Return ten new codes as people type them, and the action that stores their hashes."""
    made = [_new_code() for _ in range(second_factor.RECOVERY_CODES)]
    hashes = [hash_code(user_id, code) for code in made]
    issued = RecoveryCodes.issue(existing, user_id, hashes, caller, now)
    return [second_factor.format_code(code) for code in made], Extra(issued, Conflict(CHANGED))


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(second_factor.RECOVERY_CODE_BYTES)).decode()
