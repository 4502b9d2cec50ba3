"""Money that came back to a closed account: a manager forwards it to another account of the customer who paid.

It goes to nobody else, so one person decides. A customer who was erased since can have no account: that person comes
back as a new customer, and a second person decides whether it is the same (`payment.forward`). The id of the
transaction follows from the payment, so it goes once.
"""

from chalicelib import aws, clock
from chalicelib.domain import errors, ids, money
from chalicelib.domain.clearing import trace
from chalicelib.domain.errors import Conflict, CurrencyMismatch, ValidationFailed
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.ledger.recall_return import key_of_forward
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.customers.customer import Customer
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.clearing import desk
from chalicelib.services.payments import outgoing

FORWARDED = Conflict("The money was forwarded at the same time. Nothing was done.")
TRIED_AGAIN = frozenset({"account_closed"})
"""Refusals that are not recorded: another account can be named."""


def forward(
    caller: Caller, key: IdempotencyKey | None, transaction_id: str, account_id: str
) -> tuple[ClearingPayment, bool]:
    """Credit the returned money of a payment to an account; return the payment, and whether an earlier request did.

    To an account of another customer it may wait for a second person. Raises NotFound, ConflictOfInterest for a party
    to the payment or to the account, Conflict unless its money waits, ValidationFailed for an account of another
    customer, unless the one who has paid is erased, CurrencyMismatch and AccountClosed.
    """
    if idempotency.find_earlier(key):
        return desk.find(caller, transaction_id), True
    payment = desk.find(caller, transaction_id)
    returned = _find_waiting(payment)
    account = _find_account(payment, account_id)
    account.access().require_impartial(caller)
    approved = _require_second(caller, key, payment, returned, account)
    extras = (*idempotency.record_key(caller, key, transaction_id), *approved)
    outcome = ledger.post(_posting(caller, payment, returned, account, extras))
    outcome.raise_refusal()
    if outcome.replayed and outcome.transaction.request_id != caller.request_id:
        raise FORWARDED
    with aws.unknown_outcome_on_error():
        return outgoing.find(transaction_id), False


def execute(maker: Caller, approval: Approval) -> None:
    """Forward the money of an erased customer as it was approved."""
    forward(maker, None, str(approval.resource_id), str(approval.payload["account_id"]))


def _require_second(
    caller: Caller, key: IdempotencyKey | None, payment: ClearingPayment, returned: Transaction, account: Account
) -> tuple[Extra, ...]:
    """Ask whether one person may do this: what goes to the customer who has paid waits for nobody."""
    if account.customer_id == payment.customer_id:
        return ()
    amount = f"{money.text(returned.amount, payment.currency)} {payment.currency}"
    request = HeldRequest(
        "payment.forward",
        f"Forward {amount} of erased customer {payment.customer_id} to account {account.id} of {account.customer_id}.",
        resource_id=payment.id,
        version=returned.id,
        payload={"account_id": account.id},
        accounts=[account.id],
        amount=returned.amount,
        currency=payment.currency,
    )
    return gate.require(caller, request, key)


def _find_waiting(payment: ClearingPayment) -> Transaction:
    """Return the transaction that brought the money. Raises Conflict unless it waits on the bank's own account."""
    returned = Transaction.by_id(str(payment.return_id)) if payment.return_id else None
    credited = [one["account_id"] for one in (returned.entries if returned else []) if one["amount"] > 0]
    if returned is None or not all(map(general_ledger.is_returns, credited)):
        raise Conflict("No money of this payment waits: it did not come back, or went to the account that has paid.")
    if payment.last_on_trace(trace.FORWARDED):
        raise Conflict("The money of this payment was forwarded before.")
    return returned


def _find_account(payment: ClearingPayment, account_id: str) -> Account:
    account = Account.by_id(account_id) if ids.is_id("acc", account_id) else None
    if account is None:
        raise errors.unknown("account", account_id)
    if account.customer_id != payment.customer_id and not _is_erased(payment.customer_id):
        raise ValidationFailed.of("account_id", "must be an account of the customer who has paid")
    if account.currency != payment.currency:
        raise CurrencyMismatch(f"The money is in {payment.currency}, the account in {account.currency}.")
    return account


def _is_erased(customer_id: str) -> bool:
    """Return whether a customer is erased, or being erased: it can have no account any more."""
    customer = Customer.by_id(customer_id)
    return customer is None or customer.status != "active"


def _posting(
    caller: Caller, payment: ClearingPayment, returned: Transaction, account: Account, extras: tuple[Extra, ...]
) -> PostingRequest:
    key = key_of_forward(payment.id, returned.amount)
    legs = (Leg(general_ledger.returns(payment.currency), -returned.amount), Leg(account.id, returned.amount))
    movement = Movement(key.transaction_id, "payment_return", payment.currency, legs)
    forwarded_to = account.id if account.customer_id != payment.customer_id else None
    step = payment.step_to(
        payment.status,
        trace.FORWARDED,
        caller,
        timestamp(clock.now()),
        due_at=payment.due_at,
        forwarded_to=forwarded_to,
    )
    return PostingRequest(
        idempotency_key=key,
        caller=caller,
        accounts=(account.id,),
        movement=lambda _: movement,
        memo=returned.memo,
        reason=returned.reason,
        uetr=payment.uetr,
        extras=(Extra(step, FORWARDED), *extras),
        tried_again=TRIED_AGAIN,
    )
