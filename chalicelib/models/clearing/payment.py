"""Payments to other banks: the part of a transaction that banks tell each other, and the state that they know it in.

The money is the ledger's: this item changes in the same write as its transaction, or before anything is sent.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.identity import reference_of, uetr_of
from chalicelib.domain.clearing.recall import RecallReason, RecallState
from chalicelib.domain.clearing.states import LISTED, State
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute, PersonalAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, Key
from chalicelib.models.paging import walk_keys
from chalicelib.models.personal import PersonalItem
from chalicelib.models.uniqueness import UniqueKey

LIST_SHARDS = 4
"""Partitions of the list of a state: one takes 1 000 writes a second."""

TRACE_MAX = 40
"""Steps that the item tells. The audit has all of them."""


class ClearingPayment(PersonalItem, discriminator="clearing_payment"):
    """A payment to another bank. `amount` is in minor units; `submit_by` and the trace's moments are in UTC.

    `to_iban`, `to_name` and `remittance` are as the payer has written them. So is `payer_reference`, the EndToEndId of
    a payment of a file: the payee reads it instead of `end_to_end_id`. `verification` is how well the name fitted
    when the payer verified it, and `has_accepted_mismatch` that the payer went on although it did not. `reason_code` is
    of ISO's external status reasons. `message_id` names the last message of ours about it, `cycle` the clearing's cycle
    that it went out with, `return_id` the transaction that brought its money back. `holder_ids` held the paying account
    jointly when it came to its state; a rejected one keeps those from before. `recall_id` is our camt.056 that asked
    the money back, `recall_refusal` the code with which the other bank kept it: a payment is recalled once. `batch_id`
    names the batch of a file that it is booked with (`PaymentFileBatch`), `forwarded_to` the account of another
    customer that got its returned money because its own customer is erased.
    """

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    holder_ids = CompactJSONAttribute(null=True)
    account_id = UnicodeAttribute()
    rail = ChoiceAttribute[Rail]()
    status = ChoiceAttribute[State]()
    uetr = UnicodeAttribute()
    end_to_end_id = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    to_iban = PersonalAttribute(null=True)
    to_name = PersonalAttribute(null=True)
    remittance = PersonalAttribute(null=True)
    payer_reference = PersonalAttribute(null=True)
    verification = ChoiceAttribute[Result](null=True)
    has_accepted_mismatch = BooleanAttribute(null=True)
    reason_code = UnicodeAttribute(null=True)
    submit_by = UnicodeAttribute()
    settlement_date = UnicodeAttribute()
    cycle = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    return_id = UnicodeAttribute(null=True)
    recall_id = UnicodeAttribute(null=True)
    recall_reason = ChoiceAttribute[RecallReason](null=True)
    recall_refusal = UnicodeAttribute(null=True)
    batch_id = UnicodeAttribute(null=True)
    forwarded_to = UnicodeAttribute(null=True)
    trace = CompactJSONAttribute()

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @property
    def plain_end_to_end_id(self) -> str | None:
        """Return the EndToEndId by which other messages name it; None where the payer has chosen one, which is
        sealed. The UETR names it in any case."""
        return None if self.payer_reference else self.end_to_end_id

    @staticmethod
    def key(transaction_id: str) -> Key:
        return ClearingPayment.partition(transaction_id), "PAYMENT"

    @staticmethod
    def partition(transaction_id: str) -> str:
        """Return the partition of a transaction's payment."""
        return f"PAYMENT#{transaction_id}"

    @classmethod
    def by_id(cls, transaction_id: str) -> "ClearingPayment | None":
        return cls.find(*cls.key(transaction_id))

    @classmethod
    def id_by_uetr(cls, uetr: str) -> str | None:
        """Return the transaction of a payment between banks by its UETR: one of ours, or one that came in."""
        guard = UniqueKey.find(*UniqueKey.uetr_key(uetr))
        return guard.owner_id if guard else None

    @classmethod
    def ids_by_uetr(cls, uetrs: Iterable[str]) -> dict[str, str]:
        """Return the transactions of payments between banks by their UETRs, a hundred per call."""
        wanted = {UniqueKey.uetr_key(uetr): uetr for uetr in uetrs}
        return {wanted[one.own_key]: str(one.owner_id) for one in get_all(UniqueKey, wanted)}

    @classmethod
    def new(cls, transaction_id: str, customer_id: str, **fields: Any) -> "ClearingPayment":
        """Return a payment that nobody has handed over yet."""
        return cls(
            *cls.key(transaction_id),
            id=transaction_id,
            customer_id=customer_id,
            status="waiting",
            uetr=uetr_of(transaction_id),
            end_to_end_id=reference_of(transaction_id),
            trace=[],
            gsi2pk=list_of_customer(customer_id),
            **fields,
        )

    def put_new(self, state: State, caller: Caller, at: str) -> list[Action]:
        """Return the actions that store it in its first state, and that keep its UETR for it."""
        self.stamp(caller, at)
        self.status, self.gsi2sk = state, at
        self.trace = [*self.trace, {"at": at, "what": state}]
        for name, value in self._place(state, self.submit_by).items():
            setattr(self, name, value)
        guard = UniqueKey.of_uetr(self.uetr, self.id).stamp(caller, at)
        return [self.put_if_absent(), guard.put_if_absent()]

    def step_to(
        self,
        state: State,
        what: str,
        caller: Caller,
        at: str,
        *,
        named: str | None = None,
        due_at: str | None = None,
        **values: Any,
    ) -> Action:
        """Return the action that takes it to a state, if it is still just as it was read. `what` goes on its trace,
        with the id of the message that is `named`.

        `due_at` is when something is to be done about it in that state, by default `submit_by`; `values` are other
        fields to set.
        """
        traced = {"at": at, "what": what} | ({"message_id": named} if named else {})
        place = self._place(state, due_at or str(values.get("submit_by", self.submit_by)))
        changes = {"status": state, "trace": [*self.trace, traced][-TRACE_MAX:], **place, **values}
        return self.set_as_read(changes, caller, at)

    @property
    def is_in_cycle(self) -> bool:
        """Return whether it went out with others, in a cycle that counts answers. An instant payment goes alone."""
        return bool(self.message_id) and self.cycle != self.id

    @property
    def recall_state(self) -> RecallState | None:
        """Return what became of its recall; None of one that was never recalled."""
        if not self.recall_id:
            return None
        if self.status == "returned":
            return "returned"
        return "requested" if self.status == "recall_requested" else "refused"

    @property
    def due_at(self) -> str:
        """Return when something is to be done about it (UTC)."""
        return str(self.gsi1sk)

    def set_due(self, due_at: str, caller: Caller, at: str) -> Action:
        """Return the action that sets when something is to be done about it, if it is still just as it was read."""
        return self.set_as_read({"gsi1sk": due_at}, caller, at)

    def has_on_trace(self, what: str, message_id: str) -> bool:
        """Return whether its trace tells of a message."""
        return any(one["what"] == what and one.get("message_id") == message_id for one in self.trace)

    def last_on_trace(self, what: str) -> str | None:
        """Return when its trace last told of something (UTC), or None."""
        return max((one["at"] for one in self.trace if one["what"] == what), default=None)

    def _place(self, state: State, submit_by: str) -> dict[str, str]:
        """Return the index attributes that list it under a state."""
        if state not in LISTED:
            return {}
        return {"gsi1pk": list_of(state, self.rail, list_shard(self.id)), "gsi1sk": submit_by}

    @classmethod
    def walk_due(
        cls, state: State, rails: Iterable[Rail], until: str, at_once: int
    ) -> Iterator[Sequence["ClearingPayment"]]:
        """Yield the payments in a state that are due until a moment (UTC): of each partition the longest due first.

        An index is read, which may be a moment behind: each is checked for its state when it is changed.
        """
        for place in (list_of(state, rail, shard) for rail in rails for shard in range(LIST_SHARDS)):
            for page in walk_keys(place, "gsi1", cls.gsi1sk <= until, at_once=at_once):
                yield get_all(cls, page)

    @classmethod
    def walk_of_customer(cls, customer_id: str) -> Iterator[Sequence["ClearingPayment"]]:
        """Yield all payments of a customer, a page at a time."""
        for page in walk_keys(list_of_customer(customer_id), "gsi2"):
            yield get_all(cls, page)

    @classmethod
    def partitions_of_customer(cls, customer_id: str) -> Iterator[str]:
        """Yield the partitions of a customer's payments."""
        for page in walk_keys(list_of_customer(customer_id), "gsi2"):
            yield from (pk for pk, _ in page)


def list_of(state: State, rail: Rail, shard: int) -> str:
    """Return the index partition of the payments in a state."""
    return f"PAYMENTS#{state}#{rail}#{shard}"


def list_of_customer(customer_id: str) -> str:
    """Return the index partition of a customer's payments."""
    return f"{keys.customer(customer_id)}#PAYMENTS"


def list_shard(transaction_id: str) -> int:
    return sum(transaction_id.encode()) % LIST_SHARDS
