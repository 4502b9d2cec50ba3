"""The header `traceparent` of W3C Trace Context: the trace that a request belongs to.

A client's header is logged and returned in problems, so that the client finds its own trace again. It is kept with what
the request writes, and goes on in messages to webhook endpoints; without one, each event begins a trace.
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
    def of_attempt(cls, event_id: str, attempt: str, caused_by: str | None = None) -> "TraceParent":
        """Return the trace of an event, the same for all its messages, with a span for each attempt to send one.

        It is the trace of the request that caused the event, if its client named one.
        """
        span = _digits(f"{event_id} {attempt}")[:16]
        cause = cls.parse(caused_by)
        return cls(cause.trace_id, span, cause.flags) if cause else cls(_digits(event_id)[:32], span)

    @classmethod
    def mark(cls, request_id: str, header: str, customer_id: str | None) -> str:
        """Return what an item keeps: the trace, and the request and the customer that it is of. A later request may
        leave it there."""
        return f"{header} {request_id} {customer_id or ''}"

    @classmethod
    def of_mark(cls, mark: object, request_id: object, customer_id: str | None) -> str | None:
        """Return the trace in a mark, as a customer is told of it: only the one who named it. None is for the bank.

        Return None if there is no trace, or it is of another request than the last one.
        """
        header, marked_id, named_by, *_ = [*(mark.split(" ") if isinstance(mark, str) else []), "", "", ""]
        is_told = customer_id in (None, named_by)
        return header if header and marked_id == request_id and is_told else None

    def __str__(self) -> str:
        return f"{VERSION}-{self.trace_id}-{self.parent_id}-{self.flags}"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
