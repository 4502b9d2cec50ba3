"""The interest terms of a product: its rates and its day-count convention."""

from chalicelib import config
from chalicelib.domain.interest.accrual import Terms
from chalicelib.domain.product import ProductType
from chalicelib.models.interest import rate


def of(account_type: ProductType) -> Terms:
    """Read the current terms of an account type, in one query."""
    return Terms(rate.schedule(account_type), config.timezone(), config.day_count(account_type))


class TermsByProduct:
    """Terms by account type, each read once: of days that are over they do not change any more."""

    def __init__(self) -> None:
        self._terms: dict[ProductType, Terms] = {}

    def of(self, account_type: ProductType) -> Terms:
        if account_type not in self._terms:
            self._terms[account_type] = of(account_type)
        return self._terms[account_type]
