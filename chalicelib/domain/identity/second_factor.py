"""Second factors: how many, how long what is issued for them is good, and what may be done without one."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.domain.permissions import Permission
from chalicelib.domain.time import moment

Kind = Literal["totp", "passkey"]
Purpose = Literal["log_in", "step_up"]

FAILURES_MAX = 5
"""Wrong codes in a row that lock a factor, or the recovery codes."""
PASSKEYS_MAX = 10
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 10
"""80 random bits, so that their SHA-256 may be stored: no slow hash is needed."""
ENROLMENT_LIFE = timedelta(minutes=15)
CHALLENGE_LIFE = timedelta(minutes=5)
STEP_UP_LIFE = timedelta(minutes=15)
STEP_SECONDS = 30
STEPS_AROUND = 1
"""A code is taken one step before its time and after it, for a clock that is wrong and a person who is slow."""

WITHOUT_FACTOR: frozenset[Permission] = frozenset({"factors.own", "session.own", "profile.read"})
"""What a session may do that has used no factor, where the user's role needs one: enrol it, and log out."""

_CHALLENGE = re.compile(r"(usr_[0-9A-HJKMNP-TV-Z]{26})\.(chl_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})", re.ASCII)
_SEPARATORS = re.compile(r"[\s-]")


def challenge_of(user_id: str, challenge_id: str, secret: str) -> str:
    """Return the challenge as a client gets it. It names its item, so that looking it up is one read by key."""
    return f"{user_id}.{challenge_id}.{secret}"


def parts_of(challenge: str) -> tuple[str, str, str] | None:
    """Return user, id and secret of a challenge, or None if it is malformed."""
    found = _CHALLENGE.fullmatch(challenge)
    return (found[1], found[2], found[3]) if found else None


def is_fresh(factor_used_at: str | None, now: datetime) -> bool:
    """Return whether a session has used a factor lately enough for what needs a step-up."""
    return factor_used_at is not None and now < valid_until(factor_used_at)


def valid_until(factor_used_at: str) -> datetime:
    """Return when a factor that was used then must be used again."""
    return moment(factor_used_at) + STEP_UP_LIFE


def normalise_code(recovery_code: str) -> str:
    """Return a recovery code as it is hashed: people type it in small letters and with other separators."""
    return _SEPARATORS.sub("", recovery_code).upper()


def format_code(recovery_code: str) -> str:
    """Return a recovery code in groups of four."""
    return "-".join(recovery_code[start : start + 4] for start in range(0, len(recovery_code), 4))


def ids_of(factors: Mapping[str, Kind] | None, kind: Kind) -> list[str]:
    """Return the ids of a user's factors of one kind."""
    return [factor_id for factor_id, one in (factors or {}).items() if one == kind]
