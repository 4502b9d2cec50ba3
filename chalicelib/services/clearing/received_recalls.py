"""Recalls by other banks of payments that came in: people decide, and the bank answers by a return or a refusal.

What the bank cannot give back is refused at once with its code. A return takes money from a customer, so it may wait
for a second person; a refusal takes nothing. The decision is stored before its answer is sent, and the sweep sends what
was cut short.
"""

from contextlib import suppress
from functools import partial

from chalicelib import aws, clock, config
from chalicelib.domain import errors, ids, money
from chalicelib.domain.clearing import camt056, recall
from chalicelib.domain.clearing.camt056 import Recall
from chalicelib.domain.clearing.recall import RefusalCode
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.ledger.recall_return import key_of_return
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.clearing.received_recall import RecallStatus, ReceivedRecall
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging
from chalicelib.models.transact import Extra
from chalicelib.services import conflicts, idempotency
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.clearing import recall_answers

UNKNOWN, CLOSED = "NOOR", "AC04"
DECIDED = "This recall was decided at the same time. Nothing was done."
REFUSED_LATER = frozenset({"insufficient_funds", "account_frozen", "account_closed", "limit_exceeded"})
"""Refusals of a return that are not recorded: it can be tried again when the account has the money."""


def receive(caller: Caller, raw: bytes) -> None:
    """Store the recalls of a camt.056 for people, and refuse at once what cannot be given back.

    A recall that comes again gets its answer again, once it has one.
    """
    request = camt056.parse(raw)
    for one in request.recalls:
        payment = _find_recalled(one)
        known = ReceivedRecall.by_id(ReceivedRecall.id_for(payment.id)) if payment else None
        if payment is None:
            recall_answers.refuse_at_once(one, UNKNOWN)
        elif known:
            recall_answers.answer_again(known, one)
        elif _is_closed(payment.account_id):
            recall_answers.refuse_at_once(one, CLOSED)
        else:
            _store(caller, payment, one)


def page(caller: Caller, status: RecallStatus, paging: Paging) -> Page[ReceivedRecall]:
    """List recalls by other banks with a status, the oldest first. Raises InvalidCursor.

    Those of payments to the caller are left out: they may say that it has stolen. Others fill their places.
    """
    return conflicts.fill_page(paging, partial(ReceivedRecall.page, status), partial(conflicts.without_own, caller))


@transact.until_committed
def refuse(
    caller: Caller, key: IdempotencyKey | None, recall_id: str, code: RefusalCode
) -> tuple[ReceivedRecall, bool]:
    """Keep the money with the payee, and say why. Return the recall, and whether an earlier request under the key did.

    Raises NotFound, also for the payee, and Conflict for a recall that is decided.
    """
    if idempotency.find_earlier(key):
        return _find(caller, recall_id), True
    found = _find_open(caller, recall_id)
    at = timestamp(clock.now())
    decided = found.step_to("answering", caller, at, refusal_code=code)
    _, replayed = idempotency.commit_once(caller, key, recall_id, [decided], at)
    return _answer(caller, recall_id), replayed


def accept(caller: Caller, key: IdempotencyKey | None, recall_id: str, reason: str) -> tuple[ReceivedRecall, bool]:
    """Take the money from the payee's account, and give it back. It may wait for a second person.

    Raises what `refuse` does, and the refusal of a posting, after which the recall stays open.
    """
    if idempotency.find_earlier(key):
        return _find(caller, recall_id), True
    found = _find_open(caller, recall_id)
    amount = f"{money.text(found.amount, found.currency)} {found.currency}"
    request = HeldRequest(
        "recall.accept",
        f"Give payment {found.transaction_id} of {amount} back, which its bank has recalled: {found.reason_code}.",
        resource_id=found.id,
        version=found.recall_id,
        payload={"reason": reason},
        accounts=[found.account_id],
    )
    approved = gate.require(caller, request, key)
    outcome = ledger.post(_return_of(caller, found, (*idempotency.record_key(caller, key, recall_id), *approved)))
    outcome.raise_refusal()
    if outcome.replayed and outcome.transaction.request_id != caller.request_id:
        raise Conflict(DECIDED)
    return _answer(caller, recall_id), False


def execute_acceptance(maker: Caller, approval: Approval) -> None:
    """Give the money of a recalled payment back, as it was approved."""
    accept(maker, None, str(approval.resource_id), str(approval.payload["reason"]))


