"""Authenticator apps: time-based codes of RFC 6238, of six digits, each good for thirty seconds."""

import base64
import secrets
from datetime import datetime

from chalicelib import config
from chalicelib.domain.identity.second_factor import STEP_SECONDS, STEPS_AROUND

SECRET_BYTES = 20
"""As many as SHA-1 has bits, which RFC 4226 recommends. The apps know no other hash for certain."""


def new_secret() -> str:
    """Return a new secret in Base32, as people type it into an app."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def uri(secret: str, user_name: str) -> str:
    """Return the address that an app reads from a QR code."""
    import pyotp

    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=user_name, issuer_name=config.bank_name())


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, of those around now; None for a wrong code."""
    import pyotp
    from pyotp.exceptions import OTPVerificationError

    app = pyotp.TOTP(secret, interval=STEP_SECONDS)
    try:
        return app.verify_and_get_timecode(code, for_time=int(now.timestamp()), valid_window=STEPS_AROUND)
    except OTPVerificationError:
        return None
