"""That an account was closed: the list of closed accounts, newest first."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models import keys
from chalicelib.models.item import BankItem

ALL = "CLOSED"


class Closure(BankItem, discriminator="closure"):
    account_id = UnicodeAttribute()

    @classmethod
    def new(cls, account_id: str, closed_at: str) -> "Closure":
        return cls(keys.account(account_id), "CLOSURE", account_id=account_id, gsi1pk=ALL, gsi1sk=closed_at)
