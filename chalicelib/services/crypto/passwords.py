"""Passwords and PINs, kept as argon2id hashes.

At OWASP's minimum (19 MiB, 2 passes, 1 lane), which costs a small function some 30 ms; argon2-cffi's own defaults cost
ten times as much (cheatsheetseries.owasp.org, Password Storage).
"""

import base64
import unicodedata

from chalicelib import config

SALT_BYTES = 16
HASH_BYTES = 32


def hash_secret(secret: str) -> str:
    """Return the encoded hash to store; it contains its salt and costs."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(
        time_cost=config.argon2_passes(),
        memory_cost=config.argon2_memory_kib(),
        parallelism=1,
        hash_len=HASH_BYTES,
        salt_len=SALT_BYTES,
    )
    return hasher.hash(_compose(secret))


def verify_secret(kept: str | None, secret: str) -> bool:
    """Return whether the secret matches the hash. For None it takes as long, and returns False."""
    from argon2 import PasswordHasher
    from argon2.exceptions import VerifyMismatchError

    try:
        return PasswordHasher().verify(kept or _nobodys(), _compose(secret))
    except VerifyMismatchError:
        return False


def _nobodys() -> str:
    """Return a hash of nothing at the present costs, so that an unknown user takes as long as a wrong password."""
    costs = f"m={config.argon2_memory_kib()},t={config.argon2_passes()},p=1"
    return f"$argon2id$v=19${costs}${_base64(bytes(SALT_BYTES))}${_base64(bytes(HASH_BYTES))}"


def _compose(secret: str) -> str:
    """Return text in composed form: keyboards send é as one or two characters, and the password must be the same."""
    return unicodedata.normalize("NFKC", secret)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")
