"""PINs: set by the owner, asked for when money leaves the account, reset by staff."""

from collections.abc import Sequence
from contextlib import suppress

from chalicelib import clock, trial
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import Conflict, PinIncorrect, PinLocked, PinRequired, Unauthorized, ValidationFailed
from chalicelib.domain.identity import guessable
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import FAILURES_MAX, Pin
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.snapshot import Snapshot, read_together, session_keys
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.accounts import accounts
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.crypto import personal_fields
from chalicelib.services.crypto.passwords import hash_secret, verify_secret

PIN_REQUIRED = "This account has a PIN: send it as `pin`."
VERSION_LENGTH = 16
"""Hexadecimal digits of a hash by which a request to reset a PIN knows it again; a wrong guess does not change it."""


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


def require_for_transfer(caller: Caller, account_id: str, given: str, idempotency_key: IdempotencyKey) -> None:
    """Check the PIN of the paying account before the transfer's workflow starts, which must not see it.

    A repeated transfer is not asked again. Whoever may not pay from the account, or whose session has ended, learns
    nothing and uses up no guess. Raises what `prove` and `Account.access` raise, and Unauthorized.
    """
    if not ids.is_id("acc", account_id):
        raise errors.unknown("account", account_id)
    pin = Pin.find(*Pin.key(account_id))
    if pin is not None and pin.is_set:
        _require_once(caller, account_id, given, [idempotency_key])


def require_for_transfers(
    caller: Caller, account_id: str, given: str | None, idempotency_keys: Sequence[IdempotencyKey]
) -> None:
    """Check the right to pay from an account, and its PIN once, before its transfers are posted.

    If all of them are repeated, they are not asked again; that is read only where something would refuse them. Raises
    what `require_for_transfer` does.
    """
    if not ids.is_id("acc", account_id):
        raise errors.unknown("account", account_id)
    found = read_together([], [account_id], [Pin.key(account_id), *session_keys(caller)])[1]
    pin, account = found.others.get(Pin.key(account_id)), found.accounts.get(account_id)
    has_pin = isinstance(pin, Pin) and pin.is_set
    if account is not None and not has_pin and account.access().lets(caller, "pay"):
        with suppress(Unauthorized):
            return found.require_sessions(session_keys(caller))
    return _require_once(caller, account_id, given, idempotency_keys)


def _require_once(
    caller: Caller, account_id: str, given: str | None, idempotency_keys: Sequence[IdempotencyKey]
) -> None:
    sessions = session_keys(caller)
    asked = [key.transaction_id for key in idempotency_keys]
    records, found = read_together(asked, [account_id], [Pin.key(account_id), *sessions])
    if len(records) == len(idempotency_keys):
        for key in idempotency_keys:
            ledger.answer(records[key.transaction_id], key, caller)
        return
    found.require_sessions(sessions)
    found.account(account_id).access().require(caller, "pay")
    pin = found.others.get(Pin.key(account_id))
    prove(pin if isinstance(pin, Pin) else None, given, caller)


def require_none(snapshot: Snapshot, account_id: str) -> None:
    """Raise PinRequired if an account has a PIN, which was read with it."""
    pin = snapshot.others.get(Pin.key(account_id))
    if isinstance(pin, Pin) and pin.is_set:
        raise PinRequired(PIN_REQUIRED)


def prove(pin: Pin | None, given: str | None, caller: Caller) -> None:
    """Check the PIN, if the account has one.

    Raises PinRequired, PinIncorrect or PinLocked. A correct PIN is stored as a success only if fewer than five failures
    are stored, so that guesses made all at once gain nothing over guesses made one by one. A request that is only tried
    passes with any PIN.
    """
    if pin is None or not pin.is_set:
        return
    if given is None:
        raise PinRequired(PIN_REQUIRED)
    if pin.is_locked:
        raise _lock_refusal()
    if trial.is_on():  # it would count no guess, so nobody may learn whether it is right
        return
    right = verify_secret(pin.pin_hash, given)
    outcome = Pin.failures.set(0) if right else Pin.failures.add(1)
    still_open = (Pin.failures < FAILURES_MAX) & (Pin.pin_hash == pin.pin_hash)
    try:
        transact.commit([pin.update_if(still_open, [outcome], caller, clock.now())], caller.request_id)
    except transact.Cancelled as cancelled:
        raise _in_the_way(cancelled) from None
    if not right:
        raise PinIncorrect(f"The PIN is wrong. {FAILURES_MAX} wrong ones lock it.")


