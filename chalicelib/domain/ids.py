"""Identifiers: opaque, prefixed, and sortable by time (ULIDs) except a transaction's."""

import hashlib
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Literal

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DAY_MILLISECONDS = 24 * 60 * 60 * 1000
_DAYS_MAX = (date.max - date(1970, 1, 1)).days
_ID = re.compile(r"[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)

Prefix = Literal[
    "usr",
    "cus",
    "acc",
    "txn",
    "brn",
    "ses",
    "log",
    "adr",
    "evt",
    "tkt",
    "ann",
    "exp",
    "rul",
    "alr",
    "fac",
    "chl",
    "apr",
    "rea",
    "ben",
    "sto",
    "sch",
    "whe",
    "dlv",
    "pvf",
    "clm",
    "pfl",
    "rcl",
    "upl",
]


def new_id(prefix: Prefix, at: datetime) -> str:
    """Return a prefixed ULID: 48 bits of milliseconds, 80 random bits (github.com/ulid/spec)."""
    return id_of(prefix, at, secrets.randbits(80))


def id_of(prefix: Prefix, at: datetime, randomness: int) -> str:
    """Return the ULID of a moment and 80 given bits, for ids that must be the same each time, as in generated banks."""
    milliseconds = int(at.timestamp() * 1000)
    return f"{prefix}_{_base32(milliseconds << 80 | randomness)}"


def transaction_id(caller_id: str, idempotency_key: str) -> str:
    """Return the only transaction id that a caller's key can have: a hash, so a repeated request is the same
    transaction."""
    return hashed_id("txn", f"{caller_id}\n{idempotency_key}")


def hashed_id(prefix: Prefix, text: str) -> str:
    """Return the id that stands for a text: the first 130 bits of its SHA-256."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest, 'big') >> 126)}"


def with_prefix(prefix: Prefix, identifier: str) -> str:
    """Return the id of another kind with the same characters: of a transaction's approval, and back."""
    return f"{prefix}_{identifier.partition('_')[2]}"


def is_id(prefix: Prefix, text: str) -> bool:
    """Return whether text has the form of an id of this kind. A malformed id is treated as unknown."""
    return text.startswith(prefix) and _ID.fullmatch(text) is not None


def day_in(identifier: str) -> str:
    """Return the UTC day of the moment in a well-formed id that sorts by time; the last day there is if it is later."""
    number = 0
    for digit in identifier.partition("_")[2]:
        number = number * 32 + _CROCKFORD.index(digit)
    days = (number >> 80) // _DAY_MILLISECONDS
    return (date(1970, 1, 1) + timedelta(days=min(days, _DAYS_MAX))).isoformat()


def _base32(number: int) -> str:
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(_CROCKFORD[digit])
    return "".join(reversed(digits))
