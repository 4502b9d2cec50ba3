"""Everything that a deployment can set, read from the environment when asked and never at import."""

import os
from zoneinfo import ZoneInfo

from chalicelib.domain import money
from chalicelib.domain.interest.day_count import DEFAULT, DayCount, parse

DATA_KEY_CACHE_SECONDS_MIN = 10


def stage() -> str:
    return os.environ.get("FLORIN_STAGE", "local")


def table_name(table: str) -> str:
    """`bank`, `ledger`, `audit`, `keys` or `reports` as the stage names it."""
    return f"florin-{stage()}-{table}"


def keys_secret_name() -> str:
    return f"florin-{stage()}-keys"


def personal_key_id() -> str:
    """The KMS key that wraps the data keys of personal fields; the deploy tool knows it by its alias."""
    return os.environ.get("PERSONAL_KEY_ID", f"alias/florin-{stage()}-personal")


def data_key_cache_seconds() -> int:
    """How long a data key may be kept in memory. Raises ValueError for less than using a new one takes."""
    seconds = int(os.environ.get("DATA_KEY_CACHE_SECONDS", "300"))
    if seconds < DATA_KEY_CACHE_SECONDS_MIN:
        least = f"{DATA_KEY_CACHE_SECONDS_MIN} or more"
        raise ValueError(f"DATA_KEY_CACHE_SECONDS must be {least}, not {seconds}: whoever registers needs a new key")
    return seconds


def jwks_parameter_name() -> str:
    return f"/florin/{stage()}/jwks"


def digest_keys_parameter_name() -> str:
    return f"/florin/{stage()}/digest-keys"


def digest_bucket_name() -> str:
    """The bucket under Object Lock in which digests are kept."""
    return os.environ["DIGEST_BUCKET_NAME"]


def digest_key_id() -> str:
    """The KMS key that signs digests."""
    return os.environ["DIGEST_KEY_ID"]


def digest_delay_seconds() -> int:
    """How long entries settle before they are sealed."""
    return int(os.environ.get("DIGEST_DELAY_SECONDS", "60"))


def mailer_name() -> str:
    """The function that sends mails."""
    return f"florin-{stage()}-mailer"


def mail_sender() -> str:
    """The address that mails come from, an identity of SES."""
    return os.environ["MAIL_SENDER"]


def reset_url() -> str:
    """Where a person can choose a new password with a code; empty while there is no such page."""
    return os.environ.get("RESET_URL", "")


def argon2_memory_kib() -> int:
    """What hashing a password or PIN costs in memory; OWASP's minimum, which a small function affords."""
    return int(os.environ.get("ARGON2_MEMORY_KIB", "19456"))


def argon2_passes() -> int:
    return int(os.environ.get("ARGON2_PASSES", "2"))


def transfer_state_machine_arn() -> str:
    return os.environ["TRANSFER_STATE_MACHINE_ARN"]


def interest_state_machine_arn() -> str:
    return os.environ["INTEREST_STATE_MACHINE_ARN"]


def export_bucket_name() -> str:
    """The bucket of reports as files."""
    return os.environ["EXPORT_BUCKET_NAME"]


def export_state_machine_arn() -> str:
    return os.environ["EXPORT_STATE_MACHINE_ARN"]


def statement_state_machine_arn() -> str:
    return os.environ["STATEMENT_STATE_MACHINE_ARN"]


def statement_workers() -> int:
    """How many partitions of accounts a monthly run of statements works on at once. Raises ValueError for less than
    one."""
    return _workers("STATEMENT_WORKERS", os.environ.get("STATEMENT_WORKERS", "4"))


def interest_hour() -> int:
    """The bank's hour, on the first of a month, from which the interest of the month before is due."""
    return int(os.environ.get("INTEREST_HOUR", "2"))


def interest_workers() -> int:
    """How many partitions of accounts a monthly run works on at once. Raises ValueError for less than one."""
    return _workers("INTEREST_WORKERS", os.environ.get("INTEREST_WORKERS", "8"))


def _workers(name: str, told: str) -> int:
    if int(told) < 1:
        raise ValueError(f"{name} must be 1 or more, not {told}: 0 would be no limit to Step Functions")
    return int(told)


def clock_ahead_seconds() -> int:
    """How far the clock of the functions is ahead of the real one, for a test or a demo; nothing but in stage local."""
    return int(os.environ.get("CLOCK_AHEAD_SECONDS", "0")) if stage() == "local" else 0


def reference_cache_seconds() -> int:
    """How long reference data that has been read may be kept; 0: not at all."""
    return int(os.environ.get("REFERENCE_CACHE_SECONDS", "30"))


def kyc_required() -> bool:
    """Whether only a customer who is verified may open an account."""
    return os.environ.get("KYC_REQUIRED", "false") == "true"


def risk_fails_open() -> bool:
    """Whether a transfer passes when its risk cannot be judged: `RISK_UNKNOWN` is `pass`, or else `refuse`."""
    return os.environ.get("RISK_UNKNOWN", "pass") == "pass"


def risk_review_hours() -> int:
    """How long a payment may wait for somebody to review its risk. Raises ValueError for less than one."""
    hours = int(os.environ.get("RISK_REVIEW_HOURS", "72"))
    if hours < 1:
        raise ValueError(f"RISK_REVIEW_HOURS must be 1 or more, not {hours}: nobody could review anything in time")
    return hours


def timezone() -> ZoneInfo:
    """The bank's time zone: it says which day a moment falls on."""
    return ZoneInfo(os.environ.get("BANK_TIMEZONE", "UTC"))


def currencies() -> frozenset[str]:
    """Currencies in which accounts may be opened."""
    return frozenset(os.environ.get("BANK_CURRENCIES", "USD,EUR,GBP,JPY,INR").split(","))


def default_currency() -> str:
    """Of an account that is opened without naming one."""
    return os.environ.get("BANK_DEFAULT_CURRENCY", "USD")


def bank_name() -> str:
    """As customers know it; on statements."""
    return os.environ.get("BANK_NAME", "Florin")


def bank_address() -> list[str]:
    """The lines below the bank's name on statements; in the environment a semicolon ends a line."""
    return [line.strip() for line in os.environ.get("BANK_ADDRESS", "").split(";") if line.strip()]


def statement_bucket_name() -> str:
    """The bucket in which statements are kept that are not answered at once."""
    return os.environ["STATEMENT_BUCKET_NAME"]


def statement_function_name() -> str:
    """The function that makes them."""
    return os.environ["STATEMENT_FUNCTION_NAME"]


def ledger_shards() -> int:
    """How many accounts each general-ledger account is spread over."""
    return int(os.environ.get("LEDGER_SHARDS", "16"))


def transaction_limit_minor(currency: str) -> int:
    """The most that one deposit, withdrawal or transfer may move, in minor units."""
    return money.parse(os.environ.get("TRANSACTION_LIMIT", "1000000"), currency)


def daily_limit_minor(currency: str) -> int:
    """The most that may leave one account on one of the bank's days, in minor units."""
    return money.parse(os.environ.get("DAILY_LIMIT", "1000000"), currency)


def day_count(account_type: str) -> DayCount:
    """By which convention a product counts days: `DAY_COUNT_SAVINGS`, `DAY_COUNT_CURRENT`. Raises ValueError."""
    given = {
        "savings": os.environ.get("DAY_COUNT_SAVINGS", DEFAULT),
        "current": os.environ.get("DAY_COUNT_CURRENT", DEFAULT),
    }
    return parse(given[account_type])
