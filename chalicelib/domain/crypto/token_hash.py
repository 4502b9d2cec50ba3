"""Secrets that the bank makes and gives away, of which it keeps a hash only."""

import hashlib


def digest(secret: str) -> str:
    """Return the SHA-256 of a token. A secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
