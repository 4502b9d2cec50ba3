"""Account numbers: ten digits and two check digits by ISO 7064 mod 97-10, as IBANs have."""

import secrets


def new_account_number() -> str:
    """Twelve digits, drawn at random so that a number tells nothing of the bank's size. Uniqueness is the store's."""
    stem = 10**9 + secrets.randbelow(9 * 10**9)
    return f"{stem}{98 - stem * 100 % 97:02d}"


def is_account_number(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit() and int(text) % 97 == 1
