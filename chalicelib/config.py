"""What a bank decides about itself and its functions: every setting but the names of resources (`resources.py`).

A setting is read from the environment when it is called, never at import; docs/architecture.md lists them all.
`config_check.py` reads each when a function starts.
"""

from chalicelib import resources, setting_types
from chalicelib.domain import money
from chalicelib.domain.interest.day_count import DayCount
from chalicelib.domain.payments.iban import BankIdentifier
from chalicelib.domain.permissions import ROLES, Role
from chalicelib.environment import choice, text, whole_number

timezone = setting_types.time_zone("BANK_TIMEZONE", "UTC")
"""It says which of the bank's days a moment falls on."""

business_calendar = setting_types.calendar("BUSINESS_CALENDAR")
"""The days on which the bank pays orders."""

currencies = setting_types.currencies("BANK_CURRENCIES", "USD,EUR,GBP,JPY,INR")
"""Currencies in which accounts may be opened."""

default_currency = setting_types.currency("BANK_DEFAULT_CURRENCY", "USD")
"""The currency of an account that is opened without naming one."""

bank_name = text("BANK_NAME", "a name", "Florin")
"""The name that customers know; it is on statements."""

bank_country = setting_types.bank_country("BANK_COUNTRY", "LV")
bank_code = text("BANK_CODE", "capital letters and digits", "FLRN", pattern="[A-Z0-9]{1,16}")
_bank_address = text("BANK_ADDRESS", "lines separated by semicolons", "", pattern=".*")
transaction_limit = setting_types.amount("TRANSACTION_LIMIT", "1000000")
daily_limit = setting_types.amount("DAILY_LIMIT", "1000000")
day_counts = {
    "savings": setting_types.day_count("DAY_COUNT_SAVINGS"),
    "current": setting_types.day_count("DAY_COUNT_CURRENT"),
}
"""The convention by which each product counts days."""

cors_origins = setting_types.origins("CORS_ORIGINS", "")
"""The origins whose pages may call the API from a browser; none by default, and never all."""

customers_handle_cash = choice("CUSTOMER_CASH", "on", {"on": True, "off": False})
"""Whether customers may deposit and withdraw cash by themselves, which nobody counts then."""

counts_branch_cash = choice("BRANCH_CASH", "open", {"counted": True, "open": False})
"""Whether a branch pays out no more cash than it has."""

limits_callers = choice("CALLER_LIMITS", "off", {"on": True, "off": False})
"""Whether one caller may send only so many requests an hour to what is dear (`domain/request_limits.py`)."""

clearing_connected = choice("CLEARING", "off", {"on": True, "off": False})
"""Whether the bank is connected to a clearing, so that customers can pay IBANs at other banks."""

clearing_currencies = setting_types.currencies("CLEARING_CURRENCIES", "EUR")
"""Currencies in which the clearing settles payments."""

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

passkey_origins = setting_types.origins("PASSKEY_ORIGINS", "http://localhost")
"""The origins whose pages may ask for a passkey: of that domain, or below it."""

approvals_required = choice("APPROVALS", "off", {"on": True, "off": False})
"""Whether an action needs a second person as long as no policy was set for it."""

payment_days_ahead = whole_number("PAYMENT_DAYS_AHEAD", 365, least=1, most=3_650)
"""How far ahead the date of a payment may be, of an order or in a file."""

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
log_level = setting_types.log_level("LOG_LEVEL", "INFO")

mail_sender = text("MAIL_SENDER", "an e-mail address", pattern="[^@]+@[^@]+")
"""The address that mails come from, an identity of SES."""

reset_url = text("RESET_URL", "a web address, or empty", "", pattern="(https?://.+)?")
"""The page on which a person chooses a new password with a code."""

invitation_url = text("INVITATION_URL", "a web address, or empty", "", pattern="(https?://.+)?")
"""The page on which an invited customer chooses a password."""

metrics_token_number = whole_number("METRICS_TOKEN_NUMBER", 1, least=1)
"""The number that a token of the role `metrics` must have: the next one ends those that were issued before."""


def clock_ahead_seconds() -> int:
    """Return how far the clock of the functions is ahead of the real one, for a test or a demo; only in stage local."""
    return _clock_ahead_seconds() if resources.stage() == "local" else 0


def webhook_loopback() -> bool:
    """Return whether webhooks may go to this machine itself, also over http: for a receiver on a laptop.

    It is so in stage local only. Elsewhere Lambda's own interface is at such an address.
    """
    return resources.stage() == "local" and _webhook_loopback()


def bank_identifier() -> BankIdentifier:
    """Return the part of this bank's IBANs that names it."""
    return BankIdentifier(bank_country(), bank_code())


def bank_address() -> list[str]:
    """Return the lines below the bank's name on statements; in the environment a semicolon ends a line."""
    return [line.strip() for line in _bank_address().split(";") if line.strip()]


def transaction_limit_minor(currency: str) -> int:
    """Return the most that one deposit, withdrawal or transfer may move, in minor units."""
    return money.parse(transaction_limit(), currency)


def daily_limit_minor(currency: str) -> int:
    """Return the most that may leave one account on one of the bank's days, in minor units."""
    return money.parse(daily_limit(), currency)


def day_count(account_type: str) -> DayCount:
    """Return the convention by which a product counts days."""
    return day_counts[account_type]()
