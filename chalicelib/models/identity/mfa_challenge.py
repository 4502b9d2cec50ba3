"""Challenges: what a client sends back with its second factor. Each is good once and for five minutes."""

from datetime import datetime
from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.identity.second_factor import CHALLENGE_LIFE, Purpose
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute
from chalicelib.models.item import Action, BankItem, Key

Status = Literal["open", "used"]


class MfaChallenge(BankItem, discriminator="mfa_challenge"):
    """A challenge. Only the SHA-256 of its secret is kept, and that of the stored password hash it was issued on.

    A challenge of a log-in has no session yet; one of a step-up is for the session that asked for it. `device_hash` is
    the known device that gave the password.
    """

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    purpose = ChoiceAttribute[Purpose]()
    secret_hash = UnicodeAttribute()
    password_mark = UnicodeAttribute()
    session_id = UnicodeAttribute(null=True)
    device_hash = UnicodeAttribute(null=True)
    status = ChoiceAttribute[Status](default="open")

    @staticmethod
    def key(user_id: str, challenge_id: str) -> Key:
        return keys.user(user_id), f"MFA_CHALLENGE#{challenge_id}"

    def expire(self, now: datetime) -> None:
        """Let a new challenge end in time; DynamoDB clears it afterwards."""
        self.expires_at = int((now + CHALLENGE_LIFE).timestamp())

    def is_good(self, purpose: Purpose, session_id: str | None, now: datetime) -> bool:
        """Return whether it may be used for this purpose, and in this session."""
        is_meant = self.purpose == purpose and self.session_id == session_id
        return is_meant and self.status == "open" and not self.has_expired(now)

    def use_up(self, caller: Caller, now: datetime) -> Action:
        """Use it up, if nobody else has."""
        return self.update_if(MfaChallenge.status == "open", [MfaChallenge.status.set("used")], caller, now)
