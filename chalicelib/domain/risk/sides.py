"""The sides of a transaction as moves of customers' accounts, posted or not."""

from collections.abc import Iterable, Mapping

from chalicelib.domain.risk.profile import Kind, Move, token

KINDS: Mapping[str, Kind] = {"transfer": "transfer", "payment": "transfer", "deposit": "cash", "withdrawal": "cash"}
"""Anything else the bank does by itself."""
NOT_POSTED = 0
"""The number of an entry that does not exist yet."""


def moves_of(
    transaction: tuple[str, str, str], legs: Iterable[tuple[str, int, int]], owners: Mapping[str, str], second: int
) -> list[Move]:
    """Return a move for each leg of a customer's account; the bank's own accounts have none.

    `transaction` is its id, type and currency. A leg is an account, an amount and the number of its entry. `owners` are
    the customers by account; `second` is when it happens, since 1970.
    """
    transaction_id, transaction_type, currency = transaction
    kind = KINDS.get(transaction_type, "bank")

    def of(account_id: str, amount: int, seq: int) -> Move:
        other = next((one for one in owners if one != account_id), None)
        is_own = other is not None and owners[other] == owners[account_id]
        is_known = other is not None and kind == "transfer" and not is_own
        return Move(
            account_id=account_id,
            transaction_id=transaction_id,
            seq=seq,
            amount=amount,
            currency=currency,
            second=second,
            kind=kind,
            counterparty=token(account_id, str(other)) if is_known else None,
            is_own=is_own,
        )

    return [of(*leg) for leg in legs if leg[0] in owners]
