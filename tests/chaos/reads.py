"""What clients read, against what has stood there."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from tests.chaos.history import MONEY, Entry, Ledger, Operation
from tests.chaos.violation import Violation


@dataclass(frozen=True)
class Seen:
    """A read that saw an account just after its entry `seq`.

    `as_of` is set where the balance of an earlier moment was asked for: entries of later moments are then no matter.
    """

    operation: Operation
    account: str
    seq: int
    as_of: str | None = None

    def excludes(self, later: Entry) -> bool:
        """Whether it must have come before that entry, which it would have seen otherwise."""
        return self.as_of is None or later.created_at <= self.as_of


def check(operations: list[Operation], ledger: Ledger) -> tuple[list[Seen], list[Violation]]:
    """What was seen, as far as it can have been, and what cannot."""
    seen, found = [], []
    for operation in operations:
        if operation.outcome != "ok" or operation.kind in MONEY:
            continue
        chain = ledger.chains.get(operation.arguments["account"], [])
        wrong = list(_page(operation, chain) if operation.kind == "history" else _balance(operation, chain))
        found += wrong
        if not wrong and operation.arguments.get("before") is None:
            as_of = operation.answer["at"] if operation.arguments.get("at") else None
            seen.append(Seen(operation, operation.arguments["account"], _seq(operation), as_of))
    return seen, found


def _seq(operation: Operation) -> int:
    if operation.kind == "history":
        entries = operation.answer["entries"]
        return int(entries[0]["seq"]) if entries else 0
    return int(operation.answer["seq"])


def _balance(operation: Operation, chain: list[Entry]) -> Iterator[Violation]:
    seq = operation.answer["seq"]
    last = _at(chain, seq)
    stood = {entry.balance_after for entry in last} if seq else {0}
    if operation.answer["balance"] not in stood:
        yield Violation("read", f"{operation}: after seq {seq} there were {sorted(stood) or 'none'}")
    if operation.kind == "balance" and any(entry.created_at > operation.answer["at"] for entry in last):
        yield Violation("read", f"{operation}: seq {seq} is of a later moment")


def _at(chain: list[Entry], seq: int) -> list[Entry]:
    """The entry with that number: one, if all is well."""
    return chain[bisect_left(chain, seq, key=_number) : bisect_right(chain, seq, key=_number)]


_number = attrgetter("seq")


def _page(operation: Operation, chain: list[Entry]) -> Iterator[Violation]:
    asked, told = operation.arguments, operation.answer["entries"]
    for line in told:
        if Entry(account=asked["account"], **line) not in _at(chain, line["seq"]):
            yield Violation("read", f"{operation}: {line} has never stood there")
    first = asked["before"] - 1 if asked.get("before") else (told[0]["seq"] if told else 0)
    seqs = [line["seq"] for line in told]
    if seqs != list(range(first, first - len(seqs), -1)):
        yield Violation("read", f"{operation}: a page with seqs {seqs} has gaps")
    last = seqs[-1] if seqs else first + 1
    if len(seqs) > asked["limit"] or operation.answer["has_more"] != (last > 1):
        yield Violation("read", f"{operation}: {len(seqs)} entries down to {last}, has_more is wrong")


def check_clients(operations: list[Operation], seen: list[Seen]) -> Iterator[Violation]:
    """No client sees less of an account than it has seen, or been told, before."""
    told = {one.operation.number: {one.account: one.seq} for one in seen if one.as_of is None}
    known: dict[tuple[int, str], tuple[int, Operation]] = {}
    for operation in operations:
        entries = operation.answer.get("entries", []) if operation.kind in MONEY else []
        for account, seq in (told.get(operation.number) or {entry[0]: entry[1] for entry in entries}).items():
            most, earlier = known.get((operation.client, account), (0, operation))
            if seq < most and operation.kind not in MONEY:
                yield Violation(
                    "back in time", f"{operation} saw seq {seq}; {earlier} had shown that client seq {most}"
                )
            elif seq > most:
                known[operation.client, account] = (seq, operation)
