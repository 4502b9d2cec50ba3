"""What a browser needs to create a passkey or to use one, as WebAuthn Level 3 writes it in JSON."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
ALGORITHMS = (-8, -7, -257)
"""COSE: EdDSA, ECDSA with SHA-256, RSASSA-PKCS1-v1_5 with SHA-256; the first that the authenticator has."""
TIMEOUT_MILLISECONDS = 300_000
LOCAL_ORIGIN = "http://localhost"
_LOCAL_WITH_PORT = re.compile(r"http://localhost:[0-9]{1,5}", re.ASCII)


def nonce_of(secret: str) -> bytes:
    """Return the bytes that an authenticator signs, derived from a secret that only client and bank know."""
    return hashlib.sha256(f"passkey {secret}".encode()).digest()


def base64url(content: bytes) -> str:
    """Encode bytes as WebAuthn does, without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Decode what `base64url` has encoded."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def origin_of(answer: Json) -> str:
    """Return the origin that a browser's answer names, not yet verified; "" if it names none."""
    try:
        client_data = json.loads(from_base64url(answer["response"]["clientDataJSON"]))
        return str(client_data["origin"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return ""


def with_local_port(allowed: Iterable[str], origin: str) -> set[str]:
    """Return the allowed origins. `http://localhost` allows every port of this machine, where a bank runs on any."""
    origins = set(allowed)
    return origins | {origin} if LOCAL_ORIGIN in origins and _LOCAL_WITH_PORT.fullmatch(origin) else origins


def creation_options(
    domain: str, bank_name: str, user_id: str, user_name: str, nonce: bytes, known_ids: Iterable[str]
) -> Json:
    """Return PublicKeyCredentialCreationOptionsJSON. `known_ids`: passkeys that the user has, not to be made again."""
    return {
        "rp": {"id": domain, "name": bank_name},
        "user": {"id": base64url(user_id.encode()), "name": user_name, "displayName": user_name},
        "challenge": base64url(nonce),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": TIMEOUT_MILLISECONDS,
        "excludeCredentials": _descriptors(known_ids),
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
    }


def request_options(domain: str, nonce: bytes, known_ids: Iterable[str]) -> Json:
    """Return PublicKeyCredentialRequestOptionsJSON for the user's passkeys."""
    return {
        "challenge": base64url(nonce),
        "timeout": TIMEOUT_MILLISECONDS,
        "rpId": domain,
        "allowCredentials": _descriptors(known_ids),
        "userVerification": "preferred",
    }


def _descriptors(credential_ids: Iterable[str]) -> list[Json]:
    return [{"type": "public-key", "id": credential_id} for credential_id in credential_ids]
