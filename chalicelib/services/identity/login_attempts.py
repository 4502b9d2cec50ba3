"""Counts attempts at a password, so that a hundred at once get no more guesses than a hundred in a row.

An attempt is counted before its password is looked at, and forgotten when it was the right one.
"""

from dataclasses import dataclass
from datetime import datetime

from chalicelib import config
from chalicelib.domain.errors import TooManyAttempts
from chalicelib.domain.identity import lockout
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.login_attempts import LoginAttempts, SourceAttempts
from chalicelib.models.item import Action
from chalicelib.models.transact import Edit
from chalicelib.observability import count

WAIT = "Too many failed attempts. Wait as long as Retry-After says, then retry."


class AddressLocked(TooManyAttempts):
    """The address must wait: for this network or device, or for all that are not known."""


@dataclass(frozen=True)
class Guess:
    """An attempt at the password of an address, by a source or by a known device (`device_hash`) of its user."""

    email_hmac: str
    source_hmac: str
    caller: Caller
    now: datetime
    device_hash: str | None = None

    @property
    def origin(self) -> str:
        return lockout.origin_of(self.source_hmac, self.device_hash)

    @property
    def seconds(self) -> int:
        return int(self.now.timestamp())


@dataclass(frozen=True)
class TakenBack:
    """Takes back an attempt: to be committed with what the right password was for (`transact.commit_edits`)."""

    actions: list[Action]
    edit: Edit[LoginAttempts]


def reserve(guess: Guess, existing: LoginAttempts | None) -> LoginAttempts:
    """Count an attempt and return the address's counter as it is then; `existing` is the counter as it was read.

    Raises TooManyAttempts, and counts nothing, while the origin, the address or the source must wait. A known device
    counts by itself: neither the address's limit nor the source's holds it up.
    """
    edit = Edit(LoginAttempts, existing, lambda found: _count(guess, found).write_over(found, guess.caller, guess.now))
    try:
        transact.commit_edits(_of_source(guess), [edit], guess.caller.request_id)
    except transact.Cancelled as cancelled:
        found = cancelled.reasons[0].found(SourceAttempts)
        if found is None:
            raise
        raise _pause(found.seconds_to_wait(guess.now)) from None
    return _count(guess, edit.found)


def take_back(guess: Guess, counted: LoginAttempts) -> TakenBack:
    """Return what takes back an attempt that was right. It forgets the failures of its origin; others' still count."""

    def write(found: LoginAttempts | None) -> Action:
        failures = lockout.without(_failures(found), guess.origin, guess.seconds)
        return _rewrite(guess.email_hmac, found, failures, guess.now).write_over(found, guess.caller, guess.now)

    of_source = [] if guess.device_hash else [SourceAttempts.uncount(guess.source_hmac, guess.caller, guess.now)]
    return TakenBack(of_source, Edit(LoginAttempts, counted, write))


def forget_all(email_hmac: str, existing: LoginAttempts | None, caller: Caller, now: datetime) -> Edit[LoginAttempts]:
    """Forget all failures at an address, of every origin."""

    def write(found: LoginAttempts | None) -> Action:
        return _rewrite(email_hmac, found, {}, now).write_over(found, caller, now)

    return Edit(LoginAttempts, existing, write)


def unlock(email_hmac: str, existing: LoginAttempts | None, caller: Caller, now: datetime) -> Action:
    """Return the action that forgets all failures at an address for a member of staff, if the counter is as read.

    Raises TooManyAttempts if that is done too often: each time gives somebody more guesses.
    """
    seconds = int(now.timestamp())
    unlocks = lockout.recent_times((existing and existing.unlocks) or [], seconds)
    wait = lockout.seconds_until_unlock(unlocks, seconds)
    if wait:
        raise TooManyAttempts(
            f"This user was unlocked {lockout.UNLOCKS_MAX} times within a day. Help with a password reset instead, or "
            "wait as long as Retry-After says.",
            retry_after_seconds=wait,
        )
    counted = LoginAttempts.new(existing, email_hmac, {}, [*unlocks, seconds], now)
    return counted.write_over(existing, caller, now)


def require_source(source_hmac: str, now: datetime) -> None:
    """Raise TooManyAttempts while a source must pause."""
    found = SourceAttempts.find(*SourceAttempts.key(source_hmac, now))
    if found and found.must_pause(config.source_failures_max(), now):
        raise _pause(found.seconds_to_wait(now))


def count_source(source_hmac: str, caller: Caller, now: datetime) -> None:
    """Count a failure of a source at no password, such as a sign-up with an address that somebody has."""
    counted = SourceAttempts.record(source_hmac, config.source_failures_max(), caller, now)
    try:
        transact.commit([counted], caller.request_id)
    except transact.Cancelled as cancelled:
        found = cancelled.reasons[0].found(SourceAttempts)
        raise _pause(found.seconds_to_wait(now) if found else 1) from None


def _of_source(guess: Guess) -> list[Action]:
    if guess.device_hash:
        return []
    failures_max = config.source_failures_max()
    return [SourceAttempts.record(guess.source_hmac, failures_max, guess.caller, guess.now)]


def _count(guess: Guess, found: LoginAttempts | None) -> LoginAttempts:
    failures = lockout.recent(_failures(found), guess.seconds)
    wait = lockout.seconds_to_wait(failures, guess.origin, guess.seconds)
    if wait:
        count("LockOuts", by="device" if guess.device_hash else "address")
        raise AddressLocked(WAIT, retry_after_seconds=wait)
    return _rewrite(guess.email_hmac, found, lockout.with_failure(failures, guess.origin, guess.seconds), guess.now)


def _rewrite(email_hmac: str, found: LoginAttempts | None, failures: lockout.Failures, now: datetime) -> LoginAttempts:
    unlocks = lockout.recent_times((found and found.unlocks) or [], int(now.timestamp()))
    return LoginAttempts.new(found, email_hmac, failures, unlocks, now)


def _failures(found: LoginAttempts | None) -> lockout.Failures:
    return (found.failures if found else None) or {}


def _pause(seconds: int) -> TooManyAttempts:
    count("LockOuts", by="source")
    return TooManyAttempts(WAIT, retry_after_seconds=seconds)
