"""Which types of events an endpoint asks for: `transaction.posted`, `transaction.*`, or `*` for all."""

from collections.abc import Iterable

ALL = "*"


def matches(patterns: Iterable[str], event_type: str) -> bool:
    """Return whether one of the patterns names this type. A star stands for a whole word, never for a part of one."""
    noun = event_type.partition(".")[0]
    return not {ALL, event_type, f"{noun}.{ALL}"}.isdisjoint(patterns)
