"""Everything that a deployment can set; docs/architecture.md lists it.

A setting is read from the environment when it is called, never at import. `check` reads them all: app.py calls it when
a function starts, and `infra` before it deploys.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain import money
from chalicelib.domain.interest.day_count import DEFAULT, SHORT, DayCount, parse
from chalicelib.domain.orders.business_calendar import TARGET, BusinessCalendar
from chalicelib.domain.payments.iban import COUNTRIES_OF_BANKS, BankIdentifier
from chalicelib.domain.permissions import ROLES, Role
from chalicelib.environment import Setting, SettingError, choice, text, whole_number

CURRENCY = "a currency that domain/money.py knows, such as EUR"
AMOUNT = "a positive decimal number, such as 1000 or 1000.50"
DAY_COUNT = f"one of ACT/365F, ACT/ACT, ACT/360, {SHORT}"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
BUCKET, KEY, MACHINE = "the name of a bucket", "the id of a KMS key", "the ARN of a state machine"

CALENDARS = Path(__file__).parent / "calendars"
"""Business calendars by file, packaged with the functions."""

ORIGINS = "origins separated by commas, such as https://console.example"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def _parse_origins(listed: str) -> frozenset[str]:
    origins = [origin.strip() for origin in listed.split(",") if origin.strip()]
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError
    return frozenset(origins)


def _parse_queues(listed: str) -> dict[str, str]:
    pairs = [one.partition("=") for one in listed.split()]
    if not all(name and url for name, _, url in pairs):
        raise ValueError
    return {name: url for name, _, url in pairs}


def _parse_log_level(level: str) -> str:
    if level.upper() not in LOG_LEVELS:
        raise ValueError
    return level.upper()


def _parse_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError) as error:  # OSError: "Europe" is a folder of zones
        raise ValueError from error


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


_calendars: dict[str, BusinessCalendar] = {}
"""Calendars by name, each read once: a function cannot change its own package."""


def _parse_currency(code: str) -> str:
    if code not in money.DECIMALS:
        raise ValueError
    return code


def _parse_bank_country(code: str) -> str:
    if code not in COUNTRIES_OF_BANKS:
        raise ValueError
    return code


def _parse_currencies(codes: str) -> frozenset[str]:
    return frozenset(_parse_currency(code) for code in codes.split(","))


def _parse_amount(amount: str) -> str:
    """`check` sees whether it has too many decimals for a currency of the bank."""
    money.parse(amount, "BHD")
    return amount


stage = text("FLORIN_STAGE", "lower-case letters, digits and hyphens", "local", pattern="[a-z][a-z0-9-]{0,31}")

table_suffix = text("TABLE_SUFFIX", "a hyphen with letters and digits, or empty", "", pattern="(-[a-z0-9]{1,32})?")
"""The end of the names of restored tables, which `make restore-drill` sets for its own processes."""

timezone = Setting("BANK_TIMEZONE", "UTC", _parse_zone, "a time zone of the IANA database, such as Europe/Berlin")
"""It says which of the bank's days a moment falls on."""

business_calendar = Setting(
    "BUSINESS_CALENDAR",
    TARGET.name,
    _parse_calendar,
    "TARGET or the name of a file in chalicelib/calendars without .json, such as germany",
)
"""The days on which the bank pays orders."""

currencies = Setting(
    "BANK_CURRENCIES", "USD,EUR,GBP,JPY,INR", _parse_currencies, f"a list, each with a comma: {CURRENCY}"
)
"""Currencies in which accounts may be opened."""

default_currency = Setting("BANK_DEFAULT_CURRENCY", "USD", _parse_currency, CURRENCY)
"""The currency of an account that is opened without naming one."""

bank_name = text("BANK_NAME", "a name", "Florin")
"""The name that customers know; it is on statements."""

_bank_country = Setting(
    "BANK_COUNTRY", "LV", _parse_bank_country, "a country whose IBANs have room for 12 digits, such as LV, LU, CH or MT"
)
_bank_code = text("BANK_CODE", "capital letters and digits", "FLRN", pattern="[A-Z0-9]{1,16}")
_bank_address = text("BANK_ADDRESS", "lines separated by semicolons", "", pattern=".*")
_transaction_limit = Setting("TRANSACTION_LIMIT", "1000000", _parse_amount, AMOUNT)
_daily_limit = Setting("DAILY_LIMIT", "1000000", _parse_amount, AMOUNT)
_day_counts = {
    "savings": Setting[DayCount]("DAY_COUNT_SAVINGS", DEFAULT, parse, DAY_COUNT),
    "current": Setting[DayCount]("DAY_COUNT_CURRENT", DEFAULT, parse, DAY_COUNT),
}

