"""Recalls of settled payments: our camt.056, once for each payment, and what the other bank says to it.

The recall is stored first, then sent. What is cut short in between is sent by the sweep, which also asks again for an
answer that does not come.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from chalicelib import aws, clock, config
from chalicelib.domain import errors, ids
from chalicelib.domain.clearing import camt056, pacs008, pacs028, recall, states
from chalicelib.domain.clearing.camt056 import Recall, RecallRequest
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.identity import reference_of
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs028 import StatusRequest
from chalicelib.domain.clearing.recall import RecallReason
from chalicelib.domain.errors import Conflict, Forbidden, Unavailable
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.observability import count, logger
from chalicelib.services import conflicts, idempotency
from chalicelib.services.clearing import adapter
from chalicelib.services.clearing.inquiries import INQUIRED, RAILS
from chalicelib.services.payments import outgoing, transactions
from chalicelib.services.payments.transaction_views import VisibleTransaction

UNSENT_AFTER = timedelta(minutes=1)
ASKED_AGAIN = timedelta(days=1)
AT_ONCE = 50


def request(
    caller: Caller, key: IdempotencyKey | None, transaction_id: str, reason: RecallReason
) -> tuple[VisibleTransaction, bool]:
    """Ask the other bank for the money of a settled payment back; return whether an earlier request under the key did.

    Raises NotFound, Forbidden for a customer who did not make it or may not pay from the account any more,
    ConflictOfInterest, and Conflict for a payment that is not settled, was recalled before, or is too old.
    """
    if not idempotency.find_earlier(key):
        payment, replayed = _store(caller, key, transaction_id, reason)
        with suppress(Unavailable):  # the sweep sends it
            send(caller, payment)
    else:
        replayed = True
    with aws.unknown_outcome_on_error():
        return transactions.get(caller, transaction_id), replayed


@transact.until_committed
def _store(
    caller: Caller, key: IdempotencyKey | None, transaction_id: str, reason: RecallReason
) -> tuple[ClearingPayment, bool]:
    """Store the recall and its message. Raises what `request` raises."""
    payment = _find_recallable(caller, transaction_id, reason)
    now = clock.now()
    at, message_id = timestamp(now), reference_of(ids.new_id("clm", now))
    step = states.step(payment.status, "recall")
    recalled = payment.step_to(
        step.state,
        step.state,
        caller,
        at,
        named=message_id,
        due_at=timestamp(now + UNSENT_AFTER),
        recall_id=message_id,
        recall_reason=reason,
        holder_ids=_holder_ids(payment),
    )
    message = OutgoingMessage.about_recall(payment.id, message_id, camt056.NAME).stamp(caller, at)
    _, replayed = idempotency.commit_once(caller, key, payment.id, [recalled, message.put_if_absent()], at)
    return outgoing.find(transaction_id), replayed


def _find_recallable(caller: Caller, transaction_id: str, reason: RecallReason) -> ClearingPayment:
    found = transactions.get(caller, transaction_id).transaction
    conflicts.require_no_party(caller, found)
    if found.transaction_type != "payment":
        raise Conflict("Only a payment to another bank can be recalled.")
    _require_right(caller, found)
    payment = outgoing.find(transaction_id)
    if payment.recall_id:
        raise Conflict("The payment was recalled before. A payment can be recalled once.")
    if states.step(payment.status, "recall").is_alarm:
        raise Conflict(f"The payment is {payment.status}. Only one that has arrived can be recalled.")
    last_day = recall.last_day(reason, date.fromisoformat(payment.settlement_date))
    if clock.now().astimezone(config.timezone()).date() > last_day:
        raise Conflict(f"The payment could be recalled for this reason until {last_day}. Ask the payee.")
    return payment


def _require_right(caller: Caller, transaction: Transaction) -> None:
    """Raise Forbidden for a customer who did not make the payment, or may not pay from the account any more."""
    if caller.is_staff:
        return
    if transaction.initiated_by != caller.user_id:
        raise Forbidden("You did not create this payment. Ask the bank to recall it.")
    account = Account.by_id(str(transaction.from_account_id))
    if account is None:
        raise errors.unknown("account", str(transaction.from_account_id))
    account.access().require(caller, "pay")


def send(caller: Caller, payment: ClearingPayment) -> None:
    """Send the recall of a payment, and wait for its answer from now on. The clearing takes each message once."""
    message = find_message(payment)
    adapter.send(camt056.build(_request_of(payment), moment(str(message.created_at))))
    now = clock.now()
    answered = recall.business_days_later(now.astimezone(config.timezone()).date(), recall.ANSWERED_WITHIN)
    due_at = timestamp(datetime.combine(answered, time(), UTC))
    with suppress(transact.Cancelled):  # it was answered, or sent by somebody else, at the same time
        sent = [message.mark_sent(caller, timestamp(now)), payment.set_due(due_at, caller, timestamp(now))]
        transact.commit(sent, caller.request_id)
    logger.info("recall sent", message_id=message.id, transaction_id=payment.id)


def do_due(caller: Caller) -> int:
    """Send the recalls that were stored and not sent, and ask for answers that are due; return how many."""
    now, done = timestamp(clock.now()), 0
    for due in ClearingPayment.walk_due("recall_requested", RAILS, now, AT_ONCE):
        for payment in (one for one in due if one.status == "recall_requested"):
            _send_or_ask(caller, payment)
            done += 1
    return done


def _send_or_ask(caller: Caller, payment: ClearingPayment) -> None:
    if find_message(payment).status == "built":
        send(caller, payment)
        return
    message_id = ask(payment)
    count("ClearingUnanswered")
    logger.error("a recall has no answer", message_id=message_id, transaction_id=payment.id)
    now = clock.now()
    due_at = timestamp(now + ASKED_AGAIN)
    noted = payment.step_to(payment.status, INQUIRED, caller, timestamp(now), named=message_id, due_at=due_at)
    with suppress(transact.Cancelled):
        transact.commit([noted], caller.request_id)


def ask(payment: ClearingPayment) -> str:
    """Send an inquiry after a recall, and return its id."""
    now = clock.now()
    message_id = reference_of(ids.new_id("clm", now))
    original = OriginalPayment(
        str(payment.recall_id), camt056.NAME, payment.end_to_end_id, payment.plain_end_to_end_id, payment.uetr
    )
    adapter.send(pacs028.build(StatusRequest(message_id, (original,), config.bank_bic()), now))
    return message_id


def find_message(payment: ClearingPayment) -> OutgoingMessage:
    """Return the camt.056 of a payment. Raises NotFound."""
    found = OutgoingMessage.find(*OutgoingMessage.key_about_recall(payment.id, str(payment.recall_id)))
    if found is None:
        raise errors.unknown("message", str(payment.recall_id))
    return found


def _request_of(payment: ClearingPayment) -> RecallRequest:
    original = OriginalPayment(
        payment.message_id, pacs008.NAME, payment.end_to_end_id, payment.plain_end_to_end_id, payment.uetr
    )
    one = Recall(
        recall_id=str(payment.recall_id),
        original=original,
        amount=payment.amount,
        currency=payment.currency,
        settlement_date=date.fromisoformat(payment.settlement_date),
        reason=Reason(str(payment.recall_reason)),
    )
    return RecallRequest(str(payment.recall_id), (one,), config.bank_bic())


def _holder_ids(payment: ClearingPayment) -> list[str] | None:
    account = Account.by_id(payment.account_id)
    return account.holder_ids() if account else None