def hash_new(pin: str, customer_id: str | None) -> str:
    """Return the hash of a new PIN for an account of the customer. Raises ValidationFailed for one that is guessed."""
    owner = Customer.by_id(customer_id) if customer_id else None
    birth_date = personal_fields.decrypt(owner)["date_of_birth"] if owner else None
    weakness = guessable.pin_weakness(pin, birth_date)
    if weakness:
        raise ValidationFailed.of("pin", weakness)
    return hash_secret(pin)


def put(caller: Caller, account_id: str, new: str, current: str | None, matching: IfMatch = ANY_VERSION) -> int | None:
    """Set or change the PIN of the caller's own account, and return the account's new version.

    A joint holder gets the PIN from the owner. Raises what `prove` raises, and Conflict when `matching` (If-Match, with
    the account's ETag) is outdated, before it counts a guess.
    """
    account = accounts.get(caller, account_id, "own")
    matching.require(account.version)
    pin = Pin.find(*Pin.key(account_id))
    prove(pin, current, caller)
    new_hash, at = hash_new(new, account.customer_id), timestamp(clock.now())
    if pin is None:
        action = Pin.new(account_id, new_hash).stamp(caller, at).put_if_absent()
    else:
        changes = [Pin.pin_hash.set(new_hash), Pin.failures.set(0)]
        unchanged = Pin.pin_hash == pin.pin_hash if pin.pin_hash else Pin.pin_hash.does_not_exist()
        action = pin.update_if(unchanged, changes, caller, at)
    changed_meanwhile = Conflict("The PIN was changed at the same time. Retry with the new one.")
    return _commit(caller, None, account, [Extra(action, changed_meanwhile)], matching)[0]


def reset(
    caller: Caller, account_id: str, idempotency_key: IdempotencyKey | None, matching: IfMatch = ANY_VERSION
) -> tuple[int | None, bool]:
    """Remove the PIN, also a locked one, and return the account's version, and whether an earlier request had done it.

    A reset that is repeated with its key leaves a PIN alone that was set in the meantime, and returns no version.
    Raises Conflict when `matching` (If-Match, with the account's ETag) is outdated.
    """
    if idempotency.find_earlier(idempotency_key):
        return None, True
    account = accounts.get(caller, account_id, "bank")
    matching.require(account.version)
    pin = Pin.find(*Pin.key(account_id))
    if pin and pin.is_set:
        removed = [Pin.pin_hash.remove(), Pin.failures.set(0)]
        action = pin.update_existing(removed, caller, clock.now())
        request = HeldRequest(
            "pin_reset",
            f"Reset the PIN of account {account_id}.",
            resource_id=account_id,
            version=digest([pin.pin_hash])[:VERSION_LENGTH],
            parties=account.access().people(),
        )
        approved = gate.require(caller, request, idempotency_key)
        return _commit(caller, idempotency_key, account, [action, *approved], matching)
    if idempotency_key is None:
        return account.version, False
    at = timestamp(clock.now())
    _, replayed = idempotency.commit_once(caller, idempotency_key, account_id, [], at)
    return (None, True) if replayed else (account.version, False)


def execute_reset(maker: Caller, approval: Approval) -> None:
    """Carry out a reset that was approved."""
    reset(maker, str(approval.resource_id), None)


def _commit(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    account: Account,
    actions: list[Action | Extra],
    matching: IfMatch,
) -> tuple[int | None, bool]:
    """Commit a change of the PIN with a new version of its account, which is the ETag of both.

    The account is read again only if somebody has changed it since.
    """
    for attempt in transact.attempts():
        if attempt:
            account = accounts.get(caller, account.id)
            matching.require(account.version)
        at = timestamp(clock.now())
        moved = account.change({}, caller, at, bears_on_posting=False)
        try:
            _, replayed = idempotency.commit_once(caller, idempotency_key, account.id, [*actions, moved], at)
        except transact.Cancelled:
            continue
        return (None, True) if replayed else (account.version + 1, False)
    raise transact.gave_up(ambiguous=False)


def _in_the_way(cancelled: transact.Cancelled) -> PinLocked | PinIncorrect:
    """Return why a write failed: concurrent wrong guesses have locked the PIN, or somebody has changed it."""
    [reason] = cancelled.reasons
    existing = reason.found(Pin)
    if existing is None or existing.is_locked:
        return _lock_refusal()
    return PinIncorrect("The PIN was changed a moment ago. Send the new one.")


def _lock_refusal() -> PinLocked:
    return PinLocked(f"The PIN is locked after {FAILURES_MAX} wrong ones. Ask the bank to reset it.")
