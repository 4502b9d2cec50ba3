"""Replacing the key that signs access tokens, so that no valid token is refused.

A new key is published first, and signs when every process knows it. The old one is withdrawn when its last token has
expired.
"""

from collections.abc import Sequence

from chalicelib.domain.identity.session import ACCESS_TOKEN_LIFE

ANNOUNCED_SECONDS = 600
"""Twice as long as a process keeps keys: when a new key begins to sign, none knows the old one only."""
CLOCKS_DIFFER_SECONDS = 60


def index_that_signs(signs_from: Sequence[int], now: float) -> int:
    """Return which key signs at a moment, of keys by their first second, the newest first."""
    return next((index for index, first in enumerate(signs_from) if first <= now), len(signs_from) - 1)


def old_key_ends_at(signs_from: int) -> int:
    """Return the second from which no valid token names the key before the one that signs from `signs_from` on."""
    return signs_from + int(ACCESS_TOKEN_LIFE.total_seconds()) + CLOCKS_DIFFER_SECONDS
