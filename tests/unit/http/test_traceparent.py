"""The header traceparent: what is taken, what is ignored, and how messages of one event share a trace."""

import pytest

from chalicelib.domain.traceparent import TraceParent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_header_is_parsed_and_written_again() -> None:
    found = TraceParent.parse(GOOD)
    assert found == TraceParent(TRACE, SPAN, "01")
    assert str(found) == GOOD


@pytest.mark.parametrize(
    "header",
    [
        None, "", GOOD.upper(), GOOD[:-1], f"{GOOD}-more", f"ff{GOOD[2:]}", f" {GOOD}", f"{GOOD}\n",
        f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE}{SPAN}-01", "x" * 10_000,
        f"01-{TRACE}-{SPAN}-01-{'a' * 300}",
    ],
)  # fmt: skip
def test_wrong_header_is_ignored(header: str | None) -> None:
    assert TraceParent.parse(header) is None


def test_header_of_a_later_version_may_have_more_fields() -> None:
    assert TraceParent.parse(f"01-{TRACE}-{SPAN}-01-more") == TraceParent(TRACE, SPAN, "01")


def test_attempts_of_an_event_are_spans_of_one_trace() -> None:
    one, again, other = (TraceParent.of_attempt(*of) for of in (("evt_1", "a"), ("evt_1", "b"), ("evt_2", "a")))
    assert one.trace_id == again.trace_id != other.trace_id
    assert len({one.parent_id, again.parent_id, other.parent_id}) == 3
    assert TraceParent.parse(str(one)) == one
