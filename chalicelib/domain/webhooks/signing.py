"""How a webhook message is signed, by Standard Webhooks 1.0.

What is signed is `{webhook-id}.{webhook-timestamp}.{body}`. The header `webhook-signature` lists signatures, separated
by spaces, each with the name of its scheme: `v1` for HMAC-SHA256, `v1a` for Ed25519. A receiver accepts a message if
one of them is right, so two keys can be in use while one replaces the other.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Literal

Scheme = Literal["v1", "v1a"]
SECRET_PREFIX = "whsec_"  # noqa: S105 — the prefix of a secret, which is none
PUBLIC_KEY_PREFIX = "whpk_"


def content_to_sign(webhook_id: str, sent_at: int, body: bytes) -> bytes:
    """Return the bytes to sign. `sent_at` is the time of the attempt in epoch seconds.

    Raises ValueError for an id with a full stop: two messages could then have the same content.
    """
    if "." in webhook_id:
        raise ValueError("the id of a webhook message with a full stop")
    return f"{webhook_id}.{sent_at}.".encode() + body


def signature(scheme: Scheme, signed: bytes) -> str:
    """Return a signature as the header lists it."""
    return f"{scheme},{base64.b64encode(signed).decode()}"


def hmac_signature(secret: str, content: bytes) -> str:
    """Return the `v1` signature by a secret, which is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    return signature("v1", hmac.new(key, content, hashlib.sha256).digest())


def headers(webhook_id: str, sent_at: int, signatures: Iterable[str]) -> dict[str, str]:
    """Return the headers that let a receiver verify a message."""
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": " ".join(signatures),
    }