def send_left(caller: Caller) -> int:
    """Send the answers that were stored and perhaps not sent; return how many."""
    left = [one for unsent in ReceivedRecall.walk_unsent() for one in unsent if one.status == "answering"]
    for one in left:
        _send(caller, one)
    return len(left)


def _find_recalled(one: Recall) -> IncomingPayment | None:
    """Return the payment that a recall names, if it came in with this amount and currency."""
    transaction_id = ClearingPayment.id_by_uetr(one.original.uetr) if one.original.uetr else None
    credited = Transaction.by_id(transaction_id) if transaction_id else None
    if credited is None or credited.transaction_type != "incoming_payment" or credited.status != "posted":
        return None
    is_same = (credited.amount, credited.currency) == (one.amount, one.currency)
    return IncomingPayment.by_id(credited.id) if is_same else None


def _is_closed(account_id: str) -> bool:
    account = Account.by_id(account_id)
    return account is None or account.status == "closed"


def _store(caller: Caller, payment: IncomingPayment, one: Recall) -> None:
    now = clock.now()
    today = now.astimezone(config.timezone()).date()
    made = ReceivedRecall.new(
        payment.id,
        payment.customer_id,
        timestamp(now),
        account_id=payment.account_id,
        rail=payment.rail,
        recall_id=one.recall_id,
        original_id=payment.message_id,
        original_transaction_id=payment.original_transaction_id,
        end_to_end_id=payment.end_to_end_id,
        uetr=payment.uetr,
        amount=one.amount,
        currency=one.currency,
        reason_code=one.reason.code,
        answer_by=recall.business_days_later(today, recall.ANSWERED_WITHIN).isoformat(),
    )
    with suppress(transact.Cancelled):  # it came at the same time
        transact.commit([made.stamp(caller, now).put_if_absent()], caller.request_id)


def _find(caller: Caller, recall_id: str) -> ReceivedRecall:
    """Read a recall. Raises NotFound, also for a party to its payment: it must not learn of the recall."""
    found = ReceivedRecall.by_id(recall_id) if ids.is_id("rcl", recall_id) else None
    if found is None or not conflicts.without_own(caller, [found]):
        raise errors.unknown("recall", recall_id)
    return found


def _find_open(caller: Caller, recall_id: str) -> ReceivedRecall:
    found = _find(caller, recall_id)
    if found.status != "open":
        raise Conflict("This recall is decided.")
    return found


def _return_of(caller: Caller, found: ReceivedRecall, extras: tuple[Extra, ...]) -> PostingRequest:
    """Return the posting that takes the money from the payee. Its id is the only one that such a return can have."""
    key = key_of_return(found.id, found.amount)
    clearing = general_ledger.clearing(found.rail, found.currency)
    legs = (Leg(found.account_id, -found.amount), Leg(clearing, found.amount))
    movement = Movement(key.transaction_id, "payment_return", found.currency, legs)
    decided = found.step_to("answering", caller, timestamp(clock.now()), return_id=key.transaction_id)
    return PostingRequest(
        idempotency_key=key,
        caller=caller,
        accounts=(found.account_id,),
        movement=lambda _: movement,
        memo=recall.RETURNED,
        reason=recall_answers.RECALLED,
        uetr=found.uetr,
        extras=(Extra(decided, Conflict(DECIDED)), *extras),
        tried_again=REFUSED_LATER,
    )


def _answer(caller: Caller, recall_id: str) -> ReceivedRecall:
    """Send the answer of a recall that was just decided, and return the recall. The sweep sends what this cannot."""
    with aws.unknown_outcome_on_error():
        found = ReceivedRecall.by_id(recall_id)
    if found and found.status == "answering":
        with suppress(Unavailable):
            _send(caller, found)
    with aws.unknown_outcome_on_error():
        sent = ReceivedRecall.by_id(recall_id)
    if sent is None:
        raise errors.unknown("recall", recall_id)
    return sent


def _send(caller: Caller, found: ReceivedRecall) -> None:
    recall_answers.send(found)
    with suppress(transact.Cancelled):  # somebody else has sent it, too: the other bank takes it once
        done = found.step_to("returned" if found.return_id else "refused", caller, timestamp(clock.now()))
        transact.commit([done], caller.request_id)
