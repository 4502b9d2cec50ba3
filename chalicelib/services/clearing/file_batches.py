"""Stores the names of a file's batches: payments that the file asks to have booked together."""

from collections.abc import Sequence
from contextlib import suppress

from chalicelib import clock
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.clearing.payment_file import PaymentFile, PaymentFileBatch
from chalicelib.services.clearing.file_content import FileEntry
from chalicelib.services.customers import people


def keep(file: PaymentFile, firsts: Sequence[FileEntry], caller: Caller) -> None:
    """Store what statements tell of batches, by the first payment of each. What is stored already stays.

    Raises Conflict for a customer who is erased.
    """
    if not firsts:
        return
    message_id = people.decrypt_all([file])[0].personal["message_id"]
    for first in firsts:
        told = {"message_id": message_id, "payment_information_id": first.group.id}
        batch = people.encrypt(PaymentFileBatch.new(file, first.group_number), told).stamp(caller, clock.now())
        with suppress(transact.Cancelled):
            transact.commit([batch.put_if_absent()], caller.request_id)
