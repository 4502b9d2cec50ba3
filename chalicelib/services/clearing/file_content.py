"""The payments of a stored file, each with its place in it."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain import ids
from chalicelib.domain.clearing import pain001
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.file_payment import FilePayment, RefusedPayment
from chalicelib.domain.clearing.pain001 import PaymentGroup
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.models.clearing import file_bucket
from chalicelib.models.clearing.payment_file import PaymentFile, batch_id_of
from chalicelib.services.crypto import personal_fields

CONTENT = "content"
"""The field under whose name a file is sealed."""


@dataclass(frozen=True)
class FileEntry:
    """A payment of a file. `number` is its place, from 1, and `group_number` that of its group."""

    number: int
    group_number: int
    group: PaymentGroup
    payment: FilePayment | RefusedPayment

    @property
    def day(self) -> date:
        return self.group.execution_date

    @property
    def is_first_of_batch(self) -> bool:
        return self.group.is_batch and self.payment is self.group.listed[0]

    def batch_id(self, file: PaymentFile) -> str | None:
        """Return the name of the batch that it is booked with, or None if it is booked alone."""
        return batch_id_of(file.id, self.group_number) if self.group.is_batch else None

    @property
    def rail(self) -> Rail:
        return self.group.rail


def keep(file: PaymentFile, document: str) -> None:
    """Keep a file as it was handed in, sealed. Raises Conflict for a customer who is erased, Unavailable."""
    sealed = personal_fields.encrypt(file.whose, file.own_key, {CONTENT: document})[CONTENT]
    file_bucket.put(file.whose, file.id, str(sealed))


def read_entries(file: PaymentFile) -> list[FileEntry] | None:
    """Return the payments of a file in their order; None for one that is erased, or was refused whole."""
    if file.status == "rejected":
        return None
    sealed = file_bucket.read(file.whose, file.id)
    document = personal_fields.decrypt_text(file.whose, file.own_key, CONTENT, sealed) if sealed else None
    if document is None:
        return None
    groups = enumerate(pain001.parse(document.encode()).groups, start=1)
    listed = ((number, group, payment) for number, group in groups for payment in group.listed)
    return [FileEntry(number, *one) for number, one in enumerate(listed, start=1)]


def slot_of(file_id: str, number: int) -> IdempotencyKey:
    """Return the key of a payment by its place in the file. It contains nothing that is written in the file.

    So a payment is made once, however often the file is worked on.
    """
    transaction_id = ids.transaction_id(file_id, str(number))
    return IdempotencyKey(transaction_id, digest(["payment_file", file_id, number]))
