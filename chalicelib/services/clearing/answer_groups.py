"""Applies the answers of one message: acceptances are posted together, all others one by one, in their order."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from chalicelib import clock
from chalicelib.domain.clearing import states
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger import settlement_group
from chalicelib.models.ledger.settlement_group import Items, PaidMember, SettleAlone
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.clearing import answers
from chalicelib.services.clearing.answers import Answer
from chalicelib.services.payments import labels

RUN_MAX = 100
"""Acceptances that are in memory together, with their payments."""


def apply_all(caller: Caller, given: Sequence[Answer], known: Mapping[str, ClearingPayment]) -> list[str]:
    """Apply answers in their order, and return the cycles that their payments went out with, none of instant ones.

    Payments that are `known` were read a moment ago. Raises NotFound for a payment that does not exist.
    """
    cycles = dict[str, None]()
    for run in _runs(given):
        if run[0].message != "acceptance":
            answered = [answers.apply(caller, run[0])]
        else:
            payments = _payments(run, known)
            _settle_together(caller, run, payments)
            answered = list(payments.values())
        cycles |= dict.fromkeys(str(one.cycle) for one in answered if one.is_in_cycle)
    return list(cycles)


def _payments(run: Sequence[Answer], known: Mapping[str, ClearingPayment]) -> dict[str, ClearingPayment]:
    ids = [one.transaction_id for one in run]
    read = get_all(ClearingPayment, [ClearingPayment.key(name) for name in ids if name not in known])
    return {name: known[name] for name in ids if name in known} | {one.id: one for one in read}


def _runs(given: Sequence[Answer]) -> Iterator[list[Answer]]:
    """Yield answers in their order: acceptances of different payments together, any other answer alone."""
    run = dict[str, Answer]()
    for one in given:
        is_end = one.message != "acceptance" or one.transaction_id in run or len(run) == RUN_MAX
        if run and is_end:
            yield list(run.values())
            run = {}
        if one.message == "acceptance":
            run[one.transaction_id] = one
        else:
            yield [one]
    if run:
        yield list(run.values())


def _settle_together(caller: Caller, run: Sequence[Answer], payments: dict[str, ClearingPayment]) -> None:
    """Post the payments that are submitted in as few writes as possible, and apply the other acceptances alone."""
    group = _Group(caller, payments)
    left = {one.transaction_id: one for one in run}
    while members := [group.member(one) for one in left.values() if group.is_submitted(one)]:
        outcome = settlement_group.settle_first(members, caller, group.count_answers)
        for transaction_id in outcome.posted:
            del left[transaction_id]
        for transaction_id in outcome.alone:
            answers.apply(caller, left.pop(transaction_id))
    for one in left.values():
        answers.apply(caller, one)


class _Group:
    """Payments that are settled together, as they were read before."""

    def __init__(self, caller: Caller, payments: dict[str, ClearingPayment]):
        self._caller = caller
        self._payments = payments

    def is_submitted(self, answer: Answer) -> bool:
        """Return whether a payment was waiting for its answer, as part of a message."""
        payment = self._payments.get(answer.transaction_id)
        return payment is not None and payment.status == "submitted" and bool(payment.message_id)

    def member(self, answer: Answer) -> PaidMember:
        payment = self._payments[answer.transaction_id]

        def follow(posted: Transaction, read: Items) -> list[Action]:
            return self._follow(answer, posted, read)

        account_ids = (str(payment.account_id), general_ledger.clearing(payment.rail, payment.currency))
        others: tuple[Key, ...] = (payment.own_key, Label.key(account_ids[0], payment.id))
        return PaidMember(payment.id, str(payment.message_id), account_ids, others, follow)

    def _follow(self, answer: Answer, posted: Transaction, read: Items) -> list[Action]:
        """Return the payment's step and its labels', as both are now."""
        payment = read.get(ClearingPayment.key(posted.id))
        before = self._payments[posted.id]
        sides = [one.account_id for one in posted.sides()]
        if not isinstance(payment, ClearingPayment) or payment.message_id != before.message_id:
            raise SettleAlone
        if states.step(payment.status, answer.message).effect != "settle" or sides != [before.account_id]:
            raise SettleAlone
        found = [one for key in labels.keys_of(posted) if isinstance(one := read.get(key), Label)]
        step = payment.step_to(
            "settled",
            "settled",
            self._caller,
            str(posted.posted_at),
            named=answer.named,
            holder_ids=posted.holder_ids(payment.account_id),
        )
        return [*labels.move_labels(self._caller, posted, found), step]

    def count_answers(self, transaction_ids: Collection[str]) -> list[Action]:
        """Return the actions that count answers in the messages of payments, one for each message."""
        payments = [self._payments[one] for one in transaction_ids]
        return OutgoingMessage.count_answers(payments, self._caller, timestamp(clock.now()))
