"""Payments to other banks and their payers: each with a user, a name under a data key, and an account in euros."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chalicelib.domain import ids, permissions
from chalicelib.domain.accounts.account_number import STEM_MIN, account_number
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.clearing.payment_file import FilePaymentRefusal
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.models.item import Item
from chalicelib.models.transact import Extra
from chalicelib.services.crypto import data_keys
from chalicelib.services.customers import people
from chalicelib.services.payments import outgoing
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.outgoing import Payee
from chalicelib.services.payments.transfer_request import TransferRequest
from sampledata.loading import Loader

OPENED = datetime(2026, 4, 1, tzinfo=UTC)
BALANCE_MINOR = 1_000_00
IBAN = "DE89370400440532013000"


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


FILE_ID = "pfl_01KN35E0000000000000000000"


@dataclass(frozen=True)
class Book:
    """Payments of a rail, by payers in turn; those of one payer are a company's, in a file."""

    rail: Rail
    payments: int
    payers: int

    def key(self, number: int) -> IdempotencyKey:
        user_id = self.payer(number).caller.user_id
        return derive_key(user_id, f"{self.rail}-{number}", "POST /v1/transactions/transfer", {})

    def payer(self, number: int) -> Payer:
        return Payer(number % self.payers)

    @property
    def is_file(self) -> bool:
        return self.payers == 1

    def request(self, number: int) -> TransferRequest:
        """Return what is asked of the ledger: by a request alone, or by the job that works on a file."""
        payer, key = self.payer(number), self.key(number)
        payee = Payee(IBAN, "Zoe Muller", self.rail, "Invoice 7")
        made, account_id = outgoing.prepare(payer.caller, key, payer.account_id, None, payee)
        return TransferRequest(
            payer.account_id,
            account_id,
            "1.00",
            None,
            Annotations(),
            payer.caller,
            key,
            outgoing=made,
            guards=self._guards(number) if self.is_file else (),
        )

    def _guards(self, number: int) -> tuple[Extra, ...]:
        """Return the conditions of a file's payment."""
        is_absent = FilePaymentRefusal.is_absent(FILE_ID, number + 1)
        still_may = User.still_may(self.payer(number).caller.user_id, "money.move")
        return Extra(is_absent, Conflict("refused")), Extra(still_may, Conflict("ended"))

    def transaction_ids(self) -> list[str]:
        return [self.key(number).transaction_id for number in range(self.payments)]


def load(payers: int) -> None:
    """Put so many payers into empty tables."""
    with Loader() as loader:
        for number in range(payers):
            loader.put_all(Payer(number).items())
