"""Counts attempts at a password, so that a hundred at once get no more than five guesses.

An attempt is counted before its password is looked at, and forgotten when it was the right one.
"""

from datetime import datetime

from chalicelib.domain.errors import Contention, TooManyAttempts
from chalicelib.domain.identity import lockout
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.login import LoginAttempts

ROUNDS_MAX = 2 * lockout.FAILURES_MAX
"""Each lost round is another's counted attempt, so that the limit is met before; successes in between cost a round."""


def reserve(existing: LoginAttempts | None, email_hmac: str, caller: Caller, now: datetime) -> None:
    """Count an attempt, or raise TooManyAttempts. `existing` is the count as it was read, None where there is none."""
    seconds = int(now.timestamp())
    for _ in range(ROUNDS_MAX):
        recent = lockout.recent(existing.recent if existing else [], seconds)
        wait = lockout.seconds_to_wait(recent, seconds)
        if wait:
            raise TooManyAttempts(
                "Too many failed attempts. Wait as long as Retry-After says, then retry.", retry_after_seconds=wait
            )
        action = LoginAttempts.record(existing, email_hmac, [*recent, seconds], caller, now)
        try:
            return transact.commit([action], caller.request_id)
        except transact.Cancelled as cancelled:
            [reason] = cancelled.reasons
            existing = reason.found(LoginAttempts)
    raise Contention("Too many attempts at the same time. Nothing was done; retry.", retry_after_seconds=1)