cors_origins = Setting("CORS_ORIGINS", "", _parse_origins, ORIGINS)
"""The origins whose pages may call the API from a browser; none by default, and never all."""

customers_handle_cash = choice("CUSTOMER_CASH", "on", {"on": True, "off": False})
"""Whether customers may deposit and withdraw cash by themselves, which nobody counts then."""

counts_branch_cash = choice("BRANCH_CASH", "open", {"counted": True, "open": False})
"""Whether a branch pays out no more cash than it has."""

limits_callers = choice("CALLER_LIMITS", "off", {"on": True, "off": False})
"""Whether one caller may send only so many requests an hour to what is dear (`domain/request_limits.py`)."""

clearing_connected = choice("CLEARING", "off", {"on": True, "off": False})
"""Whether the bank is connected to a clearing, so that customers can pay IBANs at other banks."""

clearing_currencies = Setting("CLEARING_CURRENCIES", "EUR", _parse_currencies, f"a list, each with a comma: {CURRENCY}")
"""Currencies in which the clearing settles payments."""

clearing_outbox_url = text("CLEARING_OUTBOX_URL", "the address of a queue")
"""The queue of documents to the clearing."""

clearing_function_name = text("CLEARING_FUNCTION_NAME", "the name of a function")
"""The function that sends an instant payment at once."""

settlement_state_machine_arn = text("SETTLEMENT_STATE_MACHINE_ARN", MACHINE)

payee_verifier = text("PAYEE_VERIFIER", "the name of a function, or empty", "", pattern="[A-Za-z0-9-_]{0,64}")
"""The function that is asked whether a name fits an IBAN at another bank; empty: no other bank can be asked."""

