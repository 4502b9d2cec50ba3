"""The bank's keys: the one that signs access tokens, the one that finds e-mail addresses, and the public ones.

Fetched when first needed and kept by the process. The authorizer may read the public keys only.
"""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from chalicelib import aws, config
from chalicelib.domain import email
from chalicelib.domain.customers import search_key
from chalicelib.domain.identity.network import network_of

READ_TIMEOUT_SECONDS = 2
KEPT_SECONDS = 300
SOURCE_CHARACTERS = 32
"""Of the hash of a network: 128 bits tell any two apart."""


@dataclass(frozen=True)
class SecretKeys:
    """`private_key` is an Ed25519 private key, which tokens name by `kid`."""

    kid: str
    private_key: Any = field(repr=False)
    lookup_key: bytes = field(repr=False)


@dataclass(frozen=True)
class PublicKeys:
    """The published document, and when it was fetched, by the process's own clock in seconds."""

    document: dict[str, Any]
    fetched_at: float


@cache
def secret_keys() -> SecretKeys:
    """Load the keys that only the API's function may read."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    client = aws.client("secretsmanager", read_timeout_seconds=READ_TIMEOUT_SECONDS)
    with aws.translate_read_errors():
        secret = client.get_secret_value(SecretId=config.keys_secret_name())
    keys = json.loads(secret["SecretString"])
    private_key = load_pem_private_key(keys["private_key"].encode(), password=None)
    return SecretKeys(keys["kid"], private_key, base64.b64decode(keys["lookup_key"]))


_public: dict[str, PublicKeys] = {}


def published(parameter_name: str) -> dict[str, Any]:
    """Read a document of public keys. A published or withdrawn key takes effect within five minutes."""
    known = _public.get(parameter_name)
    if known is None or time.monotonic() - known.fetched_at > KEPT_SECONDS:
        client = aws.client("ssm", read_timeout_seconds=READ_TIMEOUT_SECONDS)
        with aws.translate_read_errors():
            parameter = client.get_parameter(Name=parameter_name)
        known = _public[parameter_name] = PublicKeys(json.loads(parameter["Parameter"]["Value"]), time.monotonic())
    return known.document


def jwks() -> dict[str, Any]:
    """Return the public keys of access tokens as a JSON Web Key Set (RFC 7517)."""
    return published(config.jwks_parameter_name())


def public_key(kid: str) -> dict[str, str] | None:
    """Return the public key that a token names, or None."""
    return next((key for key in jwks()["keys"] if key["kid"] == kid), None)


def email_hmac(address: str) -> str:
    """Return the hash that finds an address. Without the look-up key it does not reveal the address."""
    return hmac.new(secret_keys().lookup_key, email.normalise(address).encode(), hashlib.sha256).hexdigest()


def source_hmac(source_ip: str) -> str:
    """Return the hash that stands for the network of an address. Without the look-up key it does not reveal it."""
    told = f"source {network_of(source_ip)}"
    return hmac.new(secret_keys().lookup_key, told.encode(), hashlib.sha256).hexdigest()[:SOURCE_CHARACTERS]


def lookup_hmac(field: search_key.Field, text: str) -> str:
    """Return the hash that finds a customer. It includes the field: equal texts of two fields have different hashes."""
    told = f"lookup {field}\n{search_key.normalise(field, text)}"
    return hmac.new(secret_keys().lookup_key, told.encode(), hashlib.sha256).hexdigest()


def payee_hmac(iban: str, name: str) -> str:
    """Return the hash that stands for a payee. Without the look-up key it reveals neither IBAN nor name."""
    return hmac.new(secret_keys().lookup_key, f"payee {iban}\n{name}".encode(), hashlib.sha256).hexdigest()


def payment_file_hmac(initiating_party: str | None, message_id: str) -> str:
    """Return the hash that stands for a file of payments. Without the look-up key it reveals nothing of it."""
    told = f"payment file {json.dumps([initiating_party, message_id])}"
    return hmac.new(secret_keys().lookup_key, told.encode(), hashlib.sha256).hexdigest()


def fingerprint_mac(fingerprint: str) -> str:
    """Return the keyed fingerprint of a request with personal data.

    Equal requests have equal fingerprints, but without the look-up key nobody can find out the request from it.
    """
    return hmac.new(secret_keys().lookup_key, f"fingerprint {fingerprint}".encode(), hashlib.sha256).hexdigest()


def refresh_mac(token: str) -> str:
    """Return the MAC that distinguishes an issued refresh token from a forged one."""
    key = secret_keys().lookup_key
    return hmac.new(key, f"refresh token {token}".encode(), hashlib.sha256).hexdigest()


def forget() -> None:
    """Fetch everything anew at the next use, for a process whose stage has changed."""
    _public.clear()
    secret_keys.cache_clear()
