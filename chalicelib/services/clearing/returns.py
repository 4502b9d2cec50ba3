"""Money of settled payments that comes back: booked once, as a payment_return to the payer."""

from chalicelib import clock
from chalicelib.domain.clearing import reasons, states
from chalicelib.domain.errors import Conflict, IdempotencyKeyReused, Unavailable
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.ledger import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.transact import Extra
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
    clearing = general_ledger.clearing(payment.rail, payment.currency)

    def movement(snapshot: Snapshot) -> Movement:
        payer = snapshot.account(payment.account_id)
        to = payer.id if payer.status != "closed" else general_ledger.returns(payment.currency)
        legs = (Leg(clearing, -amount), Leg(to, amount))
        return Movement(key.transaction_id, "payment_return", payment.currency, legs)

    step = payment.step_to(
        "returned",
        "returned",
        caller,
        timestamp(clock.now()),
        named=named,
        reason_code=code,
        return_id=key.transaction_id,
    )
    request = PostingRequest(
        idempotency_key=key,
        caller=caller,
        accounts=(payment.account_id,),
        movement=movement,
        memo=reasons.detail_of(code),
        reason=code,
        extras=(Extra(step, MOVED_ON),),
    )
    ledger.post(request).raise_refusal()
