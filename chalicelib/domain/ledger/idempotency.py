"""Idempotency keys: a key stands for one request of one caller."""

from dataclasses import dataclass

from chalicelib.domain import ids
from chalicelib.domain.ledger.hash_chain import digest


@dataclass(frozen=True)
class IdempotencyKey:
    """The slot that a caller's key names, and the fingerprint of the request that wants it."""

    transaction_id: str
    fingerprint: str


def derive_key(caller_id: str, key: str, operation: str, body: object) -> IdempotencyKey:
    """Derive the id and the fingerprint of a request.

    `operation` is the method and path, `body` the request's body without PIN or password.
    """
    return IdempotencyKey(ids.transaction_id(caller_id, key), digest([operation, body]))
