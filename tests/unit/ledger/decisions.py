"""Movements on two accounts, and what the ledger has decided about them, for tests that expect it to post."""

from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Leg, Movement, Posting

AT, DAY = "2026-11-21T08:30:00.000000Z", "2026-11-21"
CASH = "gl.cash.brn_1.USD.000"


def positions(**balances: int) -> dict[str, Position]:
    known = {name: Position(name, "USD", balance=balance) for name, balance in balances.items()}
    return known | {CASH: Position(CASH, "USD")}


def transfer(amount: int, limits: Limits | None = None) -> Movement:
    return Movement("txn_1", "transfer", "USD", (Leg("a", -amount), Leg("b", amount)), limits)


def posted(decision: Posting | Refusal) -> Posting:
    assert isinstance(decision, Posting), decision
    return decision
