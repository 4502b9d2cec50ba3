"""Parties at other banks: who is on the other side of a payment between banks, for those who may see the account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.payments import iban
from chalicelib.models.batch import batch_get
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import BankItem, Key
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.customers import people
from chalicelib.services.customers.people import Revealed

BankPayment = ClearingPayment | IncomingPayment
KINDS: Mapping[str, type[ClearingPayment] | type[IncomingPayment]] = {
    "payment": ClearingPayment,
    "incoming_payment": IncomingPayment,
}
"""What is stored beside a transaction of a type."""


@dataclass(frozen=True)
class Counterparty:
    """A party at another bank. All is None once the customer who paid it, or was paid, is erased. `bic` is known of
    payments that came in; `bank_code` is the national code in the IBAN. `batch_id` names the batch of a file that the
    payment is booked with. `end_to_end_id` is the payer's own, where it has given one."""

    name: str | None
    iban: str | None
    bic: str | None
    remittance: str | None
    end_to_end_id: str
    rail: Rail
    batch_id: str | None = None

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
    keys = [key for one in entries if (key := key_of(one.type, one.transaction_id))]
    return {name: counterparty_of(one) for name, one in reveal(batch_get(keys)).items()} if keys else {}


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
    )
