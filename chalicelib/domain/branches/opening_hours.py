"""Opening hours of a branch: for each weekday, periods such as "09:00-12:30"."""

import re
from collections.abc import Sequence

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PATTERN = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
STRETCHES_MAX = 4


def check(stretches: Sequence[str]) -> None:
    """Raise ValueError, with a message for the client, unless these are periods of one day, in order."""
    before = ""
    for stretch in stretches:
        if not re.fullmatch(PATTERN, stretch, re.ASCII):
            raise ValueError('must be hours such as "09:00-12:30"')
        opens, _, closes = stretch.partition("-")
        if opens >= closes:
            raise ValueError("must open before it closes")
        if opens < before:
            raise ValueError("must be in order, without overlapping")
        before = closes
