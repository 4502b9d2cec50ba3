"""Secret links to the calendar of an account: at most one for each user that may see it."""

import hmac
from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.crypto.token_hash import digest
from chalicelib.models.accounts.account import Account
from chalicelib.models.attributes import ChoiceAttribute
from chalicelib.models.item import BankItem, Key
from chalicelib.models.paging import walk_pages

_PLACE = "CALENDAR_LINK#"


class CalendarLink(BankItem, discriminator="calendar_link"):
    """`token_hash` is the SHA-256 of the link's token, or None once the link is revoked.

    The item is never deleted: a new one at its key would begin a second chain in the audit.
    """

    account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    status = ChoiceAttribute[Literal["active", "revoked"]](default="active")
    token_hash = UnicodeAttribute(null=True)

    @staticmethod
    def key(account_id: str, user_id: str) -> Key:
        return Account.partition(account_id), f"{_PLACE}{user_id}"

    @classmethod
    def new(cls, account_id: str, user_id: str, customer_id: str) -> "CalendarLink":
        pk, sk = cls.key(account_id, user_id)
        return cls(pk, sk, account_id=account_id, user_id=user_id, customer_id=customer_id)

    @classmethod
    def with_token(cls, account_id: str, token: str) -> "CalendarLink | None":
        """Return the link of an account that has a token, in one query. Every link is compared, in constant time."""
        found, wanted = None, digest(token)
        for page in walk_pages(cls, Account.partition(account_id), within=cls.sk.startswith(_PLACE)):
            for link in map(cls.from_raw_data, page):
                if link.token_hash and hmac.compare_digest(link.token_hash, wanted):
                    found = link
        return found
