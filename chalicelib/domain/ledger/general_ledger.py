"""The bank's own accounts, by name; the ledger adds a shard."""


def cash(branch_id: str, currency: str) -> str:
    """Return the cash account of a branch: the counterpart of deposits and withdrawals there.

    The branch's cash is the negated sum of the account's shards.
    """
    return f"gl.cash.{branch_id}.{currency}"


def branch_of(account_id: str) -> str | None:
    """Return the branch whose cash an account (or a shard of one) is, or None for another account."""
    ledger, _, rest = account_id.partition(".cash.")
    return rest.partition(".")[0] if ledger == "gl" and rest else None


def equity(currency: str) -> str:
    """Return the account of the bank's equity in its branches: the counterpart of their first cash."""
    return f"gl.equity.{currency}"


def probe(side: str, currency: str) -> str:
    """Return one of the two accounts between which a deployment moves 0.01 and back; `side` is "from" or "to"."""
    return f"gl.probe.{side}.{currency}"


def interest_expense(currency: str) -> str:
    """Return the account of interest paid to customers; its balance is the negated sum of its shards."""
    return f"gl.interest_expense.{currency}"


def clearing(rail: str, currency: str) -> str:
    """Return the account of payments that were settled with other banks and not yet advised by the clearing."""
    return f"gl.clearing.{rail}.{currency}"


def is_clearing(account_id: str) -> bool:
    """Return whether an account, or a shard of one, is of payments between banks."""
    return account_id.startswith("gl.clearing.")


def is_instant_clearing(account_id: str) -> bool:
    """Return whether an account, or a shard of one, is of instant payments between banks."""
    return account_id.startswith(clearing("instant", ""))


def clearing_fees(currency: str) -> str:
    """Return the account of what the clearing has charged; its balance is the negated sum of its shards."""
    return f"gl.clearing_fees.{currency}"


def nostro(currency: str) -> str:
    """Return the account of the bank's money at the clearing; its balance is the negated sum of its shards."""
    return f"gl.nostro.{currency}"


def returns(currency: str) -> str:
    """Return the account of money that came back to payers whose accounts are closed: people find them."""
    return f"gl.returns.{currency}"


def is_returns(account_id: str) -> bool:
    """Return whether an account, or a shard of one, is of returned money that waits for people."""
    return account_id.startswith("gl.returns.")
