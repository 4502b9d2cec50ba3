"""PINs: set by the owner, asked for when money is withdrawn, reset by staff."""

from chalicelib import clock
from chalicelib.domain.errors import Conflict, PinIncorrect, PinLocked, PinRequired
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.pin import FAILURES_MAX, Pin
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.services import idempotency
from chalicelib.services.accounts import accounts
from chalicelib.services.crypto.passwords import hash_secret, verify_secret


class PinCheck:
    """The PIN that was sent with a withdrawal. It is proved once, however often the posting is retried."""

    def __init__(self, account_id: str, given: str | None, caller: Caller):
        self._key, self._given, self._caller = Pin.key(account_id), given, caller
        self._is_proved = False

    def require(self, snapshot: Snapshot) -> None:
        """Check the PIN that was read with the account. Raises what `prove` raises."""
        if self._is_proved:
            return
        pin = snapshot.others.get(self._key)
        prove(pin if isinstance(pin, Pin) else None, self._given, self._caller)
        self._is_proved = True


def prove(pin: Pin | None, given: str | None, caller: Caller) -> None:
    """Check the PIN, if the account has one.

    Raises PinRequired, PinIncorrect or PinLocked. A correct PIN is stored as a success only if fewer than five failures
    are stored, so that guesses made all at once gain nothing over guesses made one by one.
    """
    if pin is None or pin.pin_hash is None:
        return
    if given is None:
        raise PinRequired("Send the account's PIN with this withdrawal.")
    if pin.is_locked:
        raise _locked()
    right = verify_secret(pin.pin_hash, given)
    outcome = Pin.failures.set(0) if right else Pin.failures.add(1)
    still_open = (Pin.failures < FAILURES_MAX) & (Pin.pin_hash == pin.pin_hash)
    try:
        transact.commit([pin.update_if(still_open, [outcome], caller, clock.now())], caller.request_id)
    except transact.Cancelled as cancelled:
        raise _in_the_way(cancelled) from None
    if not right:
        raise PinIncorrect(f"The PIN is wrong. {FAILURES_MAX} wrong ones lock it.")


def put(caller: Caller, account_id: str, new: str, current: str | None) -> None:
    """Set or change the PIN of one's own account. A joint holder is told it as the owner likes."""
    accounts.get(caller, account_id, "own")
    pin = Pin.find(*Pin.key(account_id))
    prove(pin, current, caller)
    at = timestamp(clock.now())
    if pin is None:
        action = Pin.new(account_id, hash_secret(new)).stamp(caller, at).put_if_absent()
    else:
        changes = [Pin.pin_hash.set(hash_secret(new)), Pin.failures.set(0)]
        unchanged = Pin.pin_hash == pin.pin_hash if pin.pin_hash else Pin.pin_hash.does_not_exist()
        action = pin.update_if(unchanged, changes, caller, at)
    try:
        transact.commit([action], caller.request_id)
    except transact.Cancelled:
        raise Conflict("The PIN was changed at the same time. Retry with the new one.") from None


def reset(caller: Caller, account_id: str, idempotency_key: IdempotencyKey | None) -> bool:
    """Take the PIN away, locked or not; its owner may set another. Says whether it was done before, under the key.

    A reset that is repeated with its key leaves alone the PIN that was set in the meantime.
    """
    if idempotency.earlier(idempotency_key):
        return True
    accounts.get(caller, account_id)
    pin = Pin.find(*Pin.key(account_id))
    at = timestamp(clock.now())
    actions = []
    if pin and pin.pin_hash:
        actions = [pin.update_existing([Pin.pin_hash.remove(), Pin.failures.set(0)], caller, at)]
    if not actions and idempotency_key is None:
        return False
    return idempotency.commit_once(caller, idempotency_key, account_id, actions, at)[1]


def _in_the_way(cancelled: transact.Cancelled) -> PinLocked | PinIncorrect:
    """Return why a write failed: concurrent wrong guesses have locked the PIN, or somebody has changed it."""
    [reason] = cancelled.reasons
    existing = reason.found(Pin)
    if existing is None or existing.is_locked:
        return _locked()
    return PinIncorrect("The PIN was changed a moment ago. Send the new one.")


def _locked() -> PinLocked:
    return PinLocked(f"The PIN is locked after {FAILURES_MAX} wrong ones. Ask the bank to reset it.")
