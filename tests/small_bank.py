"""A bank of a few accounts on tables in memory, for unit tests of what moves money."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.ids import id_of
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller, Role
from chalicelib.models.accounts.account import Account
from chalicelib.models.identity.user import User
from chalicelib.models.item import Item
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction
from tests.fake_dynamodb.wire import FakeDynamoDB

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOON_TEXT = "2026-11-21T12:00:00.000000Z"
CASH = "gl.cash.brn_1.USD"
A, B, C = (id_of("acc", NOON, number) for number in range(3))
"""Ids of accounts, for code that checks their form."""


def customer(number: int = 1, request_id: str = "req_1") -> Caller:
    """Return the only user of a customer."""
    return Caller(f"usr_{number}", "customer", request_id, customer_id=f"cus_{number}")


def staff(role: Role = "manager", request_id: str = "req_staff", user_id: str = "usr_staff") -> Caller:
    return Caller(user_id, role, request_id)


@dataclass
class SmallBank:
    """A bank whose clock stands at `now`. It takes any text for an id."""

    dynamodb: FakeDynamoDB
    now: datetime = NOON
    keys_given: int = 0

    def open(self, account_id: str, balance: int = 0, *, owner: int = 1, currency: str = "USD", **fields: Any) -> str:
        """Store an account whose balance no entry explains, its customer's only one unless told; return its id."""
        given: dict[str, Any] = {"customer_id": f"cus_{owner}", "balance": balance, "ledger_version": 1}
        given |= {"counts_alone": True} | fields
        self.put(Account.new(account_id, "current", currency, **given).stamp(staff(), NOON))
        return account_id

    def user(self, caller: Caller, **fields: Any) -> None:
        """Store the user of a caller, active unless told."""
        given = {"customer_id": caller.customer_id} | fields
        self.put(User.new(caller.user_id, "hmac", "hash", given.pop("role", caller.role), **given).stamp(staff(), NOON))

    def put(self, item: Item) -> None:
        """Store any item as it is, without the bank's code."""
        self.dynamodb.table(type(item).Meta.table_name).items[item.pk, item.sk] = item.serialize()

    def account(self, account_id: str) -> Account:
        found = Account.by_id(account_id)
        assert found, account_id
        return found

    def transaction(self, transaction_id: str) -> Transaction:
        found = Transaction.by_id(transaction_id)
        assert found, transaction_id
        return found

    def hold(self, account_id: str, transaction_id: str) -> Hold:
        found = Hold.find(*Hold.key(account_id, transaction_id))
        assert found, transaction_id
        return found

    def entries(self, account_id: str) -> list[LedgerEntry]:
        """Return an account's entries, oldest first."""
        partition = f"ACCOUNT#{account_id}"
        items = sorted(self.dynamodb.table("ledger").items.items())
        return [LedgerEntry.from_raw_data(item) for (pk, _), item in items if pk == partition]

    def later(self, **time: float) -> None:
        """Set the clock forward: `later(days=1)`."""
        self.now += timedelta(**time)

    def key(self, caller: Caller, body: object = None) -> IdempotencyKey:
        """Return an idempotency key that no request has used."""
        self.keys_given += 1
        return derive_key(caller.user_id, f"key-{self.keys_given}", "POST /v1/transactions/transfer", body)

    def request(
        self,
        legs: dict[str, int],
        caller: Caller | None = None,
        limits: Limits | None = None,
        kind: Any = "transfer",
        currency: str = "USD",
        **fields: Any,
    ) -> PostingRequest:
        """Return a request to move these amounts (minor units) between these accounts."""
        caller = caller or customer()
        key = fields.pop("key", None) or self.key(caller)
        movement = Movement(key.transaction_id, kind, currency, tuple(Leg(*leg) for leg in legs.items()), limits)
        given: dict[str, Any] = {"accounts": tuple(legs), "movement": lambda _: movement} | fields
        return PostingRequest(idempotency_key=key, caller=caller, **given)
