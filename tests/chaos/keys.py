"""What was asked under each key, what was answered, and what the ledger says of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.history import MONEY, NEVER_NS, Ledger, Operation, Transaction
from tests.chaos.violation import Violation

NOTHING_DONE = ("contention", "unavailable")
"""Answers which promise that this attempt did nothing; a later one may."""

REUSED = "idempotency_key_reused"
INSUFFICIENT = "insufficient_funds"


@dataclass
class Request:
    """All that was sent under one key, and the transactions that came of it: one, if all is well."""

    key: str
    operations: list[Operation] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)

    @property
    def decided(self) -> Transaction | None:
        return self.transactions[0] if self.transactions else None

    def window(self) -> tuple[int, int]:
        """From when to when it may have taken effect: first asked, and first answered by what depends on it."""
        memo = self.decided.memo if self.decided else None
        asked = [one for one in self.operations if one.memo == memo]
        able = [one for one in asked if one.code not in NOTHING_DONE] or asked
        decisive = [one.answered_ns for one in self.operations if one.code not in NOTHING_DONE]
        return min((one.invoked_ns for one in able), default=0), min(decisive, default=NEVER_NS)


def gather(operations: list[Operation], ledger: Ledger) -> tuple[dict[str, Request], list[Violation]]:
    """Requests by key; and what stands in the ledger that nobody asked for."""
    asked: dict[str, Request] = {}
    keys: dict[str, str] = {}
    for operation in operations:
        if operation.kind in MONEY:
            key = str(operation.key)
            asked.setdefault(key, Request(key)).operations.append(operation)
            keys[operation.memo] = key
    found = []
    for transaction in ledger.transactions:
        if transaction.memo in keys:
            asked[keys[transaction.memo]].transactions.append(transaction)
        else:
            found.append(Violation("outcome", f"{transaction} was never asked for"))
    return asked, found


def check(asked: dict[str, Request], ledger: Ledger) -> list[Violation]:
    return [violation for request in asked.values() for violation in _request(request)]


def _request(request: Request) -> Iterator[Violation]:
    decided = request.decided
    if len(request.transactions) > 1:
        yield Violation("twice", f"key {request.key} made {[one.id for one in request.transactions]}")
    for operation in request.operations:
        if operation.outcome == "ok":
            yield from _confirmed(operation, decided)
        elif operation.outcome == "fail":
            yield from _refused(operation, decided)
    answered = [one for one in request.operations if one.outcome != "unknown" and one.code not in NOTHING_DONE]
    if not answered and any(one.outcome == "unknown" for one in request.operations):
        yield Violation("outcome", f"nobody found out what became of {request.operations[0]}")
    yield from _attempts(request, decided)
    yield from _replays([one for one in answered if one.code != REUSED])


def _confirmed(operation: Operation, decided: Transaction | None) -> Iterator[Violation]:
    told, wanted = operation.answer, operation.arguments
    if decided is None:
        yield Violation("outcome", f"{operation} is not in the ledger")
    elif decided.memo != operation.memo:
        yield Violation("reuse", f"{operation} was answered, but the key had served {decided.memo} ({decided.id})")
    elif decided.status != "posted":
        yield Violation("outcome", f"{operation} is {decided.status} in the ledger")
    asked = (operation.kind, wanted["from"], wanted["to"], wanted["amount"])
    if asked != (told["type"], told["from"], told["to"], told["amount"]):
        yield Violation("answer", f"{operation} was answered with something else than was asked")
    if decided is not None and decided.memo == operation.memo:
        if told["id"] != decided.id or sorted(told["entries"]) != sorted(decided.entries):
            yield Violation("answer", f"{operation} was told {told['entries']}; the ledger has {decided.entries}")
        if asked != (decided.type, decided.from_, decided.to, decided.amount):
            yield Violation("answer", f"{operation} stands in the ledger as {decided}")


def _refused(operation: Operation, decided: Transaction | None) -> Iterator[Violation]:
    is_own = decided is not None and decided.memo == operation.memo
    if operation.code == REUSED:
        if decided is None or is_own:
            yield Violation("answer", f"{operation}, but no other request had that key")
    elif operation.code == INSUFFICIENT:
        if decided is None:
            yield Violation("outcome", f"{operation} is not recorded")
        elif not is_own:
            yield Violation("reuse", f"{operation} was answered, but the key had served {decided.memo} ({decided.id})")
        elif decided.status != "failed" or decided.code != INSUFFICIENT:
            yield Violation("outcome", f"{operation} was refused, and is {decided.status} in the ledger")
    elif operation.code not in NOTHING_DONE:
        yield Violation("answer", f"{operation}: nothing that was asked explains this refusal")


def _attempts(request: Request, decided: Transaction | None) -> Iterator[Violation]:
    """Somebody must have been able to do what was done."""
    asked = [one for one in request.operations if decided and one.memo == decided.memo]
    if asked and all(one.code in NOTHING_DONE for one in asked):
        yield Violation("outcome", f"{asked[0]}: nothing was done, it was said, and there is {decided}")
    for replay in (one for one in asked if one.answer.get("replayed")):
        others = (one for one in asked if one is not replay and one.code not in NOTHING_DONE)
        if not any(one.invoked_ns <= replay.completed_ns for one in others):
            yield Violation("answer", f"{replay} repeats an answer that nobody else can have had")


def _replays(answered: list[Operation]) -> Iterator[Violation]:
    firsts = [one for one in answered if not one.answer["replayed"]]
    if len(firsts) > 1:
        yield Violation("twice", f"{firsts[0]} and {firsts[1]} both say that they were the first")
    for replay in answered[1:]:
        if replay.memo == answered[0].memo and _content(replay) != _content(answered[0]):
            yield Violation("answer", f"{replay} is answered otherwise than {answered[0]}")


def _content(operation: Operation) -> dict[str, object]:
    return {name: told for name, told in operation.answer.items() if name != "replayed"}
