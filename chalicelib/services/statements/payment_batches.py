"""Reads the batches of files that payments of an account are booked with."""

from collections.abc import Iterable

from chalicelib.domain.statements.statement import PaymentBatch
from chalicelib.models.clearing.payment_file import PaymentFileBatch
from chalicelib.services.accounts.other_banks import Counterparty
from chalicelib.services.customers import people


def read_batches(parties: Iterable[Counterparty]) -> dict[str, PaymentBatch]:
    """Return the batches of payments by their ids, in one call for a hundred of them.

    They have no names where the customer who handed the file in is erased.
    """
    batch_ids = {one.batch_id for one in parties if one.batch_id}
    found = people.decrypt_all(PaymentFileBatch.by_ids(batch_ids)) if batch_ids else []
    named = {
        one.item.batch_id: PaymentBatch(
            one.item.batch_id,
            one.item.file_id,
            one.personal["message_id"],
            one.personal["payment_information_id"],
        )
        for one in found
    }
    return {name: named.get(name) or PaymentBatch(name, name.partition("#")[0]) for name in batch_ids}
