"""Money of settled payments that comes back: booked once, as a payment_return to the payer."""

from chalicelib import clock
from chalicelib.domain.clearing import reasons, states
from chalicelib.domain.errors import Conflict, IdempotencyKeyReused, Unavailable
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.observability import count, logger
from chalicelib.services.payments import outgoing

ROUNDS_MAX = 10
MOVED_ON = Conflict("The payment has moved on.")


def book(caller: Caller, payment: ClearingPayment, amount: int, code: str, named: str) -> None:
    """Credit the payer with what came back of a settled payment (minor units), and take the payment to `returned`.

    A payer whose account is closed gets nothing: the money waits on the bank's own account of returns for people.
    """
    for _ in range(ROUNDS_MAX):
        now = outgoing.find(payment.id)
        step = states.step(now.status, "return")
        if step.effect != "give_back":
            return
        try:
            _post(caller, now, amount, code, named)
        except IdempotencyKeyReused:  # a return of another amount was booked at the same time
            continue
        except Conflict as error:
            if error is not MOVED_ON:
                raise
            continue
        return
    raise Unavailable("The payment changes too often. Nothing was done; retry.")


def _post(caller: Caller, payment: ClearingPayment, amount: int, code: str, named: str) -> None:
    key = derive_key(caller.user_id, f"return {payment.uetr}", "payment_return", [amount])
    settled = _find_settled(payment, amount)
    payer_id, currency = str(settled.from_account_id), str(settled.currency)
    [clearing] = [leg.account_id for leg in settled.movement().legs if leg.amount > 0]

    def movement(snapshot: Snapshot) -> Movement:
        payer = snapshot.account(payer_id)
        to = payer.id if payer.status != "closed" else general_ledger.returns(currency)
        legs = (Leg(clearing, -amount), Leg(to, amount))
        return Movement(key.transaction_id, "payment_return", currency, legs)

    account = Account.by_id(payer_id)
    step = payment.step_to(
        "returned",
        "returned",
        caller,
        timestamp(clock.now()),
        named=named,
        reason_code=code,
        return_id=key.transaction_id,
        holder_ids=account.holder_ids() if account else None,
    )
    request = PostingRequest(
        idempotency_key=key,
        caller=caller,
        accounts=(payer_id,),
        movement=movement,
        memo=reasons.detail_of(code),
        reason=code,
        uetr=payment.uetr,
        extras=(Extra(step, MOVED_ON),),
    )
    outcome = ledger.post(request)
    outcome.raise_refusal()
    if not outcome.transaction.to_account_id:
        count("ClearingReturnsWaiting")
        logger.warning("returned money waits for people", transaction_id=payment.id)


def _find_settled(payment: ClearingPayment, amount: int) -> Transaction:
    """Return the posted payment that comes back: the ledger says to whom, from which account, and how much at most.

    Rings the alarm where the stored payment says otherwise: somebody has changed it. Raises Conflict for more money.
    """
    settled = Transaction.by_id(payment.id)
    if settled is None or settled.status != "posted" or amount > settled.amount:
        raise Conflict("The ledger has not posted as much as comes back. Nothing was done; people must look at it.")
    said = (payment.account_id, payment.currency, payment.amount)
    if said != (settled.from_account_id, settled.currency, settled.amount):
        count("ClearingContradictions")
        logger.error("a payment is not what the ledger has posted", transaction_id=payment.id)
    return settled
