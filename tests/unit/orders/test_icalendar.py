"""Calendars as text, read by a library."""

from datetime import UTC, date, datetime
from typing import Any

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.orders.icalendar import CalendarEvent, write_calendar

AT = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200)


def test_a_calendar_of_one_event_is_written_line_by_line() -> None:
    written = write_calendar("Florin", [CalendarEvent("a@florin", date(2026, 12, 1), "7.00 USD out; rent, due")], AT)
    assert written.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Florin//Forecast//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Florin",
        "X-WR-CALNAME:Florin",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
        "BEGIN:VEVENT",
        "UID:a@florin",
        "DTSTAMP:20261129T233000Z",
        "DTSTART;VALUE=DATE:20261201",
        "SUMMARY:7.00 USD out\\; rent\\, due",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@given(TEXT)
def test_any_text_comes_back_whole_from_lines_of_75_octets(summary: str) -> None:
    written = write_calendar("Florin", [CalendarEvent("a", date(2026, 12, 1), summary)], AT)
    assert max(len(line) for line in written.encode().split(b"\r\n")) <= 75
    read: Any = icalendar.Calendar.from_ical(written)
    [event] = read.walk("VEVENT")
    assert not read.errors
    assert not event.errors
    assert str(event["SUMMARY"]) == summary
    assert (event["DTSTART"].dt, event["DTSTAMP"].dt) == (date(2026, 12, 1), AT)


def test_line_ends_in_a_text_begin_no_line() -> None:
    written = write_calendar("x", [CalendarEvent("a", date(2026, 12, 1), "one\r\nBEGIN:VALARM\ntwo")], AT)
    read: Any = icalendar.Calendar.from_ical(written)
    [event] = read.walk("VEVENT")
    assert str(event["SUMMARY"]) == "one\nBEGIN:VALARM\ntwo"
    assert "\r\nBEGIN:VALARM" not in written


def summary_lines(summary: str) -> list[str]:
    """Return the lines of a calendar that hold a summary."""
    lines = write_calendar("x", [CalendarEvent("a", date(2026, 12, 1), summary)], AT).split("\r\n")
    start = next(place for place, line in enumerate(lines) if line.startswith("SUMMARY:"))
    return lines[start : lines.index("TRANSP:TRANSPARENT")]


def test_line_has_75_octets_at_most_and_goes_on_after_a_space() -> None:
    assert summary_lines("a" * 67) == ["SUMMARY:" + "a" * 67]
    assert summary_lines("a" * 68) == ["SUMMARY:" + "a" * 67, " a"]
    assert summary_lines("a" * 141) == ["SUMMARY:" + "a" * 67, " " + "a" * 74]
    assert summary_lines("a" * 142) == ["SUMMARY:" + "a" * 67, " " + "a" * 74, " a"]


def test_line_is_never_broken_within_a_character() -> None:
    assert summary_lines("é" * 34) == ["SUMMARY:" + "é" * 33, " é"]
    assert summary_lines("a" + "é" * 34) == ["SUMMARY:a" + "é" * 33, " é"]
