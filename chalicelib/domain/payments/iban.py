"""International bank account numbers (ISO 13616): a country, two check digits, and the country's own number (BBAN)."""

import re
from dataclasses import dataclass
from typing import Self

_STRUCTURES = """
    AD:4n4n12c AE:3n16n AL:8n16c AT:5n11n AZ:4a20c BA:3n3n8n2n BE:3n7n2n BG:4a4n2n8c BH:4a14c BI:5n5n11n2n
    BR:8n5n10n1a1c BY:4c4n16c CH:5n12c CR:4n14n CY:3n5n16c CZ:4n16n DE:8n10n DJ:5n5n11n2n DK:4n9n1n DO:4c20n
    EE:2n14n EG:4n4n17n ES:4n4n1n1n10n FI:3n11n FK:2a12n FO:4n9n1n FR:5n5n11c2n GB:4a6n8n GE:2a16n GI:4a15c
    GL:4n9n1n GR:3n4n16c GT:4c20c HN:4a20n HR:7n10n HU:3n4n1n15n1n IE:4a6n8n IL:3n3n13n IQ:4a3n12n IS:4n2n6n10n
    IT:1a5n5n12c JO:4a4n18c KW:4a22c KZ:3n13c LB:4n20c LC:4a24c LI:5n12c LT:5n11n LU:3n13c LV:4a13c LY:3n3n15n
    MC:5n5n11c2n MD:2c18c ME:3n13n2n MK:3n10c2n MN:4n12n MR:5n5n11n2n MT:4a5n18c MU:4a2n2n12n3n3a NI:4a20n NL:4a10n
    NO:4n6n1n OM:3n16c PK:4a16c PL:8n16n PS:4a21c PT:4n4n11n2n QA:4a21c RO:4a16c RS:3n13n2n RU:9n5n15c SA:2n18c
    SC:4a2n2n16n3a SD:2n12n SE:3n16n1n SI:5n8n2n SK:4n6n10n SM:1a5n5n12c SO:4n3n12n ST:4n4n11n2n SV:4a20n TL:3n14n2n
    TN:2n3n13n2n TR:5n1n16c UA:6n19c VA:3n15n VG:4a16n XK:4n10n2n YE:4a4n18c
"""
"""The groups of each country's BBAN as SWIFT's registry has them: length and n (digits), a (letters) or c (both)."""
_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
GROUPS: dict[str, list[tuple[int, str]]] = {
    country: [(int(length), kind) for length, kind in re.findall("([0-9]+)([nac])", structure)]
    for country, _, structure in (word.partition(":") for word in _STRUCTURES.split())
}
"""The length and kind of each group of a BBAN, by country; the last one is the account's, or a check digit."""

LENGTHS = {country: 4 + sum(length for length, _ in groups) for country, groups in GROUPS.items()}
"""Characters of an IBAN by its country."""

SEPA_COUNTRIES = frozenset(
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE"
    " SI SK SM VA".split()
)
"""The first letters of IBANs that SEPA's credit transfers reach (EPC409-09). Overseas territories have those of their
country; Guernsey, Jersey and the Isle of Man have GB."""

LENGTH_MAX = 34
_NUMBER_LENGTH = 12
"""Digits of an account number of this bank."""

_CHECKED_INSIDE = frozenset({"CZ", "EE", "IT", "SM"})
"""Countries whose BBANs have check digits of their own that cover the account, which are not computed here."""

COUNTRIES_OF_BANKS = (
    frozenset(country for country, groups in GROUPS.items() if groups[-1][0] >= _NUMBER_LENGTH and groups[-1][1] != "a")
    - _CHECKED_INSIDE
)
"""Countries in which this bank can issue IBANs: the BBAN ends with a group that has room for an account number."""


class InvalidIban(ValueError):
    """Text that is no IBAN. The message completes "to_iban …"."""


def parse(text: str) -> str:
    """Return an IBAN in its electronic form: capital letters, without spaces. Raises InvalidIban."""
    typed = "".join(text.split())
    iban = typed.upper() if typed.isascii() else typed
    country = iban[:2]
    if country not in LENGTHS:
        raise InvalidIban("begins with no country that has IBANs")
    if len(iban) != LENGTHS[country]:
        raise InvalidIban(f"has {len(iban)} characters; in {country} it has {LENGTHS[country]}")
    if not re.fullmatch("[0-9]{2}", iban[2:4]) or not _has_structure(iban[4:], GROUPS[country]):
        raise InvalidIban(f"has a letter or digit where none is in {country}")
    if iban[2:4] != check_digits(country, iban[4:]):
        raise InvalidIban("is mistyped: its check digits do not fit")
    return iban


def paper_form(iban: str) -> str:
    """Return an IBAN as it is printed: in groups of four."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def bank_code_of(iban: str) -> str:
    """Return the national code of the bank in an IBAN: its first group, without a check character before it."""
    groups = GROUPS[iban[:2]]
    start = 4 + (groups[0][0] if groups[0][0] == 1 else 0)
    return iban[start : start + groups[groups[0][0] == 1][0]]


def check_digits(country: str, bban: str) -> str:
    """Return the two check digits, by ISO 7064 mod 97-10: 02 to 98."""
    return f"{98 - _number(f'{bban}{country}00') % 97:02d}"


@dataclass(frozen=True)
class BankIdentifier:
    """The part of an IBAN that names a bank. Raises ValueError where the bank cannot issue IBANs."""

    country: str
    code: str

    def __post_init__(self) -> None:
        if self.country not in COUNTRIES_OF_BANKS:
            raise ValueError(f"has no room for account numbers of {_NUMBER_LENGTH} digits")
        groups = GROUPS[self.country][:-1]
        if not _has_structure(self.code, groups):
            expected = " ".join(f"{length}{kind}" for length, kind in groups)
            raise ValueError(f"must have the structure {expected} in {self.country}")

    @classmethod
    def of_iban(cls, iban: str) -> Self | None:
        """Return the bank's part of an IBAN, or None for a country in which this bank cannot issue any."""
        country = iban[:2]
        if country not in COUNTRIES_OF_BANKS:
            return None
        return cls(country, iban[4 : len(iban) - GROUPS[country][-1][0]])

    def iban_of(self, account_number: str) -> str:
        """Return the IBAN of an account: its number with zeros before it, as long as the country's group."""
        bban = self.code + account_number.zfill(GROUPS[self.country][-1][0])
        return f"{self.country}{check_digits(self.country, bban)}{bban}"

    def account_number_of(self, iban: str) -> str | None:
        """Return the number in one of this bank's IBANs, None for an IBAN of another bank.

        It may be one that no account has.
        """
        account = iban[4 + len(self.code) :]
        return account.removeprefix("0" * (len(account) - _NUMBER_LENGTH)) if self.of_iban(iban) == self else None


def _has_structure(text: str, groups: list[tuple[int, str]]) -> bool:
    pattern = "".join(f"{_CHARACTERS[kind]}{{{length}}}" for length, kind in groups)
    return re.fullmatch(pattern, text) is not None


def _number(text: str) -> int:
    """Return the number in which A is 10 and Z is 35."""
    return int("".join(str(int(character, 36)) for character in text))
