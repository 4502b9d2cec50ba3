"""What is to come of an account, as iCalendar (RFC 5545)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

LINE_OCTETS_MAX = 75
"""RFC 5545, section 3.1. Longer lines go on in the next one, after a space."""
PRODUCT = "-//Florin//Forecast//EN"
REFRESH = "PT12H"


@dataclass(frozen=True)
class CalendarEvent:
    """An event that lasts a whole day. The same `uid` is the same event, whatever else of it has changed."""

    uid: str
    day: date
    summary: str


def write_calendar(name: str, events: Iterable[CalendarEvent], written_at: datetime) -> str:
    """Return a calendar with these events, as text with CRLF at the end of each line."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_escape(name)}",
        f"X-WR-CALNAME:{_escape(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *(line for event in events for line in _event(event, written_at)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _event(event: CalendarEvent, written_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escape(event.uid)}"
    yield f"DTSTAMP:{written_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"SUMMARY:{_escape(event.summary)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escape(text: str) -> str:
    """Escape a value of type TEXT (section 3.3.11)."""
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    return text.replace("\r", "").replace("\n", "\\n")


def _fold(line: str) -> str:
    """Break a line after at most 75 octets, never within a character."""
    parts, part, size = list[str](), "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LINE_OCTETS_MAX:
            parts.append(part)
            part, size = "", 1  # the space that begins the next line
        part, size = part + character, size + octets
    return "\r\n ".join([*parts, part])
