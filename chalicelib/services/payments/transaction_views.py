"""Transactions as their parties see them: by the accounts that the caller owns or jointly holds.

A transaction names the owners of its accounts, so that one's own need no look. Whether the caller holds another side as
well, that account says, which is read together with the labels.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib import aws
from chalicelib.domain.accounts.access import AccessLevel, AccountAccess
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Key
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.accounts import other_banks
from chalicelib.services.accounts.other_banks import BankPayment
from chalicelib.services.customers.people import Revealed


@dataclass(frozen=True)
class VisibleTransaction:
    """`sides` are the accounts that the caller may see, the one that it reads the transaction from first; `labelled`
    those whose side it may label: staff act for the payer. `label` is that of the first side, `payment` the part that
    other banks know."""

    transaction: Transaction
    sides: tuple[str, ...]
    labelled: tuple[str, ...]
    label: Label | None
    payment: Revealed[BankPayment] | None = None

    def is_for(self, caller: Caller) -> bool:
        """Return whether the caller may see the transaction: as a party, its maker, staff or an auditor."""
        return bool(self.sides) or caller.sees_everything or self.transaction.initiated_by == caller.user_id

    @property
    def version(self) -> str:
        """Return the versions of the transaction and of the label on it: what the caller sees changes with either. So
        it does with the payment to another bank, if it is one."""
        of_payment = f"-{self.payment.item.version}" if self.payment else ""
        return f"{self.transaction.version}-{self.label.version if self.label else 0}{of_payment}"


def view_all(
    caller: Caller, transactions: list[Transaction], first: str | None = None, category: str | None = None
) -> list[VisibleTransaction]:
    """Return the views of all transactions, with one read.

    Each is seen from one account, if the caller may see it, or else from the payer's. With a category, it is seen from
    the side that has it, which may be the payee's.
    """
    found = batch_get(key for one in transactions for key in _keys(caller, one, first, every=category is not None))
    accesses = {item.id: item.access() for item in found if isinstance(item, Account)}
    labels = {(item.account_id, item.transaction_id): item for item in found if isinstance(item, Label)}
    payment_by_id = other_banks.reveal(found)

    def is_elsewhere(account_id: str, transaction: Transaction) -> bool:
        label = labels.get((account_id, transaction.id))
        return label is None or label.category != category

    def of(transaction: Transaction) -> VisibleTransaction:
        sides = _let(caller, _of(transaction, first), accesses, "view")
        if category is not None:
            sides = tuple(sorted(sides, key=lambda account_id: is_elsewhere(account_id, transaction)))
        labelled = _let(caller, _of(transaction, first), accesses, "pay")
        return VisibleTransaction(
            transaction,
            sides,
            labelled[:1] if caller.sees_everything else labelled,
            labels.get((sides[0], transaction.id)) if sides else None,
            payment_by_id.get(transaction.id),
        )

    return [of(one) for one in transactions]


def view_after_write(caller: Caller, transaction: Transaction) -> VisibleTransaction:
    """Return the caller's view of a transaction that is already written: if the read fails, the outcome is unknown."""
    with aws.unknown_outcome_on_error():
        return view_all(caller, [transaction])[0]


def _of(transaction: Transaction, first: str | None) -> list[AccountAccess]:
    """Return the customers' accounts of a transaction, with their owners only: `first`, then the payer's."""
    sides = sorted(transaction.sides(), key=lambda side: side.account_id != first)
    return [AccountAccess(side.account_id, side.customer_id) for side in sides]


def _keys(caller: Caller, transaction: Transaction, first: str | None, *, every: bool) -> Iterator[Key]:
    """Yield the keys of the items that show which sides are the caller's, of labels, and of a payment to another bank.

    The labels are that of the first side that is the caller's, or of `every` side.
    """
    if key := other_banks.key_of(transaction.transaction_type, transaction.id):
        yield key
    has_own = False
    for party in _of(transaction, first):
        if every or not has_own:
            yield Label.key(party.account_id, transaction.id)
        if party.lets(caller, "view"):
            has_own = True
        else:
            yield Account.key(party.account_id)


def _let(
    caller: Caller, parties: list[AccountAccess], accesses: Mapping[str, AccountAccess], wanted: AccessLevel
) -> tuple[str, ...]:
    known = [accesses.get(party.account_id, party) for party in parties]
    return tuple(party.account_id for party in known if party.lets(caller, wanted))
