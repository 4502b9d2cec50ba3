"""Pays an occurrence of an order: once, whatever runs, crashes or is started twice.

The slot in the ledger is a hash of the order and the date. The payment commits with two guards: the order is as it was
read, and its maker may still pay. So an order that was edited, skipped or ended in the meantime pays nothing.
"""

from dataclasses import replace

from chalicelib.domain import money
from chalicelib.domain.errors import BankError, Conflict, Forbidden
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.orders import execution
from chalicelib.domain.orders.recurrence import Occurrence
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import IdempotencyRecord
from chalicelib.models.orders.order import Order
from chalicelib.models.transact import Extra
from chalicelib.services import payment_rights
from chalicelib.services.orders import payees
from chalicelib.services.payments import outgoing, transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import Ordered, TransferRequest

RIGHT_ENDED = "The person who made the order may no longer pay. Make a new order."
CHANGED = "The order was changed a moment ago. Nothing was paid; read it again."


def pay(order: Order, occurrence: Occurrence, request_id: str, *, is_last_attempt: bool) -> Outcome:
    """Pay an occurrence as the order's maker, with the rights that the maker has now, or return what the slot has.

    An order with an approval is screened for its risk, but asks policies and ceilings no more. Before the day's last
    attempt too little money and a reached limit are raised and leave the slot free. Other refusals are recorded in it:
    `Outcome.raise_refusal` raises them. Raises Conflict for an order that was changed since it was read: read it again.
    Raises Unavailable if nothing was decided: call it again. Any other error is a refusal that leaves the slot free;
    commit `is_unpaid` with the record of that failure.
    """
    slot = slot_of(order, occurrence)
    try:
        maker = payment_rights.maker_now(order.made_by, request_id, RIGHT_ENDED)
        request = _request(order, occurrence, maker, slot)
    except BankError:
        found = IdempotencyRecord.by_transaction_id(slot.transaction_id)
        if found is None:
            raise
        return ledger.answer(found, slot, Caller(order.made_by, "customer", request_id))
    ordered = Ordered(
        order_id=order.id,
        occurrence=occurrence.date.isoformat(),
        is_approved=order.approval_id is not None,
        tried_again=frozenset() if is_last_attempt else execution.TRIED_AGAIN,
        guards=(
            Extra(order.is_as_read(), Conflict(CHANGED)),
            Extra(User.still_may(maker.user_id, "money.move"), Forbidden(RIGHT_ENDED)),
        ),
    )
    return transfer_steps.execute(replace(request, ordered=ordered))


def _request(order: Order, occurrence: Occurrence, maker: Caller, slot: IdempotencyKey) -> TransferRequest:
    """Return the transfer that pays an occurrence. Raises what refuses a payment to another bank."""
    request = TransferRequest(
        from_account_id=order.from_account_id,
        to_account_id=order.to_account_id or "",
        amount=money.text(order.amounts.of(occurrence), order.currency),
        currency=order.currency,
        annotations=Annotations(memo=order.memo),
        caller=maker,
        idempotency_key=slot,
    )
    if order.to_account_id:
        return request
    outgoing.require_clearing()
    made, clearing_account_id = outgoing.prepare(
        maker, slot, order.from_account_id, order.currency, payees.reveal(order)
    )
    return replace(request, to_account_id=clearing_account_id, outgoing=made)


def slot_of(order: Order, occurrence: Occurrence) -> IdempotencyKey:
    """Return the key of an occurrence. An edit changes neither id nor fingerprint: the slot stays the same."""
    day = occurrence.date
    return IdempotencyKey(execution.transaction_id(order.id, day), digest(["order", order.id, day.isoformat()]))


def is_unpaid(order: Order, occurrence: Occurrence) -> Action:
    """Make a transaction depend on the slot of an occurrence being free."""
    return IdempotencyRecord.is_absent(slot_of(order, occurrence).transaction_id)


def failure_code(order: Order, error: BankError) -> str:
    """Return the code of what refused a payment. Of an account that is closed or unknown it says which, with a read.

    Too little money and a reached limit are judged before the payee: waiting for money mends nothing if that is closed.
    """
    if error.code not in ("account_closed", "not_found", *execution.TRIED_AGAIN):
        return error.code
    keys = [Account.key(account_id) for account_id in (order.from_account_id, order.to_account_id) if account_id]
    statuses = {account.id: account.status for account in get_all(Account, keys)}
    if statuses.get(order.from_account_id) == "closed":
        return "payer_closed"
    if not order.to_account_id:  # a payee at another bank
        return error.code
    if order.to_account_id not in statuses:
        return "payee_unknown"
    return "payee_closed" if statuses[order.to_account_id] == "closed" else error.code
