"""A bank to report on, and what is known of it apart from all reports: what its generator has put.

The town of `sandbox.py` without its audit, over a year; its rollups are folded here while it is made, and put as
the stream's consumer would have left them. Of every hundredth transaction there is an alert of risk.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import cycle
from typing import Any, NamedTuple

from chalicelib.domain.days import DAY, Days
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller, system
from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import Posted, RollupItem, Subject, Totals
from chalicelib.domain.risk.assessment import Assessment, Reason
from chalicelib.domain.risk.parameters import SEVERITIES
from chalicelib.models.accounts.account import Account
from chalicelib.models.branches.branch import Branch
from chalicelib.models.item import BankItem, Item
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.models.reports.generations import FIRST, ReportItem
from chalicelib.models.reports.rollup import partition, sort_key
from chalicelib.models.risk.alert import RiskAlert, alert_id
from chalicelib.services.reports import rollups
from chalicelib.services.reports.rollups import Side
from sampledata import books, sandbox
from sampledata.loading import Loader
from sampledata.sandbox import Sandbox

SINCE, UNTIL = date(2025, 1, 1), date(2026, 1, 1)
STAFF = Caller("usr_bench", "manager", "bench")
NOW = datetime.combine(UNTIL, time(12), tzinfo=UTC)
"""When it is reported on: the year is over."""
TRANSACTIONS_A_PERSON = 400
TRANSACTIONS_AN_ALERT = 100


class RolledUp(ReportItem):
    """Sums as an update leaves them: figures are attributes that no model declares, for their names are data."""

    def __init__(self, subject: Subject, key: RollupItem, figures: Counter[str]):
        super().__init__(partition(FIRST, subject), sort_key(key))
        self._figures = figures

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        figures = {name: {"N": str(value)} for name, value in self._figures.items()}
        return super().serialize(null_check) | figures | {"written_at": {"S": NOW.isoformat()}}


class Made(NamedTuple):
    """A transaction, when it was posted."""

    at: str
    posted: Posted


@dataclass
class Known:
    """What was put: transactions, of labels the categories, accounts as they stand in the end."""

    first: date
    last: date
    made: list[Made] = field(default_factory=list)
    categories: dict[Side, str] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    entries: Counter[str] = field(default_factory=Counter)
    alerts: int = 0
    branch_id: str = ""

    @property
    def customers_accounts(self) -> list[Account]:
        """As they were opened: businesses, the busiest of which is a shop, come before people."""
        return [one for one in self.accounts.values() if not is_general_ledger(one.id)]

    @property
    def busiest(self) -> Account:
        return max(self.customers_accounts, key=lambda one: self.entries[one.id])

    @property
    def ordinary(self) -> Account:
        """The account of the first person: wages, rent, shops."""
        people = [one for one in self.customers_accounts if one.account_type == "savings"]
        [current] = {one.id for one in self.of_customer(str(people[0].customer_id))} - {people[0].id}
        return self.accounts[current]

    @property
    def months(self) -> list[Month]:
        return [Month(self.last.year, number) for number in range(self.first.month, self.last.month + 1)]

    @property
    def days(self) -> Days:
        return Days.inclusive(self.first, self.last)

    def of_customer(self, customer_id: str) -> list[Account]:
        return [one for one in self.customers_accounts if one.customer_id == customer_id]

    def newest_first(self) -> list[Made]:
        return sorted(self.made, key=lambda one: (one.at, one.posted.transaction_id), reverse=True)

    def moved(self, account_id: str) -> list[tuple[str, int]]:
        """When an account moved and by how much, the oldest first."""
        return sorted((at, amount) for at, posted in self.made for side, amount in posted.sides if side == account_id)


def built(town: Sandbox, watch: Callable[[date, int], None] = lambda *_: None) -> Known:
    """Put a bank into the tables of this process's stage, which are empty. Its days are of one year."""
    bank = _Loader(Known(town.since, town.until - DAY))
    with books.unaudited():
        sandbox.build(town, watch, lambda: bank)
    with Loader() as loader:
        loader.put_all(bank.followers())
    return bank.known


class _Loader(Loader):
    """Knows what it has put."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self.known = known
        self._sums: Totals = {}
        self._alerts: list[BankItem] = []
        self._severities = cycle(SEVERITIES)

    def put(self, item: Item) -> None:
        super().put(item)
        if isinstance(item, Transaction):
            self._follow(item)
        elif isinstance(item, Label):
            self._label(item)
        elif isinstance(item, Account):
            self.known.accounts[item.id] = item
        elif isinstance(item, Branch):
            self.known.branch_id = item.id

    def followers(self) -> Iterator[Item]:
        """What the stream's consumer would have written."""
        for (subject, key), figures in rollup.merge_totals([self._sums]).items():
            yield RolledUp(subject, key, figures)
        yield from self._alerts

    def _follow(self, made: Transaction) -> None:
        posted = rollups.posted_of(made)
        self.known.made.append(Made(str(made.created_at), posted))
        self.known.entries.update(account_id for account_id, _ in posted.sides)
        rollup.add(self._sums, rollup.of_posted(posted))
        if len(self.known.made) % TRANSACTIONS_AN_ALERT == 0:
            self._alert(made)

    def _label(self, label: Label) -> None:
        """A label comes just after the transaction that it is on."""
        _, posted = self.known.made[-1]
        assert posted.transaction_id == label.transaction_id, "labels follow their transactions"  # noqa: S101 — a bug of this module
        self.known.categories[label.account_id, label.transaction_id] = str(label.category)
        rollup.add(self._sums, rollup.move_category(posted, label.account_id, None, label.category))

    def _alert(self, made: Transaction) -> None:
        account_id, customer_id = made.from_account_id or made.to_account_id, made.from_customer_id
        sides = (made.id, str(account_id), str(customer_id or made.to_customer_id))
        reason = Reason("amount_unusual", 35, "alert", {"amount": "900.00", "typical": "40.00", "payments": 60})
        severity = next(self._severities)
        assessment = Assessment((reason,), reason.points, severity)
        raised_id = alert_id(made.id, sides[1], str(made.created_at))
        alert = RiskAlert.of(raised_id, sides, assessment, severity)
        for action in alert.put_new(system("bench"), str(made.created_at)):
            self._alerts.append(BankItem.from_raw_data(action["Put"]["Item"]))
        self.known.alerts += 1
