"""Monthly runs that make statements, and the statements that they have made."""

from collections.abc import Sequence

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.statements.run_tally import Tally
from chalicelib.models import keys
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import BankItem
from chalicelib.models.paging import Page, Paging, query_page
from chalicelib.models.scheduled_runs.run import AccountFailure, Run, RunPartition, Tallied

STATEMENT = "STATEMENT#"


class _Tallied(Tallied):
    KIND, TALLY = "STATEMENTS", Tally

    made = IntegerAttribute(default=0)
    not_wanted = IntegerAttribute(default=0)
    failed = IntegerAttribute(default=0)


class StatementRun(_Tallied, Run, discriminator="statement_run"):
    """The run for a month."""


class StatementPartition(_Tallied, RunPartition, discriminator="statement_partition"):
    """A partition of a statement run."""


class StatementFailure(AccountFailure, discriminator="statement_failure"):
    """An account whose statement an attempt could not make."""


class MonthlyStatement(BankItem, discriminator="statement"):
    """That the bank has made an account's statement for a month; the document itself is in a bucket. `customer_ids`
    owned or held the account then."""

    account_id = UnicodeAttribute()
    period = UnicodeAttribute()
    customer_ids = CompactJSONAttribute(null=True)

    @classmethod
    def page_of_account(cls, account_id: str, paging: Paging) -> Page["MonthlyStatement"]:
        """Return a page of the statements that were made for an account, the latest month first."""
        return query_page(
            cls,
            keys.account(account_id),
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(STATEMENT),
            consistent=True,
        )

    @classmethod
    def of(cls, account_id: str, period: str, customer_ids: Sequence[str]) -> "MonthlyStatement":
        key = keys.account(account_id), f"{STATEMENT}{period}"
        return cls(*key, account_id=account_id, period=period, customer_ids=list(customer_ids))
