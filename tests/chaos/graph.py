"""Finding a cycle among what must come before what.

A history that some serial order explains has no cycle, and any topological order of its graph is such a serial order
(Adya, "Weak Consistency", 1999; Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
Observations", VLDB 2020, arxiv.org/abs/2003.10554).
"""

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)
TRIES_MAX = 50


@dataclass
class Graph(Generic[Node]):
    """Edges with the reason for each, in words; of several reasons the first given counts."""

    after: dict[Node, dict[Node, str]] = field(default_factory=dict)

    def add(self, earlier: Node, later: Node, reason: str) -> None:
        if earlier != later:
            self.after.setdefault(earlier, {}).setdefault(later, reason)

    def add_real_time(self, intervals: Mapping[Node, tuple[int, int]], reason: str) -> None:
        """What had ended before something else began comes before it.

        To say so for every pair would take n² edges. As in Elle, a frontier is kept of what has ended: whatever begins
        comes after all of it; whatever ends takes the place of those that it came after, for they are implied. Its
        members overlap, so it is never larger than the number of requests under way at once.
        """
        begins = [(start, 0, number) for number, (start, _) in enumerate(intervals.values())]
        ends = [(end, 1, number) for number, (_, end) in enumerate(intervals.values())]
        nodes = list(intervals)
        frontier: set[int] = set()
        before: dict[int, frozenset[int]] = {}
        for _, is_end, number in sorted(begins + ends):  # of the same instant, what begins is first: they overlap
            if is_end:
                frontier -= before[number]
                frontier.add(number)
            else:
                before[number] = frozenset(frontier)
                for earlier in frontier:
                    self.add(nodes[earlier], nodes[number], reason)

    def cycle(self) -> list[tuple[Node, str]]:
        """A short cycle, if there is one: each node with the reason why it comes before the next."""
        found = self._any_cycle()
        best = min((self._shortest(node) for node in found[:TRIES_MAX]), key=len, default=[])
        following = best[1:] + best[:1]
        return [(node, self.after[node][then]) for node, then in zip(best, following, strict=True)]

    def _any_cycle(self) -> list[Node]:
        sorter: TopologicalSorter[Node] = TopologicalSorter()
        for earlier, laters in self.after.items():
            for later in laters:
                sorter.add(later, earlier)
        try:
            sorter.prepare()
        except CycleError as error:
            cycle: list[Node] = error.args[1]
            return cycle
        return []

    def _shortest(self, start: Node) -> list[Node]:
        """The shortest way from a node on a cycle back to itself: breadth first."""
        came_from: dict[Node, Node] = {}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for later in self.after.get(node, ()):
                if later == start:
                    return _way(came_from, start, node)
                if later not in came_from:
                    came_from[later] = node
                    waiting.append(later)
        raise ValueError("the node is on no cycle")


def _way(came_from: Mapping[Node, Node], start: Node, end: Node) -> list[Node]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
