"""Notices that a user has been sent by mail: whoever orders one again, it is sent once."""

from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.item import BankItem

KEPT = timedelta(days=40)
"""Longer than a stream, or an operator, delivers the same again."""


class SentNotice(BankItem, discriminator="sent_notice"):
    """`notice` is the kind of the mail, `about` the id of what it is about."""

    notice = UnicodeAttribute()
    about = UnicodeAttribute()

    @staticmethod
    def key(user_id: str, notice: str, about: str) -> tuple[str, str]:
        return keys.user(user_id), f"NOTICE#{notice}#{about}"

    @classmethod
    def new(cls, user_id: str, notice: str, about: str, caller: Caller, now: datetime) -> "SentNotice":
        expires_at = int((now + KEPT).timestamp())
        item = cls(*cls.key(user_id, notice, about), notice=notice, about=about, expires_at=expires_at)
        return item.stamp(caller, now)
