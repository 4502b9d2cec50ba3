"""Lists of everything there is, for proofs, rebuilds and runs over all accounts."""

from collections.abc import Iterator
from itertools import chain

from chalicelib.domain.approvals.decision import STATUSES as APPROVAL_STATUSES
from chalicelib.domain.events.event import BANK
from chalicelib.domain.interest.rate import STANDARD_MILLIONTHS
from chalicelib.models import keys
from chalicelib.models.accounts.account import SHARDS, account_list
from chalicelib.models.approvals.approval import approval_list
from chalicelib.models.approvals.authority import ALL_AUTHORITY
from chalicelib.models.approvals.policy import ALL_POLICIES
from chalicelib.models.batch import batch_get
from chalicelib.models.branches.branch import ALL_BRANCHES
from chalicelib.models.clearing.nostro_statement import StatementPage
from chalicelib.models.clearing.nostro_statement import partition_of as partition_of_statements
from chalicelib.models.customers.customer import ALL_CUSTOMERS, Customer
from chalicelib.models.customers.personal_read import PersonalRead
from chalicelib.models.identity.invitation import Invitation
from chalicelib.models.identity.user import ALL_STAFF, User
from chalicelib.models.interest.rate import InterestRate
from chalicelib.models.interest.run import InterestRun
from chalicelib.models.item import BankItem, Key
from chalicelib.models.ledger.hold import ALL_HOLDS
from chalicelib.models.ledger.transaction import DAY_SHARDS, day_list
from chalicelib.models.orders.order import Order
from chalicelib.models.orders.run import OrderRun
from chalicelib.models.paging import walk_keys, walk_pages
from chalicelib.models.risk.alert import ALL_ALERTS
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS
from chalicelib.models.statements.run import StatementRun
from chalicelib.models.support.announcement import ALL_ANNOUNCEMENTS
from chalicelib.models.support.ticket import ALL_TICKETS
from chalicelib.models.verification.sealed_digest import SEALED_DIGESTS
from chalicelib.models.verification.verification import VERIFICATIONS
from chalicelib.models.webhooks.endpoint import partition_of, partitions_of


def account_ids() -> Iterator[str]:
    """Yield the ids of all accounts, also the bank's own."""
    for shard in range(SHARDS):
        for page in walk_pages(BankItem, account_list(shard), index="gsi2"):
            yield from (item["gsi2sk"]["S"] for item in page)


def customer_account_ids(shard: int, after: str | None, limit: int) -> tuple[list[str], bool]:
    """Return the next customers' accounts in a partition of the list, by id, and whether they are the last.

    An index is read, which may not know yet of an account that was opened a moment ago.
    """
    answer = BankItem.query_once(
        account_list(shard),
        range_key_condition=BankItem.gsi2sk.between(f"{after}~" if after else "acc_", "acc_~"),
        index_name="gsi2",
        limit=limit,
        scan_index_forward=True,
    )
    return [item["gsi2sk"]["S"] for item in answer["Items"]], "LastEvaluatedKey" not in answer


def customer_ids() -> Iterator[list[str]]:
    """Yield the ids of all customers, a page at a time, also of erased ones."""
    for page in walk_keys(ALL_CUSTOMERS, "gsi1"):
        yield [keys.id_in(pk) for pk, _ in page]


def staff_ids() -> Iterator[list[str]]:
    """Yield the ids of all staff and auditors, a page at a time."""
    for page in walk_keys(ALL_STAFF, "gsi1"):
        yield [keys.id_in(pk) for pk, _ in page]


def transaction_keys(day: str) -> Iterator[list[Key]]:
    """Yield the keys of all transactions created on a UTC day, including pending and failed ones."""
    for shard in range(DAY_SHARDS):
        yield from walk_keys(day_list(day, shard), "gsi1")


def overdue_transactions(at: str) -> Iterator[str]:
    """Yield the ids of transactions whose hold is overdue, the most overdue first."""
    for page in walk_keys(ALL_HOLDS, "gsi1", BankItem.gsi1sk < at):
        yield from (keys.id_in(sk) for _, sk in page)


def pending_transactions() -> Iterator[str]:
    """Yield the ids of all transactions that hold money, the first to expire first."""
    for page in walk_keys(ALL_HOLDS, "gsi1"):
        yield from (keys.id_in(sk) for _, sk in page)


def partitions_of_others() -> Iterator[str]:
    """Yield the partitions of all items besides accounts and transactions.

    These are branches, customers with their orders and invitations, users, what staff have read, tickets,
    announcements, alerts, approvals and their policies, the clearing's statements, scheduled runs, rates,
    risk thresholds, ceilings, verifications and what tells of digests.
    """
    yield ALL_THRESHOLDS
    yield ALL_POLICIES
    yield ALL_AUTHORITY
    yield VERIFICATIONS
    yield SEALED_DIGESTS
    yield partition_of(BANK)
    yield from (partition_of_statements(currency, day.isoformat()) for currency, day in StatementPage.walk_days())
    yield from map(InterestRate.partition, STANDARD_MILLIONTHS)
    runs = (InterestRun.listed(), StatementRun.listed(), OrderRun.listed())
    approvals = map(approval_list, APPROVAL_STATUSES)
    lists = (ALL_BRANCHES, ALL_STAFF, ALL_CUSTOMERS, ALL_TICKETS, ALL_ANNOUNCEMENTS, ALL_ALERTS, *runs, *approvals)
    for listed in lists:
        for page in walk_keys(listed, "gsi1"):
            yield from (pk for pk, _ in page)
            names = [keys.id_in(pk) for pk, _ in page]
            if listed == ALL_CUSTOMERS:
                yield from partitions_of(names)
                yield from chain.from_iterable(map(Order.partitions_of_customer, names))
            if listed == ALL_STAFF:
                yield from map(PersonalRead.partition, names)
            customers = [item for item in batch_get(page) if isinstance(item, Customer)]
            yield from (Invitation.partition(one.id) for one in customers if one.invited_at)
            users = {one.user_id for one in customers}
            yield from (User.partition(user_id) for user_id in sorted(filter(None, users)))
