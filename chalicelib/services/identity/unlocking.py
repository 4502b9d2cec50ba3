"""Unlocking a user whose address is locked by failed log-ins: by staff, with a reason, in the audit."""

from chalicelib import clock
from chalicelib.domain import conflict_of_interest
from chalicelib.domain.errors import Conflict, Forbidden, NotFound
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.identity.login_attempts import LoginAttempts
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.observability import logger
from chalicelib.services import idempotency, step_up
from chalicelib.services.identity import login_attempts, login_log, users
from chalicelib.services.identity.login_log import Origin, Owner


@transact.until_committed
def unlock(caller: Caller, idempotency_key: IdempotencyKey | None, user_id: str, reason: str) -> None:
    """Forget the failed log-ins of a user, of every origin; its known devices stay known.

    Managers unlock customers, admins everybody but themselves: a thief of an admin's session must not get more guesses
    at that admin's password with it. Raises NotFound, Forbidden, Conflict, TooManyAttempts.
    """
    if idempotency.find_earlier(idempotency_key):
        return
    step_up.require(caller)
    user = _find(caller, user_id)
    now, email_hmac = clock.now(), str(user.email_hmac)
    entry = login_log.entry("unlocked", Owner(user.id, user.whose), Origin(), caller, now)
    entry.reason = reason
    existing = LoginAttempts.find(*LoginAttempts.key(email_hmac))
    actions: list[Action | Extra] = [
        Extra(User.still_may(caller.user_id, "users.unlock"), Forbidden("You may no longer unlock users.")),
        entry.put_if_absent(),
        login_attempts.unlock(email_hmac, existing, caller, now),
    ]
    idempotency.commit_once(caller, idempotency_key, user.id, actions, timestamp(now))
    logger.info("user unlocked", user_id=user.id)


def _find(caller: Caller, user_id: str) -> User:
    """Return a user whom the caller may unlock."""
    if user_id == caller.user_id:
        raise Conflict("You cannot unlock yourself. Ask another admin, or reset your password.")
    user = users.get(user_id)
    conflict_of_interest.require_other_customer(caller, user.customer_id)
    if user.role != "customer" and caller.role != "admin":
        raise Forbidden("Managers unlock customers only. Ask an admin to unlock staff and auditors.")
    if user.email_hmac is None:  # erased
        raise NotFound("There is no such user.")
    return user
