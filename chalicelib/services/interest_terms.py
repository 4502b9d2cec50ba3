"""The terms on which accounts earn interest: rates as they were set, and how a product counts days."""

from chalicelib.domain.interest import Terms
from chalicelib.domain.position import AccountType


class Products:
    """Terms by account type, each read once: of days that are over they do not change any more."""

    def of(self, account_type: AccountType) -> Terms:
        raise NotImplementedError
