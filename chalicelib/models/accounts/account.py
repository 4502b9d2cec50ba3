"""Accounts: customers' and the bank's own. Balances and all that bears on posting are written by the ledger alone."""

from collections.abc import Iterable, Iterator
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain.accounts.access import AccountAccess
from chalicelib.domain.ledger.balance import AccountType, Position, StatementDelivery, Status
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute, OwnWordsAttribute
from chalicelib.models.batch import batch_get_raw, get_all
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.paging import Page, Paging, query_listed, query_page, walk_keys
from chalicelib.models.personal import ErasableItem

ACCOUNT = "ACCOUNT"
IDS_AT_ONCE = 100
LISTED = "ACCOUNT#"
"""Begins sort keys in a customer's list of accounts, which it owns or holds."""
SHARDS = 16
"""Partitions of the list of all accounts, which interest runs and verification walk."""


class Account(ErasableItem, discriminator="account"):
    """Amounts in minor units. `account_type` is savings, current or general_ledger. `interest_paid_through` is one of
    the bank's days, None before the first credit. `holders` are the rights of joint holders by customer. `statements`
    that are not said are none. `frozen_by` is the user who froze it, while it is frozen, and `frozen_at` (UTC) when;
    accounts frozen by earlier releases have none. `limit_changed_at` (UTC) is when the overdraft limit was changed
    last, None before the first time. `counts_alone`: it is its customer's only one in its currency, so that what it has
    spent is what the customer has (`models/ledger/spending.py`). `hot_until` (epoch seconds) is of one that many write
    at once: until then its posts are committed in groups (`models/ledger/crowd.py`)."""

    id = UnicodeAttribute()
    account_type = ChoiceAttribute[AccountType]()
    currency = UnicodeAttribute()
    status = ChoiceAttribute[Status](default="active")
    balance = IntegerAttribute(default=0)
    held = IntegerAttribute(default=0)
    overdraft_limit = IntegerAttribute(default=0)
    ledger_version = IntegerAttribute(default=0)
    last_seq = IntegerAttribute(default=0)
    last_hash = UnicodeAttribute(default=GENESIS)
    last_entry_at = UnicodeAttribute(null=True)
    spent_on = UnicodeAttribute(null=True)
    spent = IntegerAttribute(default=0)
    interest_paid_through = UnicodeAttribute(null=True)
    interest_carried = UnicodeAttribute(null=True)
    branch_id = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    holders = CompactJSONAttribute(null=True)
    account_number = UnicodeAttribute(null=True)
    nickname = OwnWordsAttribute(null=True)
    status_reason = UnicodeAttribute(null=True)
    frozen_by = UnicodeAttribute(null=True)
    frozen_at = UnicodeAttribute(null=True)
    limit_changed_at = UnicodeAttribute(null=True)
    statements = ChoiceAttribute[StatementDelivery](null=True)
    counts_alone = BooleanAttribute(null=True)
    hot_until = IntegerAttribute(null=True)

    @staticmethod
    def partition(account_id: str) -> str:
        """Return the partition of an account and of what belongs to it: holds, labels, joint holders, PIN."""
        return keys.account(account_id)

    @staticmethod
    def key(account_id: str) -> tuple[str, str]:
        return keys.account(account_id), ACCOUNT

    @classmethod
    def by_id(cls, account_id: str) -> "Account | None":
        return cls.find(*cls.key(account_id))

    @classmethod
    def page_of_customer(cls, customer_id: str, paging: Paging) -> Page["Account"]:
        """Return a page of the accounts that a customer has owned or held, the last opened first."""
        return query_listed(
            cls,
            keys.customer(customer_id),
            paging,
            between=cls.gsi1sk.startswith(LISTED),
            key=lambda row: (row.pk, ACCOUNT),
        )

    @classmethod
    def ids_of_customer(cls, customer_id: str) -> list[str]:
        """Return the ids of all accounts that a customer has owned or holds, the last opened first."""
        return list(cls.own_by_id(customer_id))

    @classmethod
    def own_by_id(cls, customer_id: str) -> dict[str, bool]:
        """Return whether a customer owns an account, or holds it jointly, by the accounts' ids, the last opened first.

        One query for each hundred. An account may still be listed a moment after the customer stopped holding it, for
        an index follows its table.
        """
        cursor, found = None, dict[str, bool]()
        while True:
            page = query_page(
                cls,
                keys.customer(customer_id),
                limit=IDS_AT_ONCE,
                cursor=cursor,
                index="gsi1",
                between=cls.gsi1sk.startswith(LISTED),
            )
            found |= {keys.id_in(row.pk): row.sk == ACCOUNT for row in page.items}
            cursor = page.next_cursor
            if cursor is None:
                return found

    @classmethod
    def walk_of_customer(cls, customer_id: str) -> Iterator[list[Key]]:
        """Yield the keys of a customer's own accounts and of its items as a joint holder, the first opened first."""
        return walk_keys(keys.customer(customer_id), "gsi1", BankItem.gsi1sk.startswith(LISTED))

    @classmethod
    def ids_in_order(cls, customer_id: str) -> Iterator[str]:
        """Yield the ids of the accounts that a customer has owned or holds, the first opened first."""
        for page in cls.walk_of_customer(customer_id):
            yield from (keys.id_in(pk) for pk, _ in page)

    @classmethod
    def pages_of_owner(cls, customer_id: str) -> Iterator[list["Account"]]:
        """Yield the accounts that a customer owns, the first opened first, a page at a time."""
        for page in cls.walk_of_customer(customer_id):
            yield get_all(cls, page)

    @classmethod
    def frozen_among(cls, account_ids: Iterable[str]) -> set[str]:
        """Return which of these accounts were frozen a moment ago, at half the price of a consistent read."""
        read = batch_get_raw(cls.Meta.table_name, map(cls.key, account_ids), consistent=False)
        return {item["id"]["S"] for item in read if item.get("status") == {"S": "frozen"}}

    @classmethod
    def entry_counts(cls, account_ids: Iterable[str]) -> dict[str, int]:
        """Return how many entries each account has; 0 if there is no such account."""
        counts = dict.fromkeys(account_ids, 0)
        for item in batch_get_raw(cls.Meta.table_name, map(cls.key, counts)):
            counts[keys.id_in(item["pk"]["S"])] = int(item.get("last_seq", {"N": "0"})["N"])
        return counts

    @classmethod
    def new(cls, account_id: str, account_type: AccountType, currency: str, **fields: Any) -> "Account":
        pk, sk = cls.key(account_id)
        return cls(
            pk,
            sk,
            id=account_id,
            account_type=account_type,
            currency=currency,
            gsi2pk=account_list(shard(account_id)),
            gsi2sk=account_id,
            **fields,
        )

    @classmethod
    def of_customer(cls, account_id: str, customer_id: str, opened_at: str, **fields: Any) -> "Account":
        """Return a new account of a customer, listed under the customer in the order of opening."""
        partition, place = listing_key(customer_id, opened_at)
        return cls.new(
            account_id,
            customer_id=customer_id,
            gsi1pk=partition,
            gsi1sk=place,
            **fields,
        )

    def position(self) -> Position:
        """Return the account's position, for the domain to decide on."""
        stored: Any = self.attribute_values.get  # PynamoDB's attributes take three times as long
        return Position(
            account_id=stored("id"),
            currency=stored("currency"),
            status=stored("status"),
            balance=stored("balance"),
            held=stored("held"),
            overdraft_limit=stored("overdraft_limit"),
            ledger_version=stored("ledger_version"),
            last_seq=stored("last_seq"),
            last_hash=stored("last_hash"),
            last_entry_at=stored("last_entry_at") or "",
            spent_on=stored("spent_on") or "",
            spent=stored("spent"),
            interest_paid_through=stored("interest_paid_through") or "",
            interest_carried=stored("interest_carried") or "",
        )

    def access(self) -> AccountAccess:
        """Return who holds the account, for the domain to decide what they may do."""
        return AccountAccess(self.id, self.customer_id, self.holders or {})

    def holder_ids(self) -> list[str] | None:
        """Return the joint holders, or None if there are none, as items store those who are told of something."""
        return list(self.holders) if self.holders else None

    def change(self, changes: dict[str, object], caller: Caller, at: str, *, bears_on_posting: bool) -> Action:
        """Set fields by name, if the account is still just as it was read. What bears on posting (status, limits,
        holders) moves the ledger version as well, for postings that are under way to see."""
        actions = self.setting(changes)
        if bears_on_posting:
            actions.append(Account.ledger_version.add(1))
        return self.update_if(Account.version == self.version, actions, caller, at)

    def still_pays(self) -> Action:
        """Make a transaction depend on nobody having frozen the account, or changed its holders, since it was read.

        Postings do not matter: a busy account does not hold up the others of a batch.
        """
        status, holders = Account.status, Account.holders
        as_read = status == self.status
        as_read &= holders == self.holders if self.holders else holders.does_not_exist()
        return {"ConditionCheck": self.get_operation_kwargs_from_class(self.pk, self.sk, condition=as_read)}

    def with_position(self, position: Position) -> "Account":
        """Return the same account as it will be at a position that is not written yet."""
        moved = Account()
        moved.attribute_values = dict(self.attribute_values)
        moved.stand_at(position)
        return moved

    def stand_at(self, position: Position) -> None:
        """Take over a position that has not been written yet."""
        for name, value in position.posting_fields().items():
            setattr(self, name, None if value == "" else value)


def listing_key(customer_id: str, opened_at: str) -> Key:
    """Return where an account that was opened then is in the list of a customer's accounts."""
    return keys.customer(customer_id), f"{LISTED}{opened_at}"


def account_list(shard: int) -> str:
    """Return an index partition of the list of all accounts."""
    return f"ACCOUNTS#{shard:02d}"


def shard(account_id: str) -> int:
    """Return the partition of the list of all accounts that an account is in; ids end in random characters."""
    return sum(account_id.encode()) % SHARDS


def general_ledger_account(account_id: str, currency: str, caller: Caller, at: str) -> Account:
    """Return a new shard of a general-ledger account, which is created with its first entry."""
    return Account.new(account_id, "general_ledger", currency).stamp(caller, at)
