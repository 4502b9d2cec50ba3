"""Ranges of time as clients ask for them."""

from chalicelib import config
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.time import parse_bound, parse_moment, timestamp

FIRST = "0000-01-01T00:00:00.000000Z"
LAST = "9999-12-31T23:59:59.999999Z"


def parse(from_: str | None, to: str | None) -> tuple[str, str]:
    """Both ends as timestamps, inclusive. Raises ValidationFailed when one is none, or they are backwards."""
    since = _bound("from", from_, end=False) if from_ is not None else FIRST
    until = _bound("to", to, end=True) if to is not None else LAST
    if since > until:
        raise ValidationFailed.of("from", "must not be after to")
    return since, until


def moment(field: str, text: str) -> str:
    try:
        return timestamp(parse_moment(text))
    except (ValueError, OverflowError) as error:
        raise ValidationFailed.of(field, str(error)) from None


def _bound(field: str, text: str, *, end: bool) -> str:
    try:
        return parse_bound(text, config.timezone(), end=end)
    except (ValueError, OverflowError) as error:
        raise ValidationFailed.of(field, str(error)) from None
