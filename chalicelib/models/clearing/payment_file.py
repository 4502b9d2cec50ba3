"""Files of payments that customers hand in: what is said of each, and how far the bank is with it.

The file itself is in a bucket, and what became of a payment is in the ledger, in a slot that follows from the file's id
and the payment's number. Only what no slot tells is stored here: payments that were refused before the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.clearing.file_outcome import FileState
from chalicelib.domain.clearing.pain001 import FileBooking
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute, PersonalAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys
from chalicelib.models.personal import PersonalItem

DUE_FILES = "PAYMENT_FILES_DUE"


class PaymentFile(PersonalItem, discriminator="payment_file"):
    """A file that the user `made_by` handed in for itself, the customer `customer_id`.

    `account_ids` are the accounts that pay. `payments` counts all of them, `accepted` and `refused` those that were
    worked on; the first `done` in the order of their days were. `sums` are in minor units by currency. `code`, `path`
    and `detail` say why the file was refused whole. `due_at` (UTC) is when the next payments are, `run` how often work
    on it was begun. `booking` is how the file asks to have its payments booked; those of earlier versions do not say.
    """

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    made_by = UnicodeAttribute()
    status = ChoiceAttribute[FileState]()
    message_id = PersonalAttribute(null=True)
    initiating_party = PersonalAttribute(null=True)
    account_ids = CompactJSONAttribute()
    payments = IntegerAttribute(default=0)
    done = IntegerAttribute(default=0)
    accepted = IntegerAttribute(default=0)
    refused = IntegerAttribute(default=0)
    sums = CompactJSONAttribute()
    code = UnicodeAttribute(null=True)
    path = UnicodeAttribute(null=True)
    detail = PersonalAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    run = IntegerAttribute(default=1)
    booking = ChoiceAttribute[FileBooking](null=True)

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(file_id: str) -> Key:
        return partition_of(file_id), "FILE"

    @classmethod
    def by_id(cls, file_id: str) -> "PaymentFile | None":
        return cls.find(*cls.key(file_id))

    @classmethod
    def new(cls, file_id: str, caller: Caller, customer_id: str, **fields: Any) -> "PaymentFile":
        made = cls(*cls.key(file_id), id=file_id, customer_id=customer_id, made_by=caller.user_id, **fields)
        made.gsi1pk, made.gsi1sk = list_of_customer(customer_id), file_id
        return made

    def advance(self, values: Mapping[str, Any], caller: Caller, at: str) -> Action:
        """Return the action that sets fields, and lists it by when it is due, if it is still just as it was read.

        The file itself has the new values afterwards.
        """
        for name, value in values.items():
            setattr(self, name, value)
        is_due = self.status == "scheduled"
        place = {"gsi2pk": DUE_FILES if is_due else None, "gsi2sk": self.due_at if is_due else None}
        return self.set_as_read({**values, **place}, caller, at)

    @property
    def execution_name(self) -> str:
        return f"{self.id}-{self.run}"

    @property
    def execution_input(self) -> dict[str, str]:
        return {"payment_file_id": self.id}

    @classmethod
    def page_of_customer(cls, customer_id: str, paging: Paging) -> Page["PaymentFile"]:
        """Return a page of a customer's files, the last handed in first."""
        return query_listed(cls, list_of_customer(customer_id), paging)

    @classmethod
    def partitions_of_customer(cls, customer_id: str) -> Iterator[str]:
        """Yield the partitions of a customer's files."""
        for page in walk_keys(list_of_customer(customer_id), "gsi1"):
            yield from (pk for pk, _ in page)

    @classmethod
    def walk_due(cls, until: str) -> Iterator[Sequence["PaymentFile"]]:
        """Yield the files that are due until a moment (UTC), the longest due first."""
        for page in walk_keys(DUE_FILES, "gsi2", cls.gsi2sk <= until):
            yield get_all(cls, page)


class FilePaymentRefusal(BankItem, discriminator="payment_file_refusal"):
    """A payment of a file that was refused before the ledger: its slot there is free for ever.

    `code` is of the refusal, as of any payment.
    """

    file_id = UnicodeAttribute()
    number = IntegerAttribute()
    code = UnicodeAttribute()

    @staticmethod
    def key(file_id: str, number: int) -> Key:
        return partition_of(file_id), f"REFUSAL#{number:06}"

    @classmethod
    def new(cls, file_id: str, number: int, code: str) -> "FilePaymentRefusal":
        return cls(*cls.key(file_id, number), file_id=file_id, number=number, code=code)

    @classmethod
    def is_absent(cls, file_id: str, number: int) -> Action:
        """Make a transaction depend on the payment not being refused."""
        item = cls(*cls.key(file_id, number))
        kwargs = item.get_operation_kwargs_from_class(item.pk, item.sk, condition=cls.pk.does_not_exist())
        return {"ConditionCheck": kwargs}


class PaymentFileBatch(PersonalItem, discriminator="payment_file_batch"):
    """Payments of a file (`PmtInf`) that are booked together, in the words of the customer who handed it in.

    `number` is the place of the `PmtInf` in the file. A payment names it by `batch_id`.
    """

    file_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    number = IntegerAttribute()
    message_id = PersonalAttribute(null=True)
    payment_information_id = PersonalAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @property
    def batch_id(self) -> str:
        return batch_id_of(self.file_id, self.number)

    @classmethod
    def new(cls, file: PaymentFile, number: int) -> "PaymentFileBatch":
        key = partition_of(file.id), f"BATCH#{number:06}"
        return cls(*key, file_id=file.id, customer_id=file.customer_id, number=number)

    @classmethod
    def by_ids(cls, batch_ids: Iterable[str]) -> "list[PaymentFileBatch]":
        """Return those that exist, a hundred per call."""
        split = (one.rpartition("#") for one in set(batch_ids))
        return get_all(cls, [(partition_of(file_id), f"BATCH#{int(number):06}") for file_id, _, number in split])


def batch_id_of(file_id: str, number: int) -> str:
    """Return the name of a batch: its file, and its place there."""
    return f"{file_id}#{number}"


def list_of_customer(customer_id: str) -> str:
    """Return the index partition of a customer's files."""
    return f"{keys.customer(customer_id)}#PAYMENT_FILES"


def partition_of(file_id: str) -> str:
    """Return the partition of a file, and of its payments that were refused before the ledger."""
    return f"PAYMENT_FILE#{file_id}"
