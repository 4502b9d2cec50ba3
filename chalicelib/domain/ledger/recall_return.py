"""Returns that people make: one transaction for each recall by another bank, and for each payment that came back."""

from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key


def key_of_return(recall_id: str, amount: int) -> IdempotencyKey:
    """Return the only key under which a recall gives money back (minor units): no client can send it."""
    return derive_key("clearing", f"recall {recall_id}", "payment_return", [amount])


def key_of_forward(payment_id: str, amount: int) -> IdempotencyKey:
    """Return the only key under which the returned money of a payment (minor units) is forwarded to its owner."""
    return derive_key("clearing", f"forward {payment_id}", "payment_return", [amount])
