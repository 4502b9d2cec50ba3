"""Messages between this bank and the clearing: those that go out, with their payments, and those that came.

No message's text is stored: it is built from its payments whenever it is sent, so it can be sent again alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Self

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.paging import walk_keys, walk_pages

OutgoingStatus = Literal["built", "sent"]
_PLACE = "MESSAGE#"
_LOOKED_AT = 5
"""Messages that are read in one call in search of an open one."""


class OutgoingMessage(BankItem, discriminator="clearing_message"):
    """A batch of payments. `open` counts those that were not answered finally, `sent` how often it was sent.

    `cycle` is the clearing's cycle, or the only payment of an instant message. Such a message is not counted: its
    payment says whether it was answered. It stays `built` unless it is sent again.
    """

    id = UnicodeAttribute()
    cycle = UnicodeAttribute()
    name = UnicodeAttribute()
    status = ChoiceAttribute[OutgoingStatus](default="built")
    transaction_ids = CompactJSONAttribute()
    open = IntegerAttribute()
    sent = IntegerAttribute(default=0)

    @staticmethod
    def key(cycle: str, message_id: str) -> Key:
        return partition_of(cycle), f"{_PLACE}{message_id}"

    @classmethod
    def new(cls, cycle: str, message_id: str, name: str, transaction_ids: Sequence[str]) -> Self:
        return cls(
            *cls.key(cycle, message_id),
            id=message_id,
            cycle=cycle,
            name=name,
            transaction_ids=list(transaction_ids),
            open=len(transaction_ids),
            gsi1pk=list_of(message_id),
            gsi1sk=cycle,
        )

    @classmethod
    def about_recall(cls, transaction_id: str, message_id: str, name: str) -> Self:
        """Return the message that asks a payment back. It is in no cycle, and no payment of it awaits a status."""
        made = cls.new(_recall_of(transaction_id), message_id, name, [transaction_id])
        made.open = 0
        return made

    @staticmethod
    def key_about_recall(transaction_id: str, message_id: str) -> Key:
        return OutgoingMessage.key(_recall_of(transaction_id), message_id)

    @classmethod
    def by_id(cls, message_id: str) -> "OutgoingMessage | None":
        """Return a message by its id alone, through an index that may be a moment behind."""
        found = [one for page in walk_keys(list_of(message_id), "gsi1") for one in get_all(cls, page)]
        return found[0] if found else None

    @classmethod
    def all_of(cls, cycle: str) -> Iterator[Self]:
        """Yield the messages of a cycle."""
        for page in walk_pages(cls, partition_of(cycle), within=cls.sk.startswith(_PLACE)):
            yield from map(cls.from_raw_data, page)

    @classmethod
    def is_any_open(cls, cycle: str) -> bool:
        """Return whether a message of a cycle has payments without an answer.

        Answers mostly come in the order of the messages, so the newest are looked at first, a few in each call.
        """
        place = cls.sk.startswith(_PLACE)
        pages = walk_pages(cls, partition_of(cycle), within=place, newest_first=True, at_once=_LOOKED_AT)
        return any(item["open"] != {"N": "0"} for page in pages for item in page)

    @classmethod
    def answer(cls, cycle: str, message_id: str, caller: Caller, at: str, payments: int = 1) -> Action:
        """Return the action that counts so many of its payments as answered."""
        item = cls(*cls.key(cycle, message_id))
        return item.update_if(cls.open >= payments, [cls.open.add(-payments)], caller, at)

    @classmethod
    def count_answers(cls, payments: Iterable[ClearingPayment], caller: Caller, at: str) -> list[Action]:
        """Return the actions that count answers about submitted payments, one for each message with a cycle."""
        counts = Counter((str(one.cycle), str(one.message_id)) for one in payments if one.is_in_cycle)
        return [cls.answer(*message, caller, at, number) for message, number in counts.items()]

    def mark_sent(self, caller: Caller, at: str) -> Action:
        """Return the action that counts a sending."""
        kind = type(self)
        return self.update_existing([kind.status.set("sent"), kind.sent.add(1)], caller, at)


class ReceivedMessage(BankItem, discriminator="clearing_received"):
    """A message that was handled: dedupe for ever, by its sender's BIC, its name and its id.

    A sender may count the messages of each name by themselves. `digest` is of the document: another one under an id
    that was used, or under one that is read alike, has an item of its own. Items of earlier versions have no digest.
    """

    sender = UnicodeAttribute()
    id = UnicodeAttribute()
    name = UnicodeAttribute()
    digest = UnicodeAttribute(null=True)

    @staticmethod
    def key(sender: str, name: str, message_id: str) -> Key:
        return f"RECEIVED#{sender}#{name}#{message_id}", "RECEIVED"

    @classmethod
    def new(cls, sender: str, message_id: str, name: str, digest: str) -> Self:
        return cls(*cls.key(sender, name, message_id), sender=sender, id=message_id, name=name, digest=digest)

    def beside_another(self) -> "ReceivedMessage":
        """Return the same message under a key with its digest, for an id that another document has used."""
        pk, sk = self.key(self.sender, self.name, f"{self.id} {self.digest}")
        return ReceivedMessage(pk, sk, sender=self.sender, id=self.id, name=self.name, digest=self.digest)


def _recall_of(transaction_id: str) -> str:
    """Return what stands for a cycle in the message that asks a payment back."""
    return f"recall.{transaction_id}"


def list_of(message_id: str) -> str:
    """Return the index partition of one message."""
    return f"CLEARING_MESSAGE#{message_id}"


def partition_of(cycle: str) -> str:
    """Return the partition of a cycle and of the messages that it sent."""
    return f"CLEARING#{cycle}"
