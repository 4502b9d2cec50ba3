"""An entry of one account: the amount that moved, and the balance after it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """Amounts in minor units, signed: positive is to the customer's credit. `created_at` is a timestamp in UTC."""

    account_id: str
    seq: int
    transaction_id: str
    type: str
    amount: int
    currency: str
    balance_after: int
    created_at: str
    prev_hash: str
    hash: str
