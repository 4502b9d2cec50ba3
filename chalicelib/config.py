"""Everything that a deployment can set, read from the environment when asked and never at import."""

import os
from zoneinfo import ZoneInfo

from chalicelib.domain import money


def stage() -> str:
    return os.environ.get("FLORIN_STAGE", "local")


def table_name(table: str) -> str:
    """`bank`, `ledger` or `audit` as the stage names it."""
    return f"florin-{stage()}-{table}"


def keys_secret_name() -> str:
    return f"florin-{stage()}-keys"


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


def argon2_memory_kib() -> int:
    """What hashing a password or PIN costs in memory; OWASP's minimum, which a small function affords."""
    return int(os.environ.get("ARGON2_MEMORY_KIB", "19456"))


def argon2_passes() -> int:
    return int(os.environ.get("ARGON2_PASSES", "2"))


def transfer_state_machine_arn() -> str:
    return os.environ["TRANSFER_STATE_MACHINE_ARN"]


def timezone() -> ZoneInfo:
    """The bank's time zone: it says which day a moment falls on."""
    return ZoneInfo(os.environ.get("BANK_TIMEZONE", "UTC"))


def currencies() -> frozenset[str]:
    """Currencies in which accounts may be opened."""
    return frozenset(os.environ.get("BANK_CURRENCIES", "USD,EUR,GBP,JPY,INR").split(","))


def default_currency() -> str:
    """Of an account that is opened without naming one."""
    return os.environ.get("BANK_DEFAULT_CURRENCY", "USD")


def ledger_shards() -> int:
    """How many accounts each general-ledger account is spread over."""
    return int(os.environ.get("LEDGER_SHARDS", "16"))


def transaction_limit_minor(currency: str) -> int:
    """The most that one deposit, withdrawal or transfer may move, in minor units."""
    return money.parse(os.environ.get("TRANSACTION_LIMIT", "1000000"), currency)


def daily_limit_minor(currency: str) -> int:
    """The most that may leave one account on one of the bank's days, in minor units."""
    return money.parse(os.environ.get("DAILY_LIMIT", "1000000"), currency)
