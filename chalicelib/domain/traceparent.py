"""The header `traceparent` of W3C Trace Context: the trace that a request belongs to.

A client's header is logged and returned in problems, so that the client finds its own trace again. Messages to webhook
endpoints begin a trace for each event.
"""

import hashlib
import re
from dataclasses import dataclass

NAME = "traceparent"
VERSION, SAMPLED = "00", "01"
_HEADER = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace_id>(?!0{32})[0-9a-f]{32})-(?P<parent_id>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?",
    re.ASCII,
)
LENGTH_MAX = 256


@dataclass(frozen=True)
class TraceParent:
    """A trace, and the span in it that caused what follows, both in lower-case hexadecimal digits."""

    trace_id: str
    parent_id: str
    flags: str = SAMPLED

    @classmethod
    def parse(cls, header: str | None) -> "TraceParent | None":
        """Parse a header. Return None for a wrong one, which the standard wants to be ignored."""
        found = _HEADER.fullmatch(header) if header and len(header) <= LENGTH_MAX else None
        if found is None or (found["version"] == VERSION and found["more"]):
            return None
        return cls(found["trace_id"], found["parent_id"], found["flags"])

    @classmethod
    def of_attempt(cls, event_id: str, attempt: str) -> "TraceParent":
        """Return the trace of an event, the same for all its messages, with a span for each attempt to send one."""
        return cls(_digits(event_id)[:32], _digits(f"{event_id} {attempt}")[:16])

    def __str__(self) -> str:
        return f"{VERSION}-{self.trace_id}-{self.parent_id}-{self.flags}"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
