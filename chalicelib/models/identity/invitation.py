"""Invitations: a customer without a user gets one with a code by mail and its date of birth."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.identity import invitation as rules
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute
from chalicelib.models.item import Action, BankItem, Key

Status = Literal["requested", "sent", "used", "withdrawn"]


class Invitation(BankItem, discriminator="invitation"):
    """The invitation of a customer, one item: a new one overwrites the former, whose code is void then.

    `secret_hash` is the SHA-256 of the code's secret, once the mailer has made one. `contact_set_at` is since when the
    customer had its e-mail address and date of birth: after an edit of them the invitation is void. `guesses` are the
    dates of birth that were tried, `requests` the invitations of the last day (epoch seconds). `valid_until` is a
    timestamp in UTC. The item is never deleted: a new one at its key would begin a second chain in the audit. It has a
    partition of its own, because the mailer may write it, and nothing else of a customer.
    """

    customer_id = UnicodeAttribute()
    status = ChoiceAttribute[Status](default="requested")
    secret_hash = UnicodeAttribute(null=True)
    invited_by = UnicodeAttribute()
    invited_at = UnicodeAttribute()
    valid_until = UnicodeAttribute()
    contact_set_at = UnicodeAttribute(null=True)
    guesses = IntegerAttribute(default=0)
    requests: JSONAttribute = JSONAttribute()

    @staticmethod
    def partition(customer_id: str) -> str:
        """Return the partition of a customer's invitation."""
        return f"INVITATION#{customer_id}"

    @staticmethod
    def key(customer_id: str) -> Key:
        return Invitation.partition(customer_id), "INVITATION"

    @classmethod
    def of(cls, customer_id: str) -> "Invitation | None":
        return cls.find(*cls.key(customer_id))

    @property
    def guesses_left(self) -> int:
        """Return the dates of birth that may still be tried."""
        return max(0, rules.GUESSES_MAX - self.guesses)

    @classmethod
    def request(
        cls,
        existing: "Invitation | None",
        customer_id: str,
        contact_set_at: str | None,
        requests: Sequence[int],
        caller: Caller,
        now: datetime,
    ) -> Action:
        """Invite a customer, and void the former invitation, if the item is as it was read."""
        values: dict[str, Any] = {
            "status": "requested",
            "secret_hash": None,
            "invited_by": caller.user_id,
            "invited_at": timestamp(now),
            "valid_until": timestamp(now + rules.VALID),
            "contact_set_at": contact_set_at,
            "guesses": 0,
            "requests": [*requests],
        }
        if existing is None:
            return cls(*cls.key(customer_id), customer_id=customer_id, **values).stamp(caller, now).put_if_absent()
        return existing.set_as_read(values, caller, now)

    def send(self, secret_hash: str, caller: Caller, now: datetime) -> Action:
        """Let this secret be the one that counts, if the invitation is as it was read."""
        return self.set_as_read({"status": "sent", "secret_hash": secret_hash}, caller, now)

    def is_valid(self, now: datetime) -> bool:
        """Return whether it is neither used nor withdrawn nor too old."""
        return self.is_waiting and self.valid_until > timestamp(now)

    @property
    def is_waiting(self) -> bool:
        """Return whether it is neither used nor withdrawn; it may be void for another reason."""
        return self.status in ("requested", "sent")

    def is_good(self, secret: str) -> bool:
        """Return whether this is the secret of the invitation, which was sent."""
        return hmac.compare_digest(self.secret_hash or "", digest(secret)) and self.status == "sent"

    def count_guess(self, caller: Caller, now: datetime) -> Action:
        """Count a guess, if there is one left: of many at once only so many are counted."""
        has_guess_left = self._is_same() & (Invitation.guesses < rules.GUESSES_MAX)
        return self.update_if(has_guess_left, [Invitation.guesses.add(1)], caller, now)

    def take_guess_back(self, caller: Caller, now: datetime) -> Action:
        """Take a guess back that was right, so that what else was wrong with the request costs none."""
        return self.update_if(self._is_same(), [Invitation.guesses.add(-1)], caller, now)

    def use_up(self, caller: Caller, now: datetime) -> Action:
        """Use the invitation up: once, and not after another one was sent."""
        return self.update_if(self._is_same(), [Invitation.status.set("used")], caller, now)

    def withdraw(self, caller: Caller, now: datetime) -> Action:
        """Void the code, if the invitation is as it was read. The invitations of the day still count."""
        return self.set_as_read({"status": "withdrawn", "secret_hash": None}, caller, now)

    def _is_same(self) -> Condition:
        is_same: Condition = (Invitation.secret_hash == self.secret_hash) & (Invitation.status == "sent")
        return is_same
