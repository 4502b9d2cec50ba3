"""Settings whose values are terms of the bank: currencies, amounts, calendars, time zones, origins, queues."""

import json
import re
from pathlib import Path
from zoneinfo import ZoneInfo

from chalicelib.domain import money
from chalicelib.domain.interest.day_count import DEFAULT, SHORT, DayCount, parse
from chalicelib.domain.orders.business_calendar import TARGET, BusinessCalendar
from chalicelib.domain.payments.iban import COUNTRIES_OF_BANKS
from chalicelib.environment import Setting, SettingError

CURRENCY = "a currency that domain/money.py knows, such as EUR"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

CALENDARS = Path(__file__).parent / "calendars"
"""Business calendars by file, packaged with the functions."""

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_calendars: dict[str, BusinessCalendar] = {}
"""Calendars by name, each read once: a function cannot change its own package."""


def currency(name: str, default: str) -> Setting[str]:
    """Define a setting that is a currency, by its code."""
    return Setting(name, default, _parse_currency, CURRENCY)


def currencies(name: str, default: str) -> Setting[frozenset[str]]:
    """Define a setting that lists currencies."""
    return Setting(name, default, _parse_currencies, f"a list, each with a comma: {CURRENCY}")


def amount(name: str, default: str) -> Setting[str]:
    """Define a setting that is an amount in any currency of the bank; `config.check` compares the decimals."""
    return Setting(name, default, _parse_amount, "a positive decimal number, such as 1000 or 1000.50")


def day_count(name: str) -> Setting[DayCount]:
    """Define a setting that is a convention by which days of interest are counted."""
    return Setting(name, DEFAULT, parse, f"one of ACT/365F, ACT/ACT, ACT/360, {SHORT}")


def bank_country(name: str, default: str) -> Setting[str]:
    """Define a setting that is a country in which the bank can be."""
    allowed = "a country whose IBANs have room for 12 digits, such as LV, LU, CH or MT"
    return Setting(name, default, _parse_bank_country, allowed)


def calendar(name: str) -> Setting[BusinessCalendar]:
    """Define a setting that names a business calendar, by default TARGET's."""
    allowed = "TARGET or the name of a file in chalicelib/calendars without .json, such as germany"
    return Setting(name, TARGET.name, _parse_calendar, allowed)


def time_zone(name: str, default: str) -> Setting[ZoneInfo]:
    """Define a setting that names a time zone."""
    return Setting(name, default, _parse_zone, "a time zone of the IANA database, such as Europe/Berlin")


def origins(name: str, default: str) -> Setting[frozenset[str]]:
    """Define a setting that lists origins of web pages."""
    return Setting(name, default, _parse_origins, "origins separated by commas, such as https://console.example")


def queues(name: str) -> Setting[dict[str, str]]:
    """Define a setting of queues by name, by default none."""
    return Setting(name, "", _parse_queues, "pairs such as webhooks=https://…")


def log_level(name: str, default: str) -> Setting[str]:
    """Define a setting that is the level from which on lines are logged."""
    return Setting(name, default, _parse_log_level, f"one of {', '.join(LOG_LEVELS)}")


def _parse_currency(code: str) -> str:
    if code not in money.DECIMALS:
        raise ValueError
    return code


def _parse_currencies(codes: str) -> frozenset[str]:
    return frozenset(_parse_currency(code) for code in codes.split(","))


def _parse_amount(given: str) -> str:
    money.parse(given, "BHD")  # the currency with the most decimals
    return given


def _parse_bank_country(code: str) -> str:
    if code not in COUNTRIES_OF_BANKS:
        raise ValueError
    return code


def _parse_calendar(name: str) -> BusinessCalendar:
    if name == TARGET.name:
        return TARGET
    if not re.fullmatch("[a-z0-9-]{1,64}", name):
        raise ValueError
    if name not in _calendars:
        _calendars[name] = _read_calendar(name)
    return _calendars[name]


def _read_calendar(name: str) -> BusinessCalendar:
    path = CALENDARS / f"{name}.json"
    if not path.is_file():
        raise ValueError
    try:
        return BusinessCalendar.parse(json.loads(path.read_text("utf-8")))
    except ValueError as error:
        raise SettingError(f"BUSINESS_CALENDAR names {path.name}, which is no calendar: {error}") from None


def _parse_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError) as error:  # OSError: "Europe" is a folder of zones
        raise ValueError from error


def _parse_origins(listed: str) -> frozenset[str]:
    given = [origin.strip() for origin in listed.split(",") if origin.strip()]
    if not all(_ORIGIN.fullmatch(origin) for origin in given):
        raise ValueError
    return frozenset(given)


def _parse_queues(listed: str) -> dict[str, str]:
    pairs = [one.partition("=") for one in listed.split()]
    if not all(name and url for name, _, url in pairs):
        raise ValueError
    return {name: url for name, _, url in pairs}


def _parse_log_level(level: str) -> str:
    if level.upper() not in LOG_LEVELS:
        raise ValueError
    return level.upper()
