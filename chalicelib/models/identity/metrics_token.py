"""The record of a token of the role `metrics`, which an operator has made. The token itself is stored nowhere."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import BankItem


class MetricsToken(BankItem, discriminator="metrics_token"):
    """A token by its `number` and the id of the key that signs it. `issued_by` is the operator's identity at AWS.

    DynamoDB deletes the item when the token has expired.
    """

    number = IntegerAttribute()
    kid = UnicodeAttribute()
    issued_by = UnicodeAttribute()

    @classmethod
    def new(cls, number: int, kid: str, issued_by: str, expires_at: int, caller: Caller, at: str) -> "MetricsToken":
        """Return the record of a token that is made at a moment; tokens are in their order."""
        place = f"TOKEN#{at}#{caller.request_id}"
        item = cls(keys.OPERATED_KEYS["metrics-token"], place, number=number, kid=kid, issued_by=issued_by)
        item.expires_at = expires_at
        return item.stamp(caller, at)
