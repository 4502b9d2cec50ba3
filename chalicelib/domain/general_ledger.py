"""The bank's own accounts, by name; the ledger adds a shard."""


def cash(branch_id: str, currency: str) -> str:
    """The counterpart of what customers pay in and take out at a branch: the negated sum of its shards is its cash."""
    return f"gl.cash.{branch_id}.{currency}"


def interest_expense(currency: str) -> str:
    """What the bank has paid its customers in interest: the negated sum of its shards."""
    return f"gl.interest_expense.{currency}"
