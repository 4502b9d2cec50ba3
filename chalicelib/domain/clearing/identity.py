"""Names under which a payment is known outside this bank."""

import hashlib
from uuid import UUID


def uetr_of(transaction_id: str) -> str:
    """Return the unique end-to-end transaction reference: a version 4 UUID that depends on the transaction alone."""
    return str(UUID(bytes=hashlib.sha256(f"uetr {transaction_id}".encode()).digest()[:16], version=4))


def reference_of(transaction_id: str) -> str:
    """Return the transaction's id in SEPA's character set, which has no underscore."""
    return transaction_id.replace("_", "-")


def transaction_id_of(reference: str) -> str:
    """Return the transaction id that a reference stands for."""
    return reference.replace("-", "_")
