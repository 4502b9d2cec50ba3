"""Amounts as clients write them, and the limits that are configured."""

from chalicelib import config
from chalicelib.domain import money
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.ledger.limits import Limits


def parse(field: str, text: str, currency: str) -> int:
    """Parse a decimal string into minor units. Raises ValidationFailed for the field."""
    try:
        return money.parse(text, currency)
    except ValueError as error:
        raise ValidationFailed.of(field, str(error)) from None


def limits(currency: str) -> Limits:
    return Limits(config.transaction_limit_minor(currency), config.daily_limit_minor(currency))
