"""Applies what the clearing says of a payment: the ledger's step, the payment's state and the count of open answers of
its message commit together, once, however often and in whatever order messages come."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import clock
from chalicelib.domain.clearing import reasons, states, trace
from chalicelib.domain.clearing.states import Message, Step
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.terms import Terms
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.observability import count, logger
from chalicelib.services.clearing import returns
from chalicelib.services.payments import labels, outgoing

ROUNDS_MAX = 10
"""Of messages about one payment that are applied at the same time."""


@dataclass(frozen=True)
class Answer:
    """A message about a payment. `named` is the id of the clearing's message. `amount` is what a return brings back, in
    minor units."""

    transaction_id: str
    message: Message
    named: str
    reason_code: str | None = None
    amount: int = 0


class _MovedOn(Exception):
    """The payment is not as it was read any more: the answer is decided again."""


def apply(caller: Caller, answer: Answer) -> ClearingPayment:
    """Apply an answer, and return the payment as it is then. Raises NotFound for a payment that does not exist.

    It is read again after each step: another message may have been applied in place of this one.
    """
    for _ in range(ROUNDS_MAX):
        payment = outgoing.find(answer.transaction_id)
        step = states.step(payment.status, answer.message)
        if step.is_alarm or _is_another_return(payment, answer):
            _ring(caller, payment, answer)
            return payment
        if step.effect == "none" and step.state == payment.status:
            return payment
        try:
            with suppress(_MovedOn, transact.Cancelled):
                _take(caller, payment, answer, step)
        except Conflict:  # the ledger has ended it otherwise at the same moment: people, or another message
            if outgoing.find(answer.transaction_id).status == payment.status:
                raise
    raise transact.gave_up(ambiguous=False)


@transact.until_committed
def note(caller: Caller, transaction_id: str, what: str, named: str) -> None:
    """Note on the trace of a recalled payment what the other bank says before it decides, once for each message."""
    payment = outgoing.find(transaction_id)
    if payment.status == "recall_requested" and not payment.has_on_trace(what, named):
        noted = payment.step_to(
            payment.status, what, caller, timestamp(clock.now()), named=named, due_at=payment.due_at
        )
        transact.commit([noted], caller.request_id)


def _take(caller: Caller, payment: ClearingPayment, answer: Answer, step: Step) -> None:
    at = timestamp(clock.now())
    if step.effect == "settle":
        _settle(caller, payment, answer)
    elif step.effect == "release":
        extras = tuple(Extra(one, _MovedOn()) for one in _steps(caller, payment, answer, step, at))
        ledger.void(payment.id, caller, answer.reason_code, extras, is_at_clearing=True)
    elif step.effect == "none":
        transact.commit(_steps(caller, payment, answer, step, at), caller.request_id)
    else:
        if step.effect == "settle_and_give_back":  # the acceptance was overtaken: it is what the return says as well
            apply(caller, replace(answer, message="acceptance", reason_code=None))
        code = answer.reason_code or reasons.NOT_SPECIFIED
        returns.book(caller, payment, answer.amount, code, answer.named)


def _settle(caller: Caller, payment: ClearingPayment, answer: Answer) -> None:
    """Post the payment. The state is asked again on each attempt of the ledger."""

    def follow(posted: Transaction) -> list[Action]:
        now = outgoing.find(payment.id)
        step = states.step(now.status, answer.message)
        if step.effect != "settle":
            raise _MovedOn
        holder_ids = posted.holder_ids(payment.account_id)
        steps = _steps(caller, now, answer, step, str(posted.posted_at), holder_ids=holder_ids)
        return [*labels.follow_posting(caller, posted), *steps]

    ledger.settle(payment.id, caller, replace(Terms(), follow=follow, is_paid=True))


def _steps(
    caller: Caller, payment: ClearingPayment, answer: Answer, step: Step, at: str, **values: Any
) -> list[Action]:
    """Return the payment's step, which also sets `values`, and the count of its message's open answers."""
    what: str = step.state
    if answer.message == "recall_refusal":
        what, values["recall_refusal"] = "recall_refused", answer.reason_code
    elif answer.reason_code:
        values["reason_code"] = answer.reason_code
    actions = [payment.step_to(step.state, what, caller, at, named=answer.named, **values)]
    if payment.status == "submitted":
        actions += OutgoingMessage.count_answers([payment], caller, at)
    return actions


def _is_another_return(payment: ClearingPayment, answer: Answer) -> bool:
    """Return whether a payment comes back that a message of another id has brought back already."""
    is_again = payment.has_on_trace("returned", answer.named)
    return payment.status == "returned" and answer.message == "return" and not is_again


def _ring(caller: Caller, payment: ClearingPayment, answer: Answer) -> None:
    """Ring the alarm, and note the contradiction on the payment's trace, once for each message."""
    count("ClearingContradictions")
    logger.error(
        "a message contradicts what was done",
        transaction_id=payment.id,
        state=payment.status,
        answer=answer.message,
        message_id=answer.named,
    )
    what = trace.contradiction(answer.message)
    if not payment.has_on_trace(what, answer.named):
        noted = payment.step_to(payment.status, what, caller, timestamp(clock.now()), named=answer.named)
        try:
            transact.commit([noted], caller.request_id)
        except transact.Cancelled:
            logger.info("the payment has moved on", transaction_id=payment.id)
