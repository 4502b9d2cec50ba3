"""The bank's keys that sign webhook messages by Ed25519, and the public ones that verify them."""

import json
from typing import Any

from chalicelib import resources
from chalicelib.services.crypto import bank_keys


def private_keys() -> list[Any]:
    """Load the Ed25519 private keys that sign, the newest first. While one replaces another there are two.

    A new key signs within five minutes. So messages carry signatures by both for as long as both are stored.
    """
    found: list[Any] = bank_keys.fetch(resources.private_webhook_keys_parameter_name(), _parse)
    return found


def _parse(text: str) -> list[Any]:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return [load_pem_private_key(key["private_key"].encode(), password=None) for key in json.loads(text)["keys"]]


def public_keys() -> list[dict[str, str]]:
    """Return the public keys as JSON Web Keys (RFC 8037)."""
    found: list[dict[str, str]] = bank_keys.published(resources.webhook_keys_parameter_name())["keys"]
    return found
