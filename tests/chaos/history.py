"""What clients asked and heard, and when: the history that the checker judges, together with the ledger it led to.

Events are kept as they happen, in the manner of Jepsen (github.com/jepsen-io/history): an invocation, and later,
perhaps, its completion. A file of JSON lines holds a whole history, so that one which failed can be checked again.
"""

import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

Json = dict[str, Any]
Outcome = Literal["ok", "fail", "unknown"]
MONEY = ("deposit", "withdrawal", "transfer")
NEVER_NS = 2**63


@dataclass(frozen=True)
class Operation:
    """One request of one client. Amounts are in minor units, times in nanoseconds of a clock that only goes forward.

    `ok` was done, `fail` was refused, of `unknown` the client cannot say: it may have been done, or may still be.

    - movement: arguments `{from, to, amount, memo}` (from or to is None at the counter; the memo names the request, so
      that its transaction can be found), answer `{id, type, from, to, amount, entries, replayed}` or `{code, replayed}`
    - `account`, `balance` and `history`: arguments `{account}`, the second with `at`, the third with `limit` and
      `before` (a seq), answers `{seq, balance}`, the second with `at`; `{entries, has_more}`, newest first. An account
      tells its version, and the audit the seq of that in the end
    """

    number: int
    client: int
    kind: str
    arguments: Json
    invoked_ns: int
    key: str | None = None
    completed_ns: int = NEVER_NS
    outcome: Outcome = "unknown"
    answer: Json = field(default_factory=dict)

    @property
    def answered_ns(self) -> int:
        """By when it had taken effect for certain: never, if nobody said so."""
        return NEVER_NS if self.outcome == "unknown" else self.completed_ns

    @property
    def code(self) -> str | None:
        return self.answer.get("code")

    @property
    def memo(self) -> str:
        return str(self.arguments["memo"])

    def __str__(self) -> str:
        asked = ", ".join(f"{name} {short(value)}" for name, value in self.arguments.items() if value is not None)
        heard = ", ".join(f"{name} {short(value)}" for name, value in self.answer.items() if name != "entries")
        key = f" under key {short(self.key)}" if self.key else ""
        return f"#{self.number} (client {self.client}: {self.kind} {asked}{key} → {self.outcome} {heard})".replace(
            "  ", " "
        )


@dataclass(frozen=True)
class Entry:
    account: str
    seq: int
    transaction: str
    amount: int
    balance_after: int
    created_at: str


@dataclass(frozen=True)
class Account:
    """`floor` is what its balance may not be below; None for the bank's own accounts."""

    id: str
    balance: int
    seq: int
    floor: int | None


@dataclass(frozen=True)
class Transaction:
    """`memo` is that of the request that made it; `entries` are `[account, seq, amount, balance_after]`."""

    id: str
    memo: str
    type: str
    status: str
    amount: int
    from_: str | None
    to: str | None
    entries: list[list[Any]]
    code: str | None = None


@dataclass
class Ledger:
    """What stands in the tables when all is quiet."""

    accounts: list[Account] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)

    @cached_property
    def chains(self) -> dict[str, list[Entry]]:
        """Each account's entries in order."""
        chains: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(self.entries, key=lambda entry: (entry.seq, entry.created_at)):
            chains[entry.account].append(entry)
        return chains


class History:
    """Thread-safe while it is written; read it when the clients have stopped."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns):
        self.ledger = Ledger()
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._events: list[Json] = []

    def invoke(self, client: int, kind: str, arguments: Json, key: str | None = None) -> int:
        """Say that a request is about to be sent; its number."""
        with self._lock:
            number = next(self._numbers)
            asked = {"client": client, "kind": kind, "arguments": arguments, "key": key}
            self._events.append({"event": "invoke", "number": number, "invoked_ns": self._clock()} | asked)
            return number

    def complete(self, number: int, outcome: Outcome, answer: Json | None = None) -> None:
        """Say what came of it, as soon as it is known."""
        completed_ns = self._clock()
        heard = {"outcome": outcome, "answer": answer or {}, "completed_ns": completed_ns}
        with self._lock:
            self._events.append({"event": "complete", "number": number} | heard)

    def number_reads(self, seqs: Mapping[str, Mapping[int, int]]) -> None:
        """Add to what was read of accounts the seq of their last entry, by account and version; -1 for no version."""
        accounts = {
            event["number"]: event["arguments"].get("account") for event in self._events if "arguments" in event
        }
        for event in self._events:
            answer = event.get("answer", {})
            if "version" in answer:
                answer["seq"] = seqs[accounts[event["number"]]].get(answer["version"], -1)

    def operations(self) -> list[Operation]:
        """In the order of invocation; what was never answered is unknown."""
        asked: dict[int, Json] = {}
        for event in self._events:
            asked.setdefault(event["number"], {}).update(event)
        return [Operation(**{name: told for name, told in one.items() if name != "event"}) for one in asked.values()]

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        stands: list[Json] = [{"event": "account"} | asdict(account) for account in self.ledger.accounts]
        stands += [{"event": "entry"} | asdict(entry) for entry in self.ledger.entries]
        stands += [{"event": "transaction"} | asdict(transaction) for transaction in self.ledger.transactions]
        path.write_text("".join(json.dumps(event) + "\n" for event in [*self._events, *stands]))

    @classmethod
    def read(cls, path: Path) -> "History":
        history = cls()
        for line in path.read_text().splitlines():
            event = json.loads(line)
            kind = event["event"]
            if kind in ("invoke", "complete"):
                history._events.append(event)
                continue
            del event["event"]
            if kind == "account":
                history.ledger.accounts.append(Account(**event))
            elif kind == "entry":
                history.ledger.entries.append(Entry(**event))
            else:
                history.ledger.transactions.append(Transaction(**event))
        return history


def short(told: Any) -> str:
    """Ids by their last letters, for people."""
    text = str(told)
    return f"…{text[-5:]}" if len(text) > 20 else text
