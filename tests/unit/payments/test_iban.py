"""IBANs: check digits and structures by country, and those that this bank issues."""

import re

import pytest
from stdnum import iban as judge

from chalicelib.domain.payments import iban
from chalicelib.domain.payments.iban import COUNTRIES_OF_BANKS, LENGTHS, SEPA_COUNTRIES, BankIdentifier, InvalidIban

BANK = BankIdentifier("LV", "FLRN")
NUMBER = "123456789005"
IBAN = "LV69FLRN0123456789005"
PUBLISHED = """
    AD1200012030200359100100 AT611904300234573201 BE68539007547034 BG80BNBG96611020345678 CH9300762011623852957
    CY17002001280000001200527600 CZ6508000000192000145399
    DE89370400440532013000 DK5000400440116243 EE382200221020145685 ES9121000418450200051332 FI2112345600000785
    FR1420041010050500013M02606 GB29NWBK60161331926819 GI75NWBK000000007099453 GR1601101250000000012300695
    HR1210010051863000160 HU42117730161111101800000000 IE29AIBK93115212345678 IS140159260076545510730339
    IT60X0542811101000000123456 LI21088100002324013AA LT121000011101001000 LU280019400644750000 LV80BANK0000435195001
    MC5811222000010123456789030 MT84MALT011000012345MTLCAST001S NL91ABNA0417164300 NO9386011117947
    PL61109010140000071219812874 PT50000201231234567890154 RO49AAAA1B31007593840000 SE4550000000058398257466
    SI56263300012039086 SK3112000000198742637541 SM86U0322509800000000270100 VA59001123000012345678
""".split()
"""The registry's examples for the countries of SEPA."""


@pytest.mark.parametrize("published", PUBLISHED)
def test_published_ibans_are_accepted_in_both_forms(published: str) -> None:
    assert judge.is_valid(published, check_country=False)
    assert iban.parse(published) == published
    assert iban.parse(f" {iban.paper_form(published).lower()}\n") == published


@pytest.mark.parametrize("published", PUBLISHED)
def test_a_wrong_digit_and_swapped_neighbours_are_found(published: str) -> None:
    for place in (place for place in range(3, len(published)) if published[place - 1 : place + 1].isdigit()):
        wrong = "1" if published[place] != "1" else "2"
        slips = {published[:place] + wrong + published[place + 1 :]}
        slips.add(published[: place - 1] + published[place] + published[place - 1] + published[place + 1 :])
        for slip in slips - {published}:
            with pytest.raises(InvalidIban):
                iban.parse(slip)


def test_sepa_has_the_countries_of_the_examples_and_those_that_have_joined() -> None:
    assert {one[:2] for one in PUBLISHED} | {"AL", "MD", "ME", "MK", "RS"} == SEPA_COUNTRIES
    assert LENGTHS.keys() >= SEPA_COUNTRIES


def test_structures_are_those_of_an_independent_library() -> None:
    for country, length in LENGTHS.items():
        info = judge._ibandb.info(country)
        [(_, found)] = [one for one in info if one[1]][:1]
        expected = sum(int(number) for number in re.findall("[0-9]+", found["bban"]))
        assert length == expected + 4, country


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begins with no country that has IBANs"),
        ("US64SVBKUS6S3300958879", "begins with no country that has IBANs"),
        (IBAN[:-1], "has 20 characters; in LV it has 21"),
        (IBAN + "0", "has 22 characters; in LV it has 21"),
        ("LV69FLR10123456789005", "has a letter or digit where none is in LV"),
        ("LVA9FLRN0123456789005", "has a letter or digit where none is in LV"),
        ("LV69FLRN012345678900５", "has a letter or digit where none is in LV"),
        ("LV69FLRN012345678900ß", "has a letter or digit where none is in LV"),
        ("LV70FLRN0123456789005", "is mistyped: its check digits do not fit"),
        ("LV68FLRN0123456789005", "is mistyped: its check digits do not fit"),
    ],
)
def test_text_that_is_no_iban_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidIban, match=re.escape(reason)):
        iban.parse(text)


@pytest.mark.parametrize("wrong", ["00", "01", "99"])
def test_check_digits_that_are_congruent_but_never_issued_are_refused(wrong: str) -> None:
    """97 divides the same number with 01 and 98, 00 and 97, 02 and 99; only 02 to 98 are check digits."""
    for stem in range(10**9, 10**9 + 400):
        bban = f"FLRN0{stem}00"
        if (int(wrong) - int(iban.check_digits("LV", bban))) % 97 == 0:
            with pytest.raises(InvalidIban):
                iban.parse(f"LV{wrong}{bban}")
            return
    pytest.fail("no such number")


def test_the_bank_finds_its_account_numbers_in_its_ibans() -> None:
    assert BANK.iban_of(NUMBER) == IBAN
    assert iban.parse(IBAN) == IBAN
    assert BANK.account_number_of(IBAN) == NUMBER
    assert iban.paper_form(IBAN) == "LV69 FLRN 0123 4567 8900 5"


def test_ibans_of_other_banks_and_countries_have_no_account_number() -> None:
    for other in ("LV80BANK0000435195001", "LI21088100002324013AA", "DE89370400440532013000", "BE68539007547034"):
        assert BANK.account_number_of(other) is None


def test_an_iban_of_this_bank_without_zeros_before_the_number_names_no_account() -> None:
    bban = "FLRN" + "1" + NUMBER
    stray = f"LV{iban.check_digits('LV', bban)}{bban}"
    assert iban.parse(stray) == stray
    assert BANK.account_number_of(stray) == "1" + NUMBER


@pytest.mark.parametrize("country", sorted(COUNTRIES_OF_BANKS))
def test_a_bank_issues_correct_ibans_in_each_allowed_country(country: str) -> None:
    groups = iban.GROUPS[country][:-1]
    code = "".join(("1" if kind == "n" else "A") * length for length, kind in groups)
    bank = BankIdentifier(country, code)
    issued = bank.iban_of(NUMBER)
    assert iban.parse(issued) == issued
    assert bank.account_number_of(issued) == NUMBER


@pytest.mark.parametrize(("country", "code"), [("DE", "37040044"), ("IT", "X0542811101"), ("LV", "FLR"), ("LU", "ABC")])
def test_a_bank_that_could_issue_no_correct_iban_is_refused(country: str, code: str) -> None:
    with pytest.raises(ValueError, match=r"room|structure"):
        BankIdentifier(country, code)


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ("DE89370400440532013000", "37040044"),
        ("IT60X0542811101000000123456", "05428"),
        ("LV42FLRN0123456789012", "FLRN"),
        ("EE382200221020145685", "22"),
    ],
)
def test_bank_code_is_the_first_group_without_a_check_character(published: str, code: str) -> None:
    assert iban.bank_code_of(published) == code
