"""One order for everything: the graph of what must come before what, and refusals at their moment in it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate, pairwise

from tests.chaos.graph import Graph
from tests.chaos.history import NEVER_NS, Entry, Ledger, Operation
from tests.chaos.keys import INSUFFICIENT, Request
from tests.chaos.reads import Seen
from tests.chaos.violation import Violation

Windows = dict[str, tuple[int, int]]
REAL_TIME = "was answered before the next was asked"


def check(asked: dict[str, Request], seen: list[Seen], ledger: Ledger) -> list[Violation]:
    made = {one.decided.id: one for one in asked.values() if one.decided and one.decided.status == "posted"}
    windows = {transaction_id: request.window() for transaction_id, request in made.items()}
    return [*_cycle(made, windows, seen, ledger), *_refusals(asked, windows, seen, ledger)]


def _cycle(made: dict[str, Request], windows: Windows, seen: list[Seen], ledger: Ledger) -> Iterator[Violation]:
    graph: Graph[str] = Graph()
    for account, chain in ledger.chains.items():
        for entry, later in pairwise(chain):
            graph.add(
                entry.transaction, later.transaction, f"has seq {entry.seq} of {account}, the next one {later.seq}"
            )
    names = {transaction_id: str(_asked(request)) for transaction_id, request in made.items()}
    for one in seen:
        name = f"read {one.operation.number}"
        names[name] = str(one.operation)
        _place(graph, name, one, ledger.chains.get(one.account, []))
    intervals = windows | {
        f"read {one.operation.number}": (one.operation.invoked_ns, one.operation.answered_ns) for one in seen
    }
    graph.add_real_time(intervals, REAL_TIME)
    cycle = graph.cycle()
    if cycle:
        lines = [f"  {names.get(node, node)} {reason}" for node, reason in cycle]
        yield Violation("order", "\n".join(["no order explains this, each comes before the next, and round:", *lines]))


def _asked(request: Request) -> Operation:
    return next(one for one in request.operations if request.decided and one.memo == request.decided.memo)


def _place(graph: Graph[str], name: str, one: Seen, chain: list[Entry]) -> None:
    """A read that saw seq s lies between transaction s and transaction s + 1."""
    if one.seq > 0:
        graph.add(chain[one.seq - 1].transaction, name, f"was seen by the next: seq {one.seq} of {one.account}")
    if one.seq < len(chain) and one.excludes(chain[one.seq]):
        graph.add(name, chain[one.seq].transaction, f"did not see the next: seq {one.seq + 1} of {one.account}")


def _refusals(asked: dict[str, Request], windows: Windows, seen: list[Seen], ledger: Ledger) -> Iterator[Violation]:
    reads: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        if one.as_of is None:
            reads[one.account].append(one)
    floors = {account.id: account.floor or 0 for account in ledger.accounts}
    spans: dict[str, tuple[list[int], list[int]]] = {}
    for request in asked.values():
        refused = next((one for one in request.operations if one.code == INSUFFICIENT), None)
        if refused is None:
            continue
        payer, chain = refused.arguments["from"], ledger.chains.get(refused.arguments["from"], [])
        if payer not in spans:
            spans[payer] = _spans(chain, windows, reads[payer])
        begin, end = request.window()
        least = _least(chain, spans[payer], begin, end)
        if least - refused.arguments["amount"] >= floors.get(payer, 0):
            yield _unexplained(refused, least)


def _unexplained(refused: Operation, least: int) -> Violation:
    return Violation("refusal", f"{refused}: all the while there was at least {least}")


def _spans(chain: list[Entry], windows: Windows, reads: list[Seen]) -> tuple[list[int], list[int]]:
    """For each state of an account (seq 0, 1, …): the earliest moment it can begin, the latest it can end.

    A transaction begins to count after it was asked for, and at the latest when it was answered, or when its effect or
    that of a later one was seen; not before a read that had not seen it was asked for.
    """
    begins = [0] + [windows.get(entry.transaction, (0, NEVER_NS))[0] for entry in chain]
    counts = [0] + [windows.get(entry.transaction, (0, NEVER_NS))[1] for entry in chain]
    for one in reads:
        counts[one.seq] = min(counts[one.seq], one.operation.answered_ns)
        if one.seq + 1 < len(begins):
            begins[one.seq + 1] = max(begins[one.seq + 1], one.operation.invoked_ns)
    latest = list(accumulate(reversed(counts), min))[::-1]
    return list(accumulate(begins, max)), [*latest[1:], NEVER_NS]


def _least(chain: list[Entry], spans: tuple[list[int], list[int]], begin: int, end: int) -> int:
    """The least balance that can have stood at some moment between two."""
    begins, ends = spans
    states = range(bisect_left(ends, begin), bisect_right(begins, end))
    return min((chain[seq - 1].balance_after if seq else 0 for seq in states), default=0)
