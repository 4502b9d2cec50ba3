"""The bank's keys: those that sign access tokens, the one that finds e-mail addresses, and the public ones.

Fetched when first needed and kept by the process for five minutes. The authorizer may read the public keys only.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib import aws, resources
from chalicelib.domain import email
from chalicelib.domain.customers import search_key
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identity import token_keys
from chalicelib.domain.identity.network import network_of
from chalicelib.observability import logger

READ_TIMEOUT_SECONDS = 2
KEPT_SECONDS = 300
STALE_SECONDS_MAX = 1800
"""How old keys may get while AWS does not answer: sign-ins and requests go on."""
RETRY_PAUSE_SECONDS = 10
UNKNOWN_KEY_PAUSE_SECONDS = 10
"""A token that names an unknown key makes a process fetch the public keys again, once within so many seconds."""
SOURCE_CHARACTERS = 32
"""Of the hash of a network: 128 bits tell any two apart."""


@dataclass(frozen=True)
class SecretKeys:
    """`private_key` is an Ed25519 private key, which tokens name by `kid`."""

    kid: str
    private_key: Any = field(repr=False)
    lookup_key: bytes = field(repr=False)


@dataclass(frozen=True)
class _SigningKey:
    kid: str
    signs_from: int
    private_key: Any = field(repr=False)


@dataclass(frozen=True)
class _PrivateKeys:
    """The signing keys, the newest first, and the look-up key."""

    signing: list[_SigningKey]
    lookup_key: bytes = field(repr=False)


@dataclass(frozen=True)
class _Fetched:
    """What a parameter says, when it was fetched, and when that failed last, by the process's own clock in seconds."""

    value: Any = field(repr=False)
    fetched_at: float
    failed_at: float = float("-inf")


_fetched: dict[str, _Fetched] = {}


def fetch(
    parameter_name: str, parse: Callable[[str], Any] = json.loads, *, age_seconds_max: float | None = None
) -> Any:
    """Return what a parameter says, parsed; from memory while that is young enough, by default five minutes old.

    KMS decrypts a parameter that is encrypted. While AWS does not answer, what is known serves up to STALE_SECONDS_MAX.
    Raises Unavailable after that, and where nothing is known.
    """
    known, now = _fetched.get(parameter_name), time.monotonic()
    kept_seconds = KEPT_SECONDS if age_seconds_max is None else age_seconds_max
    if known and (now - known.fetched_at <= kept_seconds or now - known.failed_at <= RETRY_PAUSE_SECONDS):
        return known.value
    try:
        _fetched[parameter_name] = _Fetched(parse(_read(parameter_name)), now)
    except Unavailable:
        if known is None or now - known.fetched_at > STALE_SECONDS_MAX:
            raise
        logger.warning("a parameter could not be read again", parameter=parameter_name)
        _fetched[parameter_name] = replace(known, failed_at=now)
    return _fetched[parameter_name].value


def _read(parameter_name: str) -> str:
    client = aws.client("ssm", read_timeout_seconds=READ_TIMEOUT_SECONDS)
    with aws.translate_read_errors():
        return str(client.get_parameter(Name=parameter_name, WithDecryption=True)["Parameter"]["Value"])


def secret_keys() -> SecretKeys:
    """Return the keys that only the API's function may read: of those that sign tokens, the one that does so now."""
    private: _PrivateKeys = fetch(resources.private_keys_parameter_name(), _parse_private_keys)
    signing = private.signing[token_keys.index_that_signs([one.signs_from for one in private.signing], time.time())]
    return SecretKeys(signing.kid, signing.private_key, private.lookup_key)


def _parse_private_keys(text: str) -> _PrivateKeys:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    stored = json.loads(text)
    signing = [
        _SigningKey(key["kid"], key["signs_from"], load_pem_private_key(key["private_key"].encode(), password=None))
        for key in stored["keys"]
    ]
    return _PrivateKeys(signing, base64.b64decode(stored["lookup_key"]))


def published(parameter_name: str) -> dict[str, Any]:
    """Read a document of public keys. A published or withdrawn key takes effect within five minutes."""
    document: dict[str, Any] = fetch(parameter_name)
    return document


def jwks() -> dict[str, Any]:
    """Return the public keys of access tokens as a JSON Web Key Set (RFC 7517)."""
    return published(resources.jwks_parameter_name())


def public_key(kid: str) -> dict[str, str] | None:
    """Return the public key that a token names, or None. A key that was published a moment ago is found, too."""
    return _find_key(jwks(), kid) or _find_key(
        fetch(resources.jwks_parameter_name(), age_seconds_max=UNKNOWN_KEY_PAUSE_SECONDS), kid
    )


def _find_key(document: dict[str, Any], kid: str) -> dict[str, str] | None:
    return next((key for key in document["keys"] if key["kid"] == kid), None)


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
    _fetched.clear()
