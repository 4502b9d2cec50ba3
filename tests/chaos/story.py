"""Small histories written by hand, for the checker to judge."""

from typing import Any

from tests.chaos.checker import check
from tests.chaos.history import Account, Entry, History, Transaction

CASH = "gl.cash"


class Story:
    """A history in the making. Moments are plain numbers; movements are posted in the order in which they are told."""

    def __init__(self) -> None:
        self.now = 0
        self.history = History(clock=lambda: self.now)
        self.ledger = self.history.ledger
        self._ends: dict[str, tuple[int, int]] = {}

    def ask(self, now: int, client: int, kind: str, key: str | None = None, /, **arguments: Any) -> int:
        self.now = now
        return self.history.invoke(client, kind, arguments, key)

    def hear(self, now: int, number: int, outcome: Any = "ok", /, **answer: Any) -> None:
        self.now = now
        self.history.complete(number, outcome, answer)

    def post(self, key: str, kind: str, from_: str | None, to: str | None, amount: int) -> dict[str, Any]:
        """Do it, in the ledger; what its client should be told."""
        entries = [self._enter(f"T{key}", account, sign * amount) for account, sign in ((from_, -1), (to, 1))]
        self.ledger.transactions.append(Transaction(f"T{key}", key, kind, "posted", amount, from_, to, entries))
        told = {"id": f"T{key}", "type": kind, "amount": amount, "from": from_, "to": to}
        return told | {"entries": entries, "replayed": False}

    def refuse(self, key: str, kind: str, from_: str | None, to: str | None, amount: int) -> dict[str, Any]:
        code = "insufficient_funds"
        self.ledger.transactions.append(Transaction(f"T{key}", key, kind, "failed", amount, from_, to, [], code))
        return {"code": code, "replayed": False}

    def move(self, begin: int, end: int, key: str, kind: str, from_: str | None, to: str | None, amount: int) -> None:
        """Ask, do and hear."""
        number = self.ask_to_move(begin, key, kind, from_, to, amount)
        self.hear(end, number, **self.post(key, kind, from_, to, amount))

    def ask_to_move(self, now: int, key: str, kind: str, from_: str | None, to: str | None, amount: int) -> int:
        return self.ask(now, 0, kind, key, **{"from": from_, "to": to, "amount": amount, "memo": key})

    def read(self, begin: int, end: int, account: str, seq: int, balance: int, client: int = 1) -> None:
        self.hear(end, self.ask(begin, client, "account", account=account), seq=seq, balance=balance)

    def kinds(self) -> set[str]:
        floors = {CASH: None}
        self.ledger.accounts = [Account(name, *end, floors.get(name, 0)) for name, end in self._ends.items()]
        return {violation.kind for violation in check(self.history)}

    def _enter(self, transaction: str, account: str | None, amount: int) -> list[Any]:
        name = account or CASH
        balance, seq = self._ends.get(name, (0, 0))
        self._ends[name] = (balance + amount, seq + 1)
        created_at = f"2026-11-21T08:00:00.{len(self.ledger.entries):06d}Z"
        self.ledger.entries.append(Entry(name, seq + 1, transaction, amount, balance + amount, created_at))
        return [name, seq + 1, amount, balance + amount]


def with_two_accounts() -> Story:
    """A with 100, B with 50; client 0 moves, client 1 reads."""
    told = Story()
    told.move(0, 1, "a", "deposit", None, "A", 100)
    told.move(2, 3, "b", "deposit", None, "B", 50)
    return told
