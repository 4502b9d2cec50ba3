"""Counters of requests to what is dear, by caller and hour. They expire, and the audit leaves them out."""

from datetime import datetime

from chalicelib.domain.permissions import Caller
from chalicelib.domain.request_limits import WINDOW_SECONDS, LimitName, window
from chalicelib.domain.time import timestamp
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Action, BankItem


class RequestCount(BankItem, discriminator="request_count"):
    """How many requests a subject, which is a user or the hash of a network, has sent within an hour."""

    requests = IntegerAttribute()

    @classmethod
    def add(cls, subject: str, name: LimitName, most: int, caller: Caller, now: datetime) -> Action:
        """Count a request, if fewer than `most` were. Nothing is read, and requests at once do not overtake others."""
        item = cls(f"LIMIT#{subject}", f"{name}#{window(now)}")
        is_allowed = cls.requests.does_not_exist() | (cls.requests < most)
        changes = [
            cls.type.set(cls),
            cls.created_at.set(cls.created_at | timestamp(now)),
            cls.requests.add(1),
            cls.expires_at.set(int(now.timestamp()) + 2 * WINDOW_SECONDS),
        ]
        return item.update_if(is_allowed, changes, caller, now)
