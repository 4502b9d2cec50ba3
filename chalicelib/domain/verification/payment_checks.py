"""Checks of payments to other banks: what the clearing is told must be what the ledger holds, or has posted."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.clearing.identity import reference_of, uetr_of
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.posting import TransactionType
from chalicelib.domain.ledger.recall_return import key_of_forward
from chalicelib.domain.verification.checks import Broken, require

PAYMENT: Final[TransactionType] = "payment"
FEE: Final[TransactionType] = "clearing_fee"
INCOMING: Final[TransactionType] = "incoming_payment"
RETURN: Final[TransactionType] = "payment_return"
OF_CLEARING: Final[frozenset[TransactionType]] = frozenset(
    {PAYMENT, RETURN, "incoming_payment", "clearing_settlement", FEE}
)
"""What may move the accounts of the clearing: what was settled, came in or back, and what the clearing has advised
or charged."""

STATUSES: Final[Mapping[str, frozenset[str]]] = {
    # One that ends while it waits for a person was never handed over, and its item is not written again.
    "waiting": frozenset({"pending", "voided", "expired"}),
    "queued": frozenset({"pending"}),
    "submitted": frozenset({"pending"}),
    "settled": frozenset({"posted"}),
    "recall_requested": frozenset({"posted"}),
    "returned": frozenset({"posted"}),
    "rejected": frozenset({"voided", "expired"}),
}
"""The statuses that the transaction of a payment can have, by the state of the payment."""


class Paid(Protocol):
    """A transaction as its payment must be. `legs` as asked for: account, amount."""

    id: Any
    transaction_type: Any
    status: Any
    amount: Any
    currency: Any
    legs: Any
    entries: Any
    from_account_id: Any
    from_customer_id: Any
    to_account_id: Any
    to_customer_id: Any
    uetr: Any


def require_payment(transaction: Paid, payment: Image | None, guard: Image | None) -> None:
    """Check the stored payment of a transaction, and the guard of its UETR. Raises Broken at the first wrong field.

    A UETR is derived from the transaction's id, so no two payments have the same one.
    """
    where = f"payment of {transaction.id}"
    if payment is None:
        raise Broken(where, f"the payment of what is {transaction.status}", "nothing")
    due = {
        "id": transaction.id,
        "account_id": transaction.from_account_id,
        "customer_id": transaction.from_customer_id,
        "amount": transaction.amount,
        "currency": transaction.currency,
        "uetr": uetr_of(transaction.id),
        "end_to_end_id": reference_of(transaction.id),
    }
    for name, expected in due.items():
        require(f"{where}: {name}", expected, payment.get(name))
    credited = [account_id for account_id, amount in transaction.legs or [] if amount > 0]
    require(f"{where}: rail", credited, [general_ledger.clearing(str(payment.get("rail")), transaction.currency)])
    state = payment.get("status")
    if transaction.status not in STATUSES.get(str(state), frozenset()):
        raise Broken(f"{where}: status", f"a state of what is {transaction.status}", state)
    require(f"UETR of {where}: owner_id", transaction.id, (guard or {}).get("owner_id"))


def require_incoming(transaction: Paid, payment: Image | None, guard: Image | None) -> None:
    """Check the stored fields of a payment that came in, and its UETR. Raises Broken at the first wrong one.

    The ledger's transaction has the UETR, so that nobody can credit the same payment under another one.
    """
    where = f"payment that came in as {transaction.id}"
    if payment is None:
        raise Broken(where, "who has paid it", "nothing")
    due = {
        "id": transaction.id,
        "account_id": transaction.to_account_id,
        "customer_id": transaction.to_customer_id,
        "uetr": transaction.uetr,
    }
    for name, expected in due.items():
        require(f"{where}: {name}", expected, payment.get(name))
    require(f"UETR of {where}: owner_id", transaction.id, (guard or {}).get("owner_id"))


def require_return(transaction: Paid, payment: Image, returned: Paid | None) -> None:
    """Check the transaction that brought the money of a payment back. Raises Broken."""
    where = f"return of {transaction.id}"
    if returned is None:
        raise Broken(where, "a transaction", f"{payment.get('return_id')}, which does not exist")
    require(f"{where}: type", RETURN, returned.transaction_type)
    require(f"{where}: status", "posted", returned.status)
    require(f"{where}: currency", transaction.currency, returned.currency)
    require(f"{where}: uetr", payment.get("uetr"), returned.uetr)
    if returned.amount > transaction.amount:
        raise Broken(f"{where}: amount", f"{transaction.amount} or less", returned.amount)
    clearing = general_ledger.clearing(str(payment.get("rail")), transaction.currency)
    allowed = (transaction.from_account_id, general_ledger.returns(transaction.currency))
    for entry in returned.entries or []:
        account_id = str(entry["account_id"])
        name = account_id if account_id in allowed else account_id.rpartition(".")[0]
        if name not in (clearing, *allowed):
            raise Broken(f"{where}: account_id", f"one of {', '.join(map(str, (clearing, *allowed)))}", account_id)


def forwards(transaction: Paid) -> bool:
    """Return whether a return takes its money from the bank's own account of returns."""
    paying = [entry["account_id"] for entry in transaction.entries or [] if entry["amount"] < 0]
    return transaction.transaction_type == RETURN and bool(paying) and all(map(general_ledger.is_returns, paying))


def require_forwarded(transaction: Paid, payment: Image | None, returned: Paid | None) -> None:
    """Check that returned money went to the customer who has paid, all of it, once. Raises Broken.

    That of an erased customer went to the account that the payment names: two people have decided that.
    """
    where = f"returned money forwarded by {transaction.id}"
    if payment is None or returned is None:
        raise Broken(where, "a payment that came back", "nothing")
    if payment.get("forwarded_to"):
        require(f"{where}: account_id", payment.get("forwarded_to"), transaction.to_account_id)
    else:
        require(f"{where}: customer_id", payment.get("customer_id"), transaction.to_customer_id)
    require(f"{where}: amount", returned.amount, transaction.amount)
    require(f"{where}: id", key_of_forward(str(payment.get("id")), returned.amount).transaction_id, transaction.id)


def require_of_clearing(transaction: Paid) -> None:
    """Check that nothing but payments between banks and advices moves the accounts of the clearing. Raises Broken.

    So what is left there is settled, and not advised yet.
    """
    if transaction.transaction_type == FEE:
        _require_expense(transaction)
    if transaction.transaction_type in OF_CLEARING:
        return
    for entry in transaction.entries or []:
        if general_ledger.is_clearing(entry["account_id"]):
            allowed = f"one of {', '.join(sorted(OF_CLEARING))}"
            raise Broken(
                f"{transaction.id}: type, as it moves {entry['account_id']}", allowed, transaction.transaction_type
            )


def _require_expense(fee: Paid) -> None:
    """Check that what the clearing has charged is an expense of the bank. Raises Broken."""
    expense = general_ledger.clearing_fees(fee.currency)
    for entry in fee.entries or []:
        account_id = str(entry["account_id"])
        if not general_ledger.is_clearing(account_id):
            require(f"{fee.id}: account of a fee of the clearing", expense, account_id.rpartition(".")[0] or account_id)