bank_bic = text("BANK_BIC", "a BIC of 8 or 11 characters", "FLRNLV22", pattern="[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
"""The bank's own BIC: the sender of its messages."""

clearing_bic = text(
    "CLEARING_BIC", "a BIC of 8 or 11 characters, or empty", "", pattern="([A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?)?"
)
"""The BIC of the clearing, the only sender whose messages the bank takes; empty: it takes none."""

kyc_required = choice("KYC_REQUIRED", "false", {"true": True, "false": False})
"""Whether only a customer who is verified may open an account."""

email_verification_required = choice("EMAIL_VERIFICATION", "off", {"on": True, "off": False})
"""Whether customers must verify their e-mail address before they send money away."""

source_failures_max = whole_number("SOURCE_FAILURES_MAX", 1000, least=1)
"""How many log-ins from one network may fail in a day before it must pause between two."""

risk_fails_open = choice("RISK_UNKNOWN", "pass", {"pass": True, "refuse": False})
"""Whether a transfer passes when its risk cannot be judged."""

roles_with_factor = choice(
    "MFA_REQUIRED", "none", {"none": frozenset[Role](), "staff": frozenset(ROLES) - {"customer"}}
)
"""The roles whose users need a second factor: none, or all but customers."""

passkey_domain = text("PASSKEY_DOMAIN", "a domain, or empty", "localhost", pattern="([a-z0-9-]+(\\.[a-z0-9-]+)*)?")
"""The domain that passkeys are made for (WebAuthn's RP ID); empty: the bank offers none."""

passkey_origins = Setting("PASSKEY_ORIGINS", "http://localhost", _parse_origins, ORIGINS)
"""The origins whose pages may ask for a passkey: of that domain, or below it."""

approvals_required = choice("APPROVALS", "off", {"on": True, "off": False})
"""Whether an action needs a second person as long as no policy was set for it."""

risk_review_hours = whole_number("RISK_REVIEW_HOURS", 72, least=1)
"""How long a payment may wait for somebody to review its risk."""

erasure_wait_hours = whole_number("ERASURE_WAIT_HOURS", 0)
"""How long after the closing of an account its customer is kept: alerts about its last payments come later."""

retention_years = whole_number("RETENTION_YEARS", 5, most=10)
"""How long the identity of an erased customer who had an account is kept under the retention key; 0: not at all."""

ledger_shards = whole_number("LEDGER_SHARDS", 16, least=1)
"""How many accounts each general-ledger account is spread over."""

interest_hour = whole_number("INTEREST_HOUR", 2, most=23)
"""The bank's hour, on the first of a month, from which the interest of the month before is due."""

interest_workers = whole_number("INTEREST_WORKERS", 8, least=1)
"""How many partitions of accounts a monthly run works on at once; to Step Functions, 0 would be no limit."""

statement_workers = whole_number("STATEMENT_WORKERS", 4, least=1)
standing_order_workers = whole_number("STANDING_ORDER_WORKERS", 8, least=1)

reference_cache_seconds = whole_number("REFERENCE_CACHE_SECONDS", 30)
"""How long reference data that has been read may be kept; 0: not at all."""

data_key_cache_seconds = whole_number("DATA_KEY_CACHE_SECONDS", 300, least=10)
"""How long a data key may be kept in memory: longer than a registration needs its new one."""

verify_request_seconds = whole_number("VERIFY_REQUEST_SECONDS", 20, most=24)
"""How long a request may verify before a job does; less than a function of the API may take."""

digest_delay_seconds = whole_number("DIGEST_DELAY_SECONDS", 60)
"""How long entries settle before they are sealed."""

argon2_memory_kib = whole_number("ARGON2_MEMORY_KIB", 19_456, least=8)
"""What hashing a password or PIN costs in memory; OWASP's minimum, which a small function affords."""

argon2_passes = whole_number("ARGON2_PASSES", 2, least=1)
_clock_ahead_seconds = whole_number("CLOCK_AHEAD_SECONDS", 0)
_webhook_loopback = choice("WEBHOOK_LOOPBACK", "on", {"on": True, "off": False})
log_level = Setting("LOG_LEVEL", "INFO", _parse_log_level, f"one of {', '.join(LOG_LEVELS)}")

mail_sender = text("MAIL_SENDER", "an e-mail address", pattern="[^@]+@[^@]+")
"""The address that mails come from, an identity of SES."""

reset_url = text("RESET_URL", "a web address, or empty", "", pattern="(https?://.+)?")
"""The page on which a person chooses a new password with a code."""

edge_secret_name = text("EDGE_SECRET_NAME", "the name of a parameter, or empty", "", pattern="[A-Za-z0-9/-]{0,64}")
"""The secret by which the console's distribution proves that it passes a request on; empty: there is none."""

digest_bucket_name = text("DIGEST_BUCKET_NAME", BUCKET)
"""The bucket under Object Lock in which digests are kept."""

digest_key_id = text("DIGEST_KEY_ID", KEY)
"""The KMS key that signs digests."""

_personal_key_id = text("PERSONAL_KEY_ID", KEY, "", pattern=".*")
_retention_key_id = text("RETENTION_KEY_ID", KEY, "", pattern=".*")
export_bucket_name = text("EXPORT_BUCKET_NAME", BUCKET)
event_bus_name = text("EVENT_BUS_NAME", "the name of a bus")
"""The EventBridge bus that gets every event."""

webhook_queue_url = text("WEBHOOK_QUEUE_URL", "the address of a queue")
"""The queue of deliveries that are due within a quarter of an hour."""

webhook_dead_letters_url = text("WEBHOOK_DEAD_LETTERS_URL", "the address of a queue")
"""The queue of what cannot be published."""

dead_letter_queues = Setting("DEAD_LETTER_QUEUES", "", _parse_queues, "pairs such as webhooks=https://…")
"""The queues of dead letters by name, which the gauges count."""

metrics_token_number = whole_number("METRICS_TOKEN_NUMBER", 1, least=1)
"""The number that a token of the role `metrics` must have: the next one ends those that were issued before."""

statement_bucket_name = text("STATEMENT_BUCKET_NAME", BUCKET)
statement_function_name = text("STATEMENT_FUNCTION_NAME", "the name of a function")
transfer_state_machine_arn = text("TRANSFER_STATE_MACHINE_ARN", MACHINE)
interest_state_machine_arn = text("INTEREST_STATE_MACHINE_ARN", MACHINE)
statement_state_machine_arn = text("STATEMENT_STATE_MACHINE_ARN", MACHINE)
export_state_machine_arn = text("EXPORT_STATE_MACHINE_ARN", MACHINE)
payment_file_state_machine_arn = text("PAYMENT_FILE_STATE_MACHINE_ARN", MACHINE)
verification_state_machine_arn = text("VERIFICATION_STATE_MACHINE_ARN", MACHINE)

_settings = [one for one in list(globals().values()) if isinstance(one, Setting)]
SETTINGS: dict[str, Setting[Any]] = {one.name: one for one in (*_settings, *_day_counts.values())}


def table_name(table: str) -> str:
    """Return the stage's name of the table `bank`, `ledger`, `audit`, `keys`, `reports` or `events`."""
    return f"florin-{stage()}-{table}{table_suffix()}"


def private_keys_parameter_name() -> str:
    """Return the name of the encrypted parameter with the keys of access tokens and of look-ups."""
    return f"/florin/{stage()}/private/keys"


def jwks_parameter_name() -> str:
    return f"/florin/{stage()}/jwks"


def digest_keys_parameter_name() -> str:
    return f"/florin/{stage()}/digest-keys"


def private_webhook_keys_parameter_name() -> str:
    """Return the name of the encrypted parameter with the keys that sign webhook messages."""
    return f"/florin/{stage()}/private/webhook-keys"


def webhook_keys_parameter_name() -> str:
    return f"/florin/{stage()}/webhook-keys"


def mailer_name() -> str:
    """Return the name of the function that sends mails."""
    return f"florin-{stage()}-mailer"


def personal_key_id() -> str:
    """Return the KMS key that wraps the data keys of personal fields; the deploy tool knows it by its alias."""
    return _personal_key_id() or f"alias/florin-{stage()}-personal"


def retention_key_id() -> str:
    """Return the KMS key under which identities of erased customers are kept; operators know it by its alias."""
    return _retention_key_id() or f"alias/florin-{stage()}-retention"


def clock_ahead_seconds() -> int:
    """Return how far the clock of the functions is ahead of the real one, for a test or a demo; only in stage local."""
    return _clock_ahead_seconds() if stage() == "local" else 0


def webhook_loopback() -> bool:
    """Return whether webhooks may go to this machine itself, also over http: for a receiver on a laptop.

    It is so in stage local only. Elsewhere Lambda's own interface is at such an address.
    """
    return stage() == "local" and _webhook_loopback()


def bank_identifier() -> BankIdentifier:
    """Return the part of this bank's IBANs that names it."""
    return BankIdentifier(_bank_country(), _bank_code())


def bank_address() -> list[str]:
    """Return the lines below the bank's name on statements; in the environment a semicolon ends a line."""
    return [line.strip() for line in _bank_address().split(";") if line.strip()]


def transaction_limit_minor(currency: str) -> int:
    """Return the most that one deposit, withdrawal or transfer may move, in minor units."""
    return money.parse(_transaction_limit(), currency)


def daily_limit_minor(currency: str) -> int:
    """Return the most that may leave one account on one of the bank's days, in minor units."""
    return money.parse(_daily_limit(), currency)


def day_count(account_type: str) -> DayCount:
    """Return the convention by which a product counts days."""
    return _day_counts[account_type]()


def check(variables: Mapping[str, str] = os.environ) -> None:
    """Raise SettingError unless every setting that is set is right; it names all that are wrong, one on a line."""
    problems = [problem for one in SETTINGS.values() if one.name in variables for problem in _problems(one, variables)]
    problems = problems or _contradictions(variables)
    if problems:
        raise SettingError("\n".join(problems))


def _problems(setting: Setting[Any], variables: Mapping[str, str]) -> list[str]:
    try:
        setting.read(variables)
    except SettingError as error:
        return [str(error)]
    return []


def _contradictions(variables: Mapping[str, str]) -> list[str]:
    """Return what is wrong with settings beside each other, though each is right by itself."""
    problems, known, default = [], currencies.read(variables), default_currency.read(variables)
    if default not in known:
        problems.append(f"{default_currency.name} must be one of {currencies.name}, not {default!r}")
    country, code = _bank_country.read(variables), _bank_code.read(variables)
    try:
        BankIdentifier(country, code)
    except ValueError as error:
        problems.append(f"{_bank_code.name} {error}, not {code!r}")
    domain = passkey_domain.read(variables)
    for origin in sorted(passkey_origins.read(variables)) if domain else []:
        host = origin.partition("://")[2].partition(":")[0]
        if not f".{host}".endswith(f".{domain}"):
            problems.append(f"{passkey_origins.name} must be of {passkey_domain.name} or below it: {origin} is not")
    for limit in (_transaction_limit, _daily_limit):
        for currency in sorted(known):
            try:
                money.parse(limit.read(variables), currency)
            except ValueError as error:
                problems.append(
                    f"{limit.name} must be an amount in each of {currencies.name}: for {currency} it {error}"
                )
    return problems
