"""Staff at the clearing: its payments and cycles, inquiries, and messages sent again by hand."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib import aws, clock
from chalicelib.domain import errors, ids
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.states import State
from chalicelib.domain.errors import Conflict, TooManyAttempts
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.clearing import payment_list
from chalicelib.models.clearing.cycle import Cycle
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging
from chalicelib.services import conflicts, idempotency
from chalicelib.services.clearing import inquiries, recalls, submission
from chalicelib.services.payments import outgoing

AGAIN_AFTER = timedelta(minutes=5)
"""By hand, a payment is asked after, or its message sent again, once in this time."""
SENT_AGAIN = "sent_again"


def page(state: State, rails: Sequence[Rail], paging: Paging) -> Page[ClearingPayment]:
    """List payments to other banks in a state. Raises InvalidCursor."""
    return payment_list.page_with_state(state, rails, paging)


def cycles(paging: Paging) -> Page[Cycle]:
    """List the cycles of the clearing, the newest first. Raises InvalidCursor."""
    return Cycle.page(paging)


@transact.until_committed
def inquire(caller: Caller, key: IdempotencyKey | None, transaction_id: str) -> tuple[ClearingPayment, bool]:
    """Ask the clearing what became of a payment, and return whether an earlier request under the key did.

    Raises NotFound, ConflictOfInterest for a party to it, Conflict unless it, or its recall, waits for an answer, and
    TooManyAttempts.
    """
    if idempotency.find_earlier(key):
        return find(caller, transaction_id), True
    payment = find(caller, transaction_id)
    if payment.status != "recall_requested":
        require_unanswered(payment)
    _require_pause(payment.last_on_trace(inquiries.INQUIRED), "The clearing was asked about this payment")
    message_id = recalls.ask(payment) if payment.recall_id else inquiries.ask(caller, [payment])
    noted = inquiries.note(caller, payment, message_id)
    _, replayed = idempotency.commit_once(caller, key, payment.id, [noted], timestamp(clock.now()))
    return _read_after_write(transaction_id), replayed


@transact.until_committed
def send_again(caller: Caller, key: IdempotencyKey | None, transaction_id: str) -> tuple[ClearingPayment, bool]:
    """Send the message of a submitted payment again, whole and under its id, which the clearing takes once.

    Returns and raises what `inquire` does, and Conflict for a message that the clearing has, as an answer shows.
    """
    if idempotency.find_earlier(key):
        return find(caller, transaction_id), True
    payment = find(caller, transaction_id)
    require_unanswered(payment)
    message = OutgoingMessage.find(*OutgoingMessage.key(str(payment.cycle), str(payment.message_id)))
    if message is None:
        raise errors.unknown("message", str(payment.message_id))
    _require_pause(payment.last_on_trace(SENT_AGAIN), "The message of this payment was sent")
    _require_no_answer(message)
    submission.send(caller, message)
    at, payment = timestamp(clock.now()), outgoing.find(transaction_id)
    noted = payment.step_to(payment.status, SENT_AGAIN, caller, at, named=message.id, due_at=payment.due_at)
    _, replayed = idempotency.commit_once(caller, key, payment.id, [noted], at)
    return _read_after_write(transaction_id), replayed


def find(caller: Caller, transaction_id: str) -> ClearingPayment:
    """Read a payment to another bank. Raises NotFound, and ConflictOfInterest for staff who are a party to it."""
    transaction = Transaction.by_id(transaction_id) if ids.is_id("txn", transaction_id) else None
    if transaction is None:
        raise errors.unknown("transaction", transaction_id)
    conflicts.require_no_party(caller, transaction)
    return outgoing.find(transaction_id)


def require_unanswered(payment: ClearingPayment) -> None:
    """Raise Conflict unless a payment is at the clearing and has no answer."""
    if payment.status != "submitted":
        raise Conflict(f"The payment is {payment.status}. Only one that waits for the clearing's answer can be chosen.")


def _require_no_answer(message: OutgoingMessage) -> None:
    """Raise Conflict for a message of which the clearing has answered a payment: it has all of them."""
    each = get_all(ClearingPayment, map(ClearingPayment.key, message.transaction_ids))
    if any(one.status != "submitted" for one in each):
        raise Conflict("The clearing has answered another payment of this message, so it has it. Ask about this one.")


def _require_pause(last_at: str | None, done: str) -> None:
    """Raise TooManyAttempts for what was done a moment ago."""
    left = (moment(last_at) + AGAIN_AFTER - clock.now()).total_seconds() if last_at else 0.0
    if left > 0:
        raise TooManyAttempts(f"{done} less than 5 minutes ago. Retry later.", retry_after_seconds=int(left) + 1)


def _read_after_write(transaction_id: str) -> ClearingPayment:
    with aws.unknown_outcome_on_error():
        return outgoing.find(transaction_id)
