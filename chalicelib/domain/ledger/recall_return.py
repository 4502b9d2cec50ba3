"""The return of a payment that another bank has recalled: one transaction for each recall, found by its id."""

from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key


def key_of_return(recall_id: str, amount: int) -> IdempotencyKey:
    """Return the only key under which a recall gives money back (minor units): no client can send it."""
    return derive_key("clearing", f"recall {recall_id}", "payment_return", [amount])
