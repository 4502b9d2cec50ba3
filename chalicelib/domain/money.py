"""Money: an integer of minor units and an ISO 4217 currency inside, a decimal string in HTTP."""

import re
from decimal import Decimal

DECIMALS = {
    "AED": 2, "AUD": 2, "BGN": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "CZK": 2,
    "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "ISK": 0, "JOD": 3,
    "JPY": 0, "KES": 2, "KRW": 0, "KWD": 3, "MXN": 2, "NGN": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PLN": 2,
    "RON": 2, "SAR": 2, "SEK": 2, "SGD": 2, "THB": 2, "TND": 3, "TRY": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip
"""Minor-unit exponents, from ISO 4217 (list one)."""

MINOR_MAX = 10**15
"""No single amount is larger; far beyond any limit, far below what DynamoDB's numbers hold (38 digits)."""

UNIT_WEIGHTS = {"INR": 80, "JPY": 150}
"""How many units of a currency weigh as one, in standard thresholds and ceilings; of any other, one."""

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,6}))?", re.ASCII)


def parse(text: str, currency: str, *, zero_allowed: bool = False) -> int:
    """Parse a positive decimal string such as `"125.50"` into minor units.

    Raises ValueError, in words meant for the client, on anything else: zero (unless allowed), a sign, an exponent,
    spaces, too many decimals, too large.
    """
    found = _AMOUNT.fullmatch(text)
    if not found:
        raise ValueError('must be a positive decimal string such as "125.50"')
    whole, fraction = found[1], found[2] or ""
    decimals = DECIMALS[currency]
    if len(fraction) > decimals:
        raise ValueError(f"has more than the {decimals} decimals of {currency}")
    minor = int(whole + fraction.ljust(decimals, "0"))
    if minor == 0 and not zero_allowed:
        raise ValueError("must be greater than zero")
    if minor > MINOR_MAX:
        raise ValueError("is too large")
    return minor


def text(minor: int, currency: str) -> str:
    """Return the decimal string of an amount in minor units: `text(-12550, "USD") == "-125.50"`."""
    check_minor(minor)
    decimals = DECIMALS[currency]
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return ("-" if minor < 0 else "") + whole + (f".{fraction}" if decimals else "")


def decimal(minor: int, currency: str) -> Decimal:
    """Return an amount in minor units as a number with all decimals of its currency."""
    return Decimal(text(minor, currency))


def minor_of_units(units: int, currency: str) -> int:
    """Return so many standard units in minor units of a currency."""
    return int(units * UNIT_WEIGHTS.get(currency, 1) * 10 ** DECIMALS[currency])


def check_minor(minor: object) -> None:
    """Raise TypeError unless the amount is exactly an int: a bool, float or Decimal in the ledger is a bug."""
    if type(minor) is not int:
        raise TypeError(f"money is an int of minor units, not {type(minor).__name__}")


def format_grouped(minor: int, currency: str) -> str:
    """Format an amount for people: `format_grouped(-123456789, "USD") == "-1,234,567.89"`."""
    whole, point, fraction = text(minor, currency).partition(".")
    return f"{int(whole):,}{point}{fraction}" if int(whole) else f"{whole}{point}{fraction}"
