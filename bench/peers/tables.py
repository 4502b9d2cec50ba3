"""What the peer stores: money as integers, and each movement as a transaction with two entries that sum to zero."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import registry

mapping = registry()


@dataclass
class Session:
    """A log-in, which a token names."""

    id: str
    user_id: str
    is_active: bool


@dataclass
class Account:
    """An account of a customer, or one of the bank's own, which has no owner and no floor."""

    id: str
    owner_id: str | None
    status: str
    currency: str
    balance: int
    last_seq: int
    spent: int
    spent_on: date | None


@dataclass
class Transaction:
    """A movement, which is also the record of its idempotency key."""

    id: str
    user_id: str
    key: str
    fingerprint: str
    kind: str
    status: str
    amount: int
    currency: str
    memo: str | None
    refusal: str | None
    created_at: datetime
    entries: list["Entry"] = field(default_factory=list)


@dataclass
class Entry:
    """One side of a transaction."""

    account_id: str
    seq: int
    amount: int
    balance_after: int
    transaction_id: str | None = None


def _names(table: str, *columns: Column[object]) -> Table:
    return Table(table, mapping.metadata, *columns)


sessions = _names(
    "sessions",
    Column("id", String, primary_key=True),
    Column("user_id", String, nullable=False),
    Column("is_active", Integer, nullable=False),
)
accounts = _names(
    "accounts",
    Column("id", String, primary_key=True),
    Column("owner_id", String, index=True),
    Column("status", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("spent_on", Date),
)
transactions = Table(
    "transactions",
    mapping.metadata,
    Column("id", String, primary_key=True),
    Column("user_id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String, nullable=False),
    Column("memo", String),
    Column("refusal", String),
    Column("created_at", DateTime(timezone=True), nullable=False, index=True),
    UniqueConstraint("user_id", "key"),
)
entries = _names(
    "entries",
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("transaction_id", ForeignKey("transactions.id"), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("balance_after", BigInteger, nullable=False),
)


def map_all() -> None:
    """Connect the classes with their tables."""
    from sqlalchemy.orm import relationship

    mapping.map_imperatively(Session, sessions)
    mapping.map_imperatively(Account, accounts)
    mapping.map_imperatively(Entry, entries)
    mapping.map_imperatively(Transaction, transactions, properties={"entries": relationship(Entry)})
