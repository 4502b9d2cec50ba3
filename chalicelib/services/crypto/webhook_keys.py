"""The bank's keys that sign webhook messages by Ed25519, and the public ones that verify them."""

import json
from typing import Any

from cachetools.func import ttl_cache

from chalicelib import aws, config
from chalicelib.services.crypto import bank_keys


@ttl_cache(maxsize=1, ttl=bank_keys.KEPT_SECONDS)
def private_keys() -> list[Any]:
    """Load the Ed25519 private keys that sign, the newest first. While one replaces another there are two.

    A new key signs within five minutes. So messages carry signatures by both for as long as both are in the secret.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    client = aws.client("secretsmanager", read_timeout_seconds=bank_keys.READ_TIMEOUT_SECONDS)
    with aws.translate_read_errors():
        secret = client.get_secret_value(SecretId=config.webhook_key_secret_name())
    keys = json.loads(secret["SecretString"])["keys"]
    return [load_pem_private_key(key["private_key"].encode(), password=None) for key in keys]


def public_keys() -> list[dict[str, str]]:
    """Return the public keys as JSON Web Keys (RFC 8037)."""
    found: list[dict[str, str]] = bank_keys.published(config.webhook_keys_parameter_name())["keys"]
    return found


def forget() -> None:
    """Fetch the private keys anew at the next use."""
    private_keys.cache_clear()
