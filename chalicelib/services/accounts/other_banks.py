"""Parties at other banks: who is on the other side of a payment between banks, for those who may see the account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.payments import iban
from chalicelib.models.batch import batch_get, get_all
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import BankItem, Key
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.customers import people
from chalicelib.services.customers.people import Revealed

BankPayment = ClearingPayment | IncomingPayment
KINDS: Mapping[str, type[ClearingPayment] | type[IncomingPayment]] = {
    "payment": ClearingPayment,
    "incoming_payment": IncomingPayment,
}
"""What is stored beside a transaction of a type."""
RETURN = "payment_return"


@dataclass(frozen=True)
class Counterparty:
    """A party at another bank. All is None once the customer who paid it, or was paid, is erased. `bic` is known of
    payments that came in; `bank_code` is the national code in the IBAN. `batch_id` names the batch of a file that the
    payment is booked with. `end_to_end_id` is the payer's own, where it has given one. `return_reason` is ISO's code of
    why the payment came back or was given back: then the entry is of the return, and the rest of the payment."""

    name: str | None
    iban: str | None
    bic: str | None
    remittance: str | None
    end_to_end_id: str
    rail: Rail
    batch_id: str | None = None
    uetr: str | None = None
    return_reason: str | None = None

    @property
    def bank_code(self) -> str | None:
        return iban.bank_code_of(self.iban) if self.iban else None

    @property
    def told(self) -> str | None:
        """Return who has paid, and what for, as a payee reads it."""
        return ": ".join(filter(None, (self.name, self.remittance))) or None


def key_of(transaction_type: str, transaction_id: str) -> Key | None:
    """Return where the payment between banks of a transaction is, or None for another transaction."""
    kind = KINDS.get(transaction_type)
    return kind.key(transaction_id) if kind else None


def reveal(items: Iterable[BankItem]) -> dict[str, Revealed[BankPayment]]:
    """Return the payments between banks among items, by transaction, with what is personal of them."""
    found = people.decrypt_all(item for item in items if isinstance(item, ClearingPayment | IncomingPayment))
    return {one.item.id: one for one in found}


def read_counterparties(entries: Iterable[LedgerEntry]) -> dict[str, Counterparty]:
    """Read the parties at other banks of those entries that have one, by transaction, a hundred per call."""
    listed = list(entries)
    keys = [key for one in listed if (key := key_of(one.type, one.transaction_id))]
    found = {name: counterparty_of(one) for name, one in reveal(batch_get(keys)).items()} if keys else {}
    returns = [Transaction.key(one.transaction_id) for one in listed if one.type == RETURN]
    return found | _read_of_returns(returns) if returns else found


def _read_of_returns(keys: Iterable[Key]) -> dict[str, Counterparty]:
    """Read the parties of payments that came back or were given back, by the return: three calls for a hundred."""
    returns = get_all(Transaction, keys)
    paid = ClearingPayment.ids_by_uetr(str(one.uetr) for one in returns)
    payments = reveal(batch_get(kind.key(name) for name in paid.values() for kind in KINDS.values()))
    found = {one.id: payments.get(paid.get(str(one.uetr), "")) for one in returns}
    return {
        one.id: replace(counterparty_of(payment), batch_id=None, return_reason=one.reason)
        for one in returns
        if (payment := found[one.id])
    }


def counterparty_of(payment: Revealed[BankPayment]) -> Counterparty:
    """Return the party at the other bank."""
    item, personal = payment.item, payment.personal
    is_incoming = isinstance(item, IncomingPayment)
    return Counterparty(
        name=personal["from_name" if is_incoming else "to_name"],
        iban=personal["from_iban" if is_incoming else "to_iban"],
        bic=item.from_bic if isinstance(item, IncomingPayment) else None,
        remittance=personal["remittance"],
        end_to_end_id=personal.get("payer_reference") or item.end_to_end_id,
        rail=item.rail,
        batch_id=item.batch_id if isinstance(item, ClearingPayment) else None,
        uetr=item.uetr,
    )
