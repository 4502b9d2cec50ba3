"""Payers for payments to other banks: each with a user, a name under a data key, and an account in euros."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chalicelib.domain import ids, permissions
from chalicelib.domain.accounts.account_number import STEM_MIN, account_number
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.models.item import Item
from chalicelib.services.crypto import data_keys
from chalicelib.services.customers import people
from sampledata.loading import Loader

OPENED = datetime(2026, 4, 1, tzinfo=UTC)
BALANCE_MINOR = 1_000_00


@dataclass(frozen=True)
class Payer:
    """A customer who pays from one account."""

    number: int

    def _id(self, prefix: Literal["usr", "cus", "acc"]) -> str:
        return ids.id_of(prefix, OPENED, self.number)

    @property
    def customer_id(self) -> str:
        return self._id("cus")

    @property
    def account_id(self) -> str:
        return self._id("acc")

    @property
    def caller(self) -> Caller:
        return Caller(self._id("usr"), "customer", f"request-{self.number}", self.customer_id)

    def items(self) -> Iterator[Item]:
        """Yield what must be there before it pays."""
        system, at = permissions.system("payment-book"), timestamp(OPENED)
        yield data_keys.new_key(self.customer_id, system, at)
        customer = Customer.new(self.customer_id, at, user_id=self.caller.user_id, status="active").stamp(system, at)
        yield people.encrypt(customer, {"first_name": "Ada", "last_name": "Lovelace"})
        user = User.new(self.caller.user_id, str(self.number), None, "customer", customer_id=self.customer_id)
        user.email_verified_at = at
        yield user.stamp(system, at)
        account = Account.of_customer(
            self.account_id,
            self.customer_id,
            at,
            account_type="current",
            currency="EUR",
            balance=BALANCE_MINOR,
            ledger_version=1,  # of an account that was opened: one without is put anew
            counts_alone=True,
            account_number=account_number(STEM_MIN + self.number),
        )
        yield account.stamp(system, at)


def load(payers: int) -> None:
    """Put so many payers into empty tables."""
    with Loader() as loader:
        for number in range(payers):
            loader.put_all(Payer(number).items())
