"""Account numbers: ten digits and two check digits by ISO 7064 mod 97-10, as IBANs have."""

import secrets

STEM_MIN, STEMS = 10**9, 9 * 10**9
"""The least stem of ten digits, and how many there are."""


def new_account_number() -> str:
    """Return twelve random digits, which reveal nothing of the bank's size. The store ensures uniqueness."""
    return account_number(STEM_MIN + secrets.randbelow(STEMS))


def account_number(stem: int) -> str:
    """Return ten digits with their two check digits."""
    return f"{stem}{98 - stem * 100 % 97:02d}"


def is_account_number(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit() and int(text) % 97 == 1
