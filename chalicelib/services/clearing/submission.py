"""Sends queued payments to the clearing: a message and its payments' new state are stored first, then it is sent.

Whatever is cut short in between is sent by the next one who looks: the clearing knows a message by its id, and takes it
once. A payment whose maker has lost the right to pay, whose account was frozen, or that is not what the ledger holds,
is given up instead.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from chalicelib import clock, config
from chalicelib.domain import ids
from chalicelib.domain.clearing import pacs008, reasons, states
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.identity import reference_of
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import LIST_SHARDS, ClearingPayment
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.observability import count, logger
from chalicelib.services import payment_rights
from chalicelib.services.clearing import adapter, transfers

BATCH_MAX = 80
"""Payments of a message: one write marks them all, and a queue takes 256 KB at most."""

ANSWER_WITHIN: dict[Rail, timedelta] = {"instant": timedelta(seconds=10), "standard": timedelta(minutes=30)}
"""After it was sent the clearing is asked for an answer that did not come."""


def submit_due(caller: Caller, cycle: str, until: str, has_time: Callable[[], bool]) -> bool:
    """Send the standard payments that were due until a moment (UTC); return whether none is left."""
    for shard in range(LIST_SHARDS):
        for due in ClearingPayment.walk_due("queued", "standard", shard, until, BATCH_MAX):
            if not has_time():
                return False
            submit(caller, due, cycle)
    return True


def submit_instant(caller: Caller, payment_id: str) -> None:
    """Send an instant payment alone, if it is still queued. Sending it again does no harm."""
    payment = ClearingPayment.by_id(payment_id)
    if payment and payment.status == "queued" and payment.rail == "instant":
        submit(caller, [payment], payment.id)
    elif payment and payment.status == "submitted" and payment.rail == "instant":
        send_built(caller, payment.id)


@transact.until_committed
def submit(caller: Caller, listed: Sequence[ClearingPayment], cycle: str) -> None:
    """Store the messages with these payments and send them, one for each currency and day.

    Payments that are queued no more are left out. One that moves on meanwhile makes all be read again. So does the
    account, or the maker, of one that goes alone; a write has no room for those of a whole batch.
    """
    read = get_all(ClearingPayment, (one.own_key for one in listed))
    queued = [one for one in read if one.status == "queued"]
    accounts = get_all(Account, (Account.key(one.account_id) for one in queued))
    transactions = get_all(Transaction, (Transaction.key(one.id) for one in queued))
    given_up = _give_up_unentitled(caller, queued, transactions, accounts)
    batches: dict[tuple[str, str], list[ClearingPayment]] = {}
    for payment in queued:
        if payment.id not in given_up:
            batches.setdefault((payment.currency, payment.settlement_date), []).append(payment)
    for batch in batches.values():
        guards = _guard_rights(transactions, accounts) if len(queued) == 1 else []
        send(caller, _store(caller, batch, cycle, accounts, guards))


def send(caller: Caller, message: OutgoingMessage) -> None:
    """Build a message from its payments and send it, again if it was sent before."""
    read = get_all(ClearingPayment, map(ClearingPayment.key, message.transaction_ids))
    payments = {one.id: one for one in read}
    described = transfers.describe_all([payments[name] for name in message.transaction_ids])
    created_at = moment(str(message.created_at))
    batch = Batch(message.id, described, sender_bic=config.bank_bic())
    adapter.send(pacs008.build(batch, created_at))
    transact.commit([message.mark_sent(caller, timestamp(clock.now()))], caller.request_id)
    logger.info("message sent", message_id=message.id, cycle=message.cycle, payments=len(described))


def send_built(caller: Caller, cycle: str) -> None:
    """Send the messages of a cycle that were stored, and perhaps not sent."""
    for message in OutgoingMessage.all_of(cycle):
        if message.status == "built":
            send(caller, message)


def _guard_rights(transactions: Sequence[Transaction], accounts: Sequence[Account]) -> list[Action]:
    """Return the conditions that accounts are as they were read, and makers may still pay."""
    makers = dict.fromkeys(str(one.initiated_by) for one in transactions)
    return [*(one.is_as_read() for one in accounts), *(User.still_may(name, "money.move") for name in makers)]


def _store(
    caller: Caller,
    batch: Sequence[ClearingPayment],
    cycle: str,
    accounts: Sequence[Account],
    guards: Sequence[Action],
) -> OutgoingMessage:
    """Store a message and mark its payments as submitted. Raises Cancelled where one of them has moved on."""
    now, holder_ids = clock.now(), {one.id: one.holder_ids() for one in accounts}
    at = timestamp(now)
    message_id = reference_of(ids.new_id("clm", now))
    message = OutgoingMessage.new(cycle, message_id, pacs008.NAME, [one.id for one in batch]).stamp(caller, at)
    steps = [
        one.step_to(
            states.step(one.status, "submission").state,
            "submitted",
            caller,
            at,
            named=message_id,
            due_at=timestamp(now + ANSWER_WITHIN[one.rail]),
            message_id=message_id,
            cycle=cycle,
            holder_ids=holder_ids.get(one.account_id),
        )
        for one in batch
    ]
    transact.commit([message.put_if_absent(), *steps, *guards], caller.request_id)
    return message


def _give_up_unentitled(
    caller: Caller,
    queued: Sequence[ClearingPayment],
    transactions: Sequence[Transaction],
    accounts: Sequence[Account],
) -> set[str]:
    """Give up the payments that may not go out any more, and return their ids."""
    ended = {*payment_rights.without_right(transactions), *_find_changed(queued, transactions)}
    frozen = {one.id for one in accounts if one.status == "frozen"}
    given_up = set()
    for payment in queued:
        code = reasons.RIGHT_ENDED if payment.id in ended else reasons.ACCOUNT_BLOCKED
        if payment.id in ended or payment.account_id in frozen:
            _give_up(caller, payment, code)
            given_up.add(payment.id)
    return given_up


def _find_changed(queued: Sequence[ClearingPayment], transactions: Sequence[Transaction]) -> Iterator[str]:
    """Yield the ids of payments that are not what the ledger holds money for: somebody has changed the stored item."""
    held = {one.id: (one.amount, one.currency, one.from_account_id) for one in transactions if one.is_at_clearing}
    for payment in queued:
        if held.get(payment.id) != (payment.amount, payment.currency, payment.account_id):
            count("ClearingContradictions")
            logger.error("a payment is not what the ledger holds", transaction_id=payment.id)
            yield payment.id


def _give_up(caller: Caller, payment: ClearingPayment, code: str) -> None:
    step = states.step(payment.status, "cancellation")
    ended = payment.step_to(step.state, "given_up", caller, timestamp(clock.now()), reason_code=code)
    try:
        extras = (Extra(ended, Conflict("It was cancelled at the same time.")),)
        ledger.void(payment.id, caller, reasons.detail_of(code), extras, is_at_clearing=True)
    except Conflict:
        logger.info("ended otherwise meanwhile", transaction_id=payment.id)


def submit_instant_left(caller: Caller, until: str) -> int:
    """Send the instant payments that were to be sent until a moment (UTC), and were not; return how many."""
    left = 0
    for shard in range(LIST_SHARDS):
        for due in ClearingPayment.walk_due("queued", "instant", shard, until, BATCH_MAX):
            for payment in due:
                submit_instant(caller, payment.id)
                left += 1
    return left
