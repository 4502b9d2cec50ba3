"""Which fault happens to which call: drawn from a seed, so that a failure can be repeated."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

RATE_MAX = 0.3
WRITES = frozenset({"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"})
READS = frozenset({"BatchGetItem", "GetItem", "Query"})

Key = tuple[str, str]
Choice = TypeVar("Choice")


class Fault(StrEnum):
    """What may happen to one call between us and DynamoDB."""

    LOST = "lost"
    """It never arrives, and nobody says so."""
    UNHEARD = "unheard"
    """It is applied; the answer is lost."""
    LATE = "late"
    """Nobody answers, and it is applied afterwards: at some later call, also after later attempts."""
    TWICE = "twice"
    """It is delivered twice, as something between us that repeats would; the second answer is heard."""
    DELAYED = "delayed"
    """It takes a while."""
    THROTTLED = "throttled"
    """It is refused for its rate, in one of the ways in which DynamoDB says so."""
    CONFLICT = "conflict"
    """The transaction is cancelled, for another one is at one of its items."""
    FAILED = "failed"
    """DynamoDB answers with an internal error and has done nothing."""
    FAILED_AFTER = "failed after"
    """DynamoDB answers with an internal error and has applied it."""


EVERY = tuple(Fault)
_FOR_WRITES = {Fault.UNHEARD, Fault.LATE, Fault.TWICE, Fault.FAILED_AFTER}


@dataclass(frozen=True)
class Call:
    """A call of DynamoDB, as it goes over the wire."""

    operation: str
    body: bytes

    @cached_property
    def arguments(self) -> Any:
        return json.loads(self.body)

    def items(self) -> list[Key | None]:
        """The keys that a transaction's actions are about, in their order; None where the action does not say."""
        return [_key_of(*one.values()) for one in self.arguments.get("TransactItems", [])]


def _key_of(action: Any) -> Key | None:
    named = action.get("Key") or action.get("Item") or {}
    return (named["pk"]["S"], named["sk"]["S"]) if "pk" in named else None


class Plan:
    """Faults of the given kinds to a share of the calls of the given operations.

    `conflicting` chooses the items on which transactions meet somebody; `happened` counts what was done.
    """

    def __init__(
        self,
        seed: int,
        rate: float = 0.0,
        kinds: Sequence[Fault] = EVERY,
        operations: Iterable[str] = WRITES | READS,
        conflicting: Callable[[Key], bool] = lambda _: True,
    ):
        assert 0 <= rate <= 1, "a share of the calls"
        self.chance = random.Random(seed)
        self.rate, self.kinds, self.operations = rate, tuple(kinds), frozenset(operations)
        self.happened: Counter[str] = Counter()
        self._conflicting = conflicting
        self._lock = threading.Lock()

    def fault_for(self, call: Call) -> Fault | None:
        """What happens to this call; None when nothing does."""
        with self._lock:
            if call.operation not in self.operations or self.chance.random() >= self.rate:
                return None
            possible = [kind for kind in self.kinds if self._can(kind, call)]
            fault = self.chance.choice(possible) if possible else None
            if fault:
                self.happened[fault] += 1
            return fault

    def _can(self, kind: Fault, call: Call) -> bool:
        if kind is Fault.CONFLICT:
            return call.operation == "TransactWriteItems" and bool(self._chosen(call))
        return kind not in _FOR_WRITES or call.operation in WRITES

    def _chosen(self, call: Call) -> list[int]:
        return [number for number, key in enumerate(call.items()) if key is None or self._conflicting(key)]

    def conflicts(self, call: Call) -> set[int]:
        """Which of the transaction's actions meet somebody: one of those that may."""
        with self._lock:
            return {self.chance.choice(self._chosen(call))}

    def happens(self, probability: float) -> bool:
        with self._lock:
            return self.chance.random() < probability

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        with self._lock:
            return self.chance.choice(choices)
