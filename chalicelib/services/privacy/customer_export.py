"""Everything that the bank holds of a customer, as a list of records that is read page by page.

Part by part: the person with its addresses and rules of categories, the user with its sessions and log-ins, when staff
read the person's data, payments that were requested and not posted, the accounts, each account's entries with their
labels, each order with what became of its dates, each payment to another bank with its payee, each file of payments,
each ticket with what was written in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.audit import visible_fields
from chalicelib.domain.errors import InvalidCursor, NotFound
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval_subject import ApprovalSubject
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.models.customers.customer import Customer
from chalicelib.models.customers.personal_read import CustomerRead
from chalicelib.models.customers.retained_identity import RetainedOpening
from chalicelib.models.everything.item_kinds import page_of_partition
from chalicelib.models.identity.user import User
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.order import Order
from chalicelib.models.paging import Page, Paging, decode_cursor, encode_cursor
from chalicelib.models.payments import transactions_by_account
from chalicelib.models.personal import ErasableItem, PersonalItem
from chalicelib.models.support.ticket import Ticket
from chalicelib.models.webhooks import endpoint as webhook_endpoint
from chalicelib.services import date_ranges
from chalicelib.services.accounts import accounts, history
from chalicelib.services.accounts.history import HistoryQuery, Line
from chalicelib.services.crypto import personal_fields
from chalicelib.services.privacy import reads

PARTS_MAX = 10
"""Parts that one page reads at most: most are small."""
Held = BankItem | Account | Line | CustomerRead
NOT_TOLD = (RetainedOpening, ApprovalSubject)
"""What staff do about the customer: a manager who hands out the export would tell of an investigation."""
_TOLD = ("id", "created_at", "updated_at")
FOR_STAFF = {"login": "reason"}
"""A field by the kind of its item: why staff unlocked the user."""


@dataclass(frozen=True)
class Record:
    """`kind` is the item's type, or `entry`; `person` are its personal fields in clear."""

    kind: str
    held: Held
    person: personal_fields.Fields = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class _Part:
    """`name` is what a cursor calls it."""

    name: str
    read: Callable[[Paging], Page[Record]]


def page(caller: Caller, customer_id: str, paging: Paging) -> Page[Record]:
    """List everything that is stored about a customer.

    A page may be short or empty while there are more. Raises NotFound, also for another customer; InvalidCursor.
    """
    customer = Customer.by_id(customer_id) if ids.is_id("cus", customer_id) and caller.sees(customer_id) else None
    if customer is None:
        raise errors.unknown("customer", customer_id)
    scope, parts = f"EXPORT {customer_id}", list(_parts(caller, customer))
    number, cursor = _start(paging.cursor, scope, [part.name for part in parts])
    records: list[Record] = []
    for _ in range(PARTS_MAX):
        found = parts[number].read(Paging(paging.limit - len(records), cursor))
        records += found.items
        cursor = found.next_cursor
        number += cursor is None
        if number == len(parts):
            return Page(records)
        if len(records) >= paging.limit:
            break
    return Page(records, encode_cursor({"part": parts[number].name, "cursor": cursor or ""}, scope))


def fields(record: Record) -> dict[str, object]:
    """Return the fields of an item that the API shows nowhere else: those of the audit, and the personal ones.

    Secrets are left out: a manager may export, too.
    """
    item = record.held
    if not isinstance(item, BankItem):
        return {}
    values = item.attribute_values
    told = {name: values[name] for name in _TOLD if name in values} | visible_fields.visible(record.kind, values)
    told.pop(FOR_STAFF.get(record.kind, ""), None)
    own_words = item.own_words() if isinstance(item, ErasableItem) else ()
    secrets = item.secrets() if isinstance(item, PersonalItem) else frozenset[str]()
    person = {name: value for name, value in record.person.items() if name not in secrets}
    return told | {name: getattr(item, name) for name in own_words} | person


def _parts(caller: Caller, customer: Customer) -> Iterator[_Part]:
    """Yield the partitions of `bank`, and of accounts those of their entries.

    The oldest come first, since new ones are added at the end.
    """
    yield _items_of(Customer.partition(customer.id))
    if customer.user_id:
        yield _items_of(User.partition(customer.user_id))
    yield _Part("READS", partial(_reads, customer.id))
    yield _Part("REQUESTS", partial(_requests, customer))
    yield _Part("ACCOUNTS", partial(_accounts, caller, customer.id))
    for account_id in Account.ids_in_order(customer.id):
        yield _Part(Account.partition(account_id), partial(_entries, caller, account_id))
    yield _items_of(webhook_endpoint.partition_of(customer.id))
    yield from map(_items_of, Order.partitions_of_customer(customer.id))
    yield from map(_items_of, ClearingPayment.partitions_of_customer(customer.id))
    yield from map(_items_of, PaymentFile.partitions_of_customer(customer.id))
    yield from map(_items_of, Ticket.partitions_of_customer(customer.id))


def _start(cursor: str | None, scope: str, parts: list[str]) -> tuple[int, str | None]:
    if cursor is None:
        return 0, None
    position = decode_cursor(cursor, scope)
    if position.get("part") not in parts:
        raise InvalidCursor("Send the next_cursor of the page before.")
    return parts.index(position["part"]), position.get("cursor") or None


def _items_of(partition: str) -> _Part:
    return _Part(partition, partial(_items, partition))


def _items(partition: str, paging: Paging) -> Page[Record]:
    found, now = page_of_partition(partition, paging), clock.now()
    told = [item for item in found.items if not item.has_expired(now) and not isinstance(item, NOT_TOLD)]
    return Page(_records(told), found.next_cursor)


def _requests(customer: Customer, paging: Paging) -> Page[Record]:
    """List the payments that were refused, wait, or were given up: the customer's requests, and those from its
    accounts."""
    own = [account_id for account_id, is_own in Account.own_by_id(customer.id).items() if is_own]
    sources = [transactions_by_account.holds_of(customer.id, own)]
    if customer.user_id:
        sources.append(transactions_by_account.requests_of(customer.user_id))
    found = transactions_by_account.page(sources, date_ranges.FIRST, date_ranges.LAST, paging, customer.id)
    made = get_all(Transaction, (Transaction.key(name) for _, name in found.items))
    return Page([Record("payment", one) for one in made if one.status != "posted"], found.next_cursor)


def _reads(customer_id: str, paging: Paging) -> Page[Record]:
    listed = reads.page_for_customer(customer_id, paging)
    return Page([Record("read", one) for one in listed.items], listed.next_cursor)


def _accounts(caller: Caller, customer_id: str, paging: Paging) -> Page[Record]:
    listed = accounts.list_of_customer(caller, customer_id, paging)
    return Page([Record("account", account) for account in listed.items], listed.next_cursor)


def _entries(caller: Caller, account_id: str, paging: Paging) -> Page[Record]:
    try:
        lines = history.page(caller, account_id, HistoryQuery(), paging)
    except NotFound:  # held jointly until a moment ago, which the index does not know yet
        return Page([])
    return Page([Record("entry", line) for line in lines.items], lines.next_cursor)


def _records(items: list[BankItem]) -> list[Record]:
    people = [item for item in items if isinstance(item, PersonalItem)]
    known = {id(item): fields for item, fields in zip(people, personal_fields.reveal(people), strict=True)}
    return [Record(_kind(item), item, known.get(id(item), {})) for item in items]


def _kind(item: BankItem) -> str:
    return str(BankItem.type.get_discriminator(type(item)))
