"""Signs webhook messages: with the bank's Ed25519 key, or with the secret of an endpoint."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chalicelib.domain.webhooks import signing
from chalicelib.services.crypto import webhook_keys


def headers(
    kind: Literal["ed25519", "hmac"], secrets: Sequence[str], webhook_id: str, sent_at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers that let a receiver verify a message that is sent now.

    With `hmac` each of the secrets signs. Raises ValueError without any: a message must not go unsigned.
    """
    seconds = int(sent_at.timestamp())
    content = signing.content_to_sign(webhook_id, seconds, body)
    if kind == "hmac":
        signatures = [signing.hmac_signature(secret, content) for secret in secrets]
    else:
        signatures = [signing.signature("v1a", key.sign(content)) for key in webhook_keys.private_keys()]
    if not signatures:
        raise ValueError("no key to sign a webhook message with")
    return signing.headers(webhook_id, seconds, signatures)
