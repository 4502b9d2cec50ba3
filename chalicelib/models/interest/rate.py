"""Rates of interest as they were set: one item for each time, never changed."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.interest.rate import STANDARD_MILLIONTHS, RateChange, RateSchedule
from chalicelib.domain.product import ProductType
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute
from chalicelib.models.item import BankItem
from chalicelib.models.paging import Page, Paging, query_page, walk_pages


class InterestRate(BankItem, discriminator="interest_rate"):
    """`effective_from` is one of the bank's days. `created_at` and `updated_by` say when it was set, and who set it."""

    account_type = ChoiceAttribute[ProductType]()
    annual_rate_millionths = IntegerAttribute()
    effective_from = UnicodeAttribute()

    @staticmethod
    def partition(account_type: str) -> str:
        return f"RATE#{account_type}"

    @classmethod
    def history(cls, account_type: ProductType, paging: Paging) -> Page["InterestRate"]:
        """Return a page of the rates of an account type, the latest day first, and of one day what was set last."""
        return query_page(cls, cls.partition(account_type), limit=paging.limit, cursor=paging.cursor, consistent=True)

    @classmethod
    def new(
        cls, account_type: ProductType, annual_rate_millionths: int, effective_from: str, set_at: str
    ) -> "InterestRate":
        """Return a new item. The sort key orders by the day from which rates apply, then by when they were set."""
        return cls(
            cls.partition(account_type),
            f"RATE#{effective_from}#{set_at}",
            account_type=account_type,
            annual_rate_millionths=annual_rate_millionths,
            effective_from=effective_from,
        )

    def change(self) -> RateChange:
        return RateChange(self.annual_rate_millionths, date.fromisoformat(self.effective_from), str(self.created_at))


def all_of(account_type: ProductType) -> list[InterestRate]:
    """Read every rate ever set for an account type, in the order of their days: one consistent query."""
    pages = walk_pages(InterestRate, InterestRate.partition(account_type))
    return [InterestRate.from_raw_data(item) for page in pages for item in page]


def schedule(account_type: ProductType) -> RateSchedule:
    """Return the rate on any day; before the first one that was set, the default."""
    return RateSchedule.of(STANDARD_MILLIONTHS[account_type], [rate.change() for rate in all_of(account_type)])
