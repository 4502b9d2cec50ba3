"""Shortfalls that were foreseen: one item for each day on which an account is not covered, never changed."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.accounts.account import Account
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import BankItem, Key

_PLACE = "SHORTFALL#"


class Shortfall(BankItem, discriminator="shortfall"):
    """`date` is the bank's day that is not covered, `missing` what is missing then, in minor units of `currency`.

    `customer_ids` are those who owned or held the account when it was foreseen, `user_id` is who gets a mail:
    the owner's user, or None for a customer without one.
    """

    account_id = UnicodeAttribute()
    date = UnicodeAttribute()
    missing = IntegerAttribute()
    currency = UnicodeAttribute()
    customer_ids = CompactJSONAttribute()
    user_id = UnicodeAttribute(null=True)

    @staticmethod
    def key(account_id: str, date: str) -> Key:
        return Account.partition(account_id), f"{_PLACE}{date}"
