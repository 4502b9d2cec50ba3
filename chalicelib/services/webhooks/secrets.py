"""Secrets of endpoints that sign with HMAC."""

import base64
import secrets

PREFIX = "whsec_"
"""By Standard Webhooks, before the secret in base64."""
SECRET_BYTES = 32


def new() -> str:
    """Return a new secret."""
    return f"{PREFIX}{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
