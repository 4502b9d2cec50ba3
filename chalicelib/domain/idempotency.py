"""What an idempotency key stands for: one caller's one request."""

from dataclasses import dataclass

from chalicelib.domain import ids
from chalicelib.domain.chain import digest


@dataclass(frozen=True)
class Claim:
    """The slot that a caller's key names, and the fingerprint of the request that wants it."""

    transaction_id: str
    fingerprint: str


def claim(caller_id: str, key: str, operation: str, body: object) -> Claim:
    """`operation` is the method and path, `body` what was sent, without PIN or password."""
    return Claim(ids.transaction_id(caller_id, key), digest([operation, body]))
