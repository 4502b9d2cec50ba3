"""Settings: a wrong one stops a function at its start, with a message that names it and says what is allowed."""

import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from chalicelib import config, config_check, resources, setting_types
from chalicelib.environment import SettingError

ROOT = Path(config.__file__).parents[1]
NUMBERS = {
    "ARGON2_MEMORY_KIB": 8,
    "ARGON2_PASSES": 1,
    "CLOCK_AHEAD_SECONDS": 0,
    "DATA_KEY_CACHE_SECONDS": 10,
    "DIGEST_DELAY_SECONDS": 0,
    "INTEREST_HOUR": 0,
    "INTEREST_WORKERS": 1,
    "LEDGER_SHARDS": 1,
    "PAYMENT_DAYS_AHEAD": 1,
    "REFERENCE_CACHE_SECONDS": 0,
    "RISK_REVIEW_HOURS": 1,
    "SOURCE_FAILURES_MAX": 1,
    "STANDING_ORDER_WORKERS": 1,
    "STATEMENT_WORKERS": 1,
}
"""With the least that each may be."""


def problem(name: str, value: str) -> str:
    """What is wrong with a setting, when nothing else is."""
    with pytest.raises(SettingError) as wrong:
        config_check.check({name: value})
    return str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("BANK_TIMEZONE", "Mars", "a time zone of the IANA database, such as Europe/Berlin, not 'Mars'"),
        ("BANK_TIMEZONE", "Europe", "a time zone of the IANA database, such as Europe/Berlin, not 'Europe'"),
        ("BANK_TIMEZONE", "../etc/passwd", "a time zone of the IANA database"),
        ("BANK_TIMEZONE", "", "a time zone of the IANA database"),
        ("BUSINESS_CALENDAR", "atlantis", "TARGET or the name of a file in chalicelib/calendars without .json"),
        ("BUSINESS_CALENDAR", "../config", "TARGET or the name of a file in chalicelib/calendars without .json"),
        ("BUSINESS_CALENDAR", "", "TARGET or the name of a file in chalicelib/calendars without .json"),
        ("BANK_DEFAULT_CURRENCY", "XXX", "a currency that domain/money.py knows, such as EUR, not 'XXX'"),
        ("BANK_CURRENCIES", "USD, EUR", "such as EUR, not 'USD, EUR'"),
        ("BANK_CURRENCIES", "USD,ABC", "such as EUR, not 'USD,ABC'"),
        ("BANK_CURRENCIES", "", "such as EUR, not ''"),
        ("TRANSACTION_LIMIT", "a million", "a positive decimal number, such as 1000 or 1000.50, not 'a million'"),
        ("DAILY_LIMIT", "-1", "a positive decimal number, such as 1000 or 1000.50, not '-1'"),
        ("DAILY_LIMIT", "0", "a positive decimal number, such as 1000 or 1000.50, not '0'"),
        ("DAY_COUNT_SAVINGS", "ACT/364", "one of ACT/365F, ACT/ACT, ACT/360, 30/360, not 'ACT/364'"),
        ("DAY_COUNT_CURRENT", "", "one of ACT/365F, ACT/ACT, ACT/360, 30/360, not ''"),
        ("BANK_COUNTRY", "DE", "a country whose IBANs have room for 12 digits"),
        ("BANK_CODE", "florin", "capital letters and digits"),
        ("APPROVALS", "yes", "one of on, off, not 'yes'"),
        ("BRANCH_CASH", "closed", "one of counted, open, not 'closed'"),
        ("CUSTOMER_CASH", "true", "one of on, off, not 'true'"),
        ("EMAIL_VERIFICATION", "yes", "one of on, off, not 'yes'"),
        ("RETENTION_YEARS", "11", "a whole number, 0 to 10, not '11'"),
        ("KYC_REQUIRED", "True", "one of true, false, not 'True'"),
        ("MFA_REQUIRED", "all", "one of none, staff, not 'all'"),
        ("PASSKEY_DOMAIN", "https://bank.example", "a domain, or empty"),
        ("PASSKEY_ORIGINS", "bank.example", "origins separated by commas"),
        ("RISK_UNKNOWN", "fail", "one of pass, refuse, not 'fail'"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'LOUD'"),
        ("INTEREST_HOUR", "24", "a whole number, 0 to 23, not '24'"),
        ("FLORIN_STAGE", "Prod 1", "lower-case letters, digits and hyphens"),
        ("MAIL_SENDER", "the bank", "an e-mail address"),
        ("RESET_URL", "bank.example", "a web address, or empty"),
        ("INVITATION_URL", "bank.example", "a web address, or empty"),
        ("DIGEST_BUCKET_NAME", "", "the name of a bucket"),
    ],
)
def test_wrong_value_is_refused_by_name_with_what_is_allowed(name: str, value: str, message: str) -> None:
    assert problem(name, value).startswith(f"{name} must be ")
    assert message in problem(name, value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"name": "x", "weekend": [9]}', "weekend must name"), ("{", "Expecting property name"), ("[]", "is an object")],
)
def test_a_wrong_calendar_stops_a_function_at_its_start(
    text: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here.json").write_text(text)
    monkeypatch.setattr(setting_types, "CALENDARS", tmp_path)
    assert problem("BUSINESS_CALENDAR", "here").startswith("BUSINESS_CALENDAR names here.json, which is no calendar: ")
    assert reason in problem("BUSINESS_CALENDAR", "here")


@pytest.mark.parametrize(("name", "least"), NUMBERS.items())
@pytest.mark.parametrize("wrong", ["many", "", "1.5", "1_000", " 5", "1e3", "9" * 16])
def test_number_takes_digits_from_its_least_value_on(name: str, least: int, wrong: str) -> None:
    assert problem(name, wrong).startswith(f"{name} must be a whole number, {least} ")
    assert problem(name, str(least - 1)).endswith(f", not '{least - 1}'")
    config_check.check({name: str(least)})


def test_every_default_is_right() -> None:
    defaults = {name: one.default for name, one in config_check.SETTINGS.items() if one.default is not None}
    assert len(defaults) > 20
    config_check.check(defaults)


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(SettingError) as wrong:
        config_check.check({"BANK_TIMEZONE": "Mars", "LEDGER_SHARDS": "0", "BANK_NAME": "Bank"})
    assert [line.split()[0] for line in str(wrong.value).splitlines()] == ["BANK_TIMEZONE", "LEDGER_SHARDS"]


def test_default_currency_is_one_of_the_banks() -> None:
    assert problem("BANK_CURRENCIES", "BHD,EUR") == "BANK_DEFAULT_CURRENCY must be one of BANK_CURRENCIES, not 'USD'"
    config_check.check({"BANK_CURRENCIES": "BHD,EUR", "BANK_DEFAULT_CURRENCY": "EUR"})


def test_bank_code_has_the_structure_of_its_country() -> None:
    assert problem("BANK_CODE", "FLR") == "BANK_CODE must have the structure 4a in LV, not 'FLR'"
    assert problem("BANK_COUNTRY", "LU") == "BANK_CODE must have the structure 3n in LU, not 'FLRN'"
    config_check.check({"BANK_COUNTRY": "LU", "BANK_CODE": "001"})


def test_limit_is_an_amount_in_every_currency_of_the_bank() -> None:
    message = "DAILY_LIMIT must be an amount in each of BANK_CURRENCIES: for JPY it has more than the 0 decimals of JPY"
    assert problem("DAILY_LIMIT", "99.50") == message
    config_check.check({"DAILY_LIMIT": "99.50", "BANK_CURRENCIES": "USD,EUR"})


def test_passkeys_are_asked_for_on_pages_of_their_domain() -> None:
    """An origin that only ends in the same letters is somebody else's."""
    own = {"PASSKEY_DOMAIN": "bank.example"}
    for origin in (
        "https://bank.example",
        "https://www.bank.example:8443",
        "https://a.bank.example,http://bank.example",
    ):
        config_check.check({**own, "PASSKEY_ORIGINS": origin})
    for origin in ("https://my-bank.example", "https://bank.example.evil.example", "http://localhost"):
        message = f"PASSKEY_ORIGINS must be of PASSKEY_DOMAIN or below it: {origin} is not"
        with pytest.raises(SettingError) as wrong:
            config_check.check({**own, "PASSKEY_ORIGINS": f"https://bank.example,{origin}"})
        assert str(wrong.value) == message
    config_check.check({"PASSKEY_DOMAIN": "", "PASSKEY_ORIGINS": "https://any.example"})


@pytest.mark.parametrize("name", [name for name, one in config_check.SETTINGS.items() if not one.is_shown])
def test_message_does_not_quote_what_could_be_a_secret(name: str) -> None:
    secret = "@" + "hunter2\n@"  # the traceback shows lines of this file
    with pytest.raises(SettingError) as wrong:
        config_check.SETTINGS[name].read({name: secret})
    assert secret[:8] not in "".join(traceback.format_exception(wrong.value))


def test_long_value_is_cut() -> None:
    assert len(problem("BANK_TIMEZONE", "x" * 10_000)) < 200


def test_setting_of_the_stack_is_missed_by_name_where_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_KEY_ID", raising=False)
    config_check.check()
    with pytest.raises(SettingError, match="DIGEST_KEY_ID is not set; it must be the id of a KMS key"):
        resources.digest_key_id()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("BANK_TIMEZONE", "Mars", "'Mars'"), ("DAILY_LIMIT", "much", "'much'"), ("LOG_LEVEL", "LOUD", "'LOUD'")],
)
def test_function_with_a_wrong_setting_does_not_start(name: str, value: str, told: str) -> None:
    environment = {**os.environ, name: value}
    started = subprocess.run(
        [sys.executable, "-c", "import app"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    last_line = started.stderr.strip().splitlines()[-1]
    assert started.returncode == 1
    assert last_line.startswith(f"chalicelib.environment.SettingError: {name} must be ")
    assert last_line.endswith(f", not {told}")


def test_nothing_but_the_settings_reads_the_environment() -> None:
    reading = {path.name for path in (ROOT / "chalicelib").rglob("*.py") if "environ" in path.read_text()}
    reading -= {path.name for path in (ROOT / "chalicelib").rglob("*.py") if "os.environ" not in path.read_text()}
    assert reading == {"aws.py", "config_check.py", "environment.py"}  # aws.py: whether an emulator stands in for AWS
