"""The fraction of a minor unit that a credit of interest carries to the next one, exact for ever.

Interest is a sum of balance × rate × part of a year: an int of minor units, an int of millionths, an int of
1/1,603,080 (`day_count.py`). Every sum is thus an int of 1/PARTS of a minor unit, and so is what is left of it
after a whole number of minor units was credited: whatever conventions and rates come and go, its denominator divides
PARTS, so it is never rounded and never grows. A `Decimal` could not hold 1/365. It is stored as the text of a fraction
in lowest terms, `"-57/365"`, under 30 characters.
"""

import re
from fractions import Fraction

from chalicelib.domain.interest.day_count import YEAR_PARTS
from chalicelib.domain.interest.rate import RATE_PARTS

PARTS = YEAR_PARTS * RATE_PARTS
"""1,603,080,000,000: interest is counted in this part of a minor unit."""

NOTHING = Fraction(0)
MOST = Fraction(1, 2)
"""Half a minor unit, owed (positive) or paid ahead (negative): rounding half-even moves no further."""

_TEXT = re.compile(r"-?[0-9]{1,13}(?:/[1-9][0-9]{0,12})?", re.ASCII)


def text(carried: Fraction) -> str:
    """Return the stored form: `"0"` or `"-57/365"`. Raises ValueError unless a credit can leave the fraction."""
    check(carried)
    return str(carried)


def parse(text: str) -> Fraction:
    """Parse the result of `text`. Raises ValueError for anything that it does not write."""
    if not _TEXT.fullmatch(text) or str(carried := Fraction(text)) != text:
        raise ValueError(f"not a carried fraction: {text!r}")
    check(carried)
    return carried


def check(carried: Fraction) -> None:
    """Raise ValueError unless a credit can leave the fraction."""
    if abs(carried) > MOST or PARTS % carried.denominator:
        raise ValueError(f"{carried} is not what a credit leaves: at most 1/2, in {PARTS}ths")
