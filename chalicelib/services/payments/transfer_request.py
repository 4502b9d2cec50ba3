"""A request to transfer, and what the ledger is to post for it.

A request goes through the workflow as JSON, so one that an older version has written must still be read.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib.domain import errors, ids
from chalicelib.domain.errors import CurrencyMismatch, SameAccount
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement, TransactionType
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.transact import Extra
from chalicelib.services import amounts
from chalicelib.services.accounts import pins
from chalicelib.services.payments import outgoing, verified_payees
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.outgoing import Outgoing

Json = dict[str, Any]


@dataclass(frozen=True)
class Ordered:
    """The occurrence (a date) of an order that a transfer pays, by its slot in the ledger.

    `is_approved`: the order has an approval, so policies and ceilings are not asked again. Refusals with a code in
    `tried_again` are raised and not recorded. `guards` must hold when the money moves.
    """

    order_id: str
    occurrence: str
    is_approved: bool
    tried_again: frozenset[str]
    guards: tuple[Extra, ...]


@dataclass(frozen=True)
class TransferRequest:
    """A request to transfer; `amount` is a decimal string, by default in the paying account's currency.

    `outgoing` is of a payment to another bank, whose `to_account_id` is the bank's own account of the clearing. The
    payment uses up the verification of its payee. `guards` must hold when the money moves; a workflow takes none.
    `asks_pin`: no PIN was sent with it, so the account must have none. A PIN that was sent is proved before.
    """

    from_account_id: str
    to_account_id: str
    amount: str
    currency: str | None
    annotations: Annotations
    caller: Caller
    idempotency_key: IdempotencyKey
    ordered: Ordered | None = None
    outgoing: Outgoing | None = None
    verification_id: str | None = None
    asks_pin: bool = False
    guards: tuple[Extra, ...] = ()

    def to_json(self) -> Json:
        given = asdict(self)
        del given["guards"]
        if given["caller"]["traceparent"] is None:  # an older version of the task knows no such field
            del given["caller"]["traceparent"]
        if given["outgoing"] and given["outgoing"]["batch_id"] is None:
            del given["outgoing"]["batch_id"]
        return given

    @classmethod
    def from_json(cls, given: Json) -> "TransferRequest":
        annotations = given["annotations"] | {"tags": tuple(given["annotations"]["tags"])}
        parts = {
            "annotations": Annotations(**annotations),
            "caller": Caller(**given["caller"]),
            "idempotency_key": IdempotencyKey(**given["idempotency_key"]),
            "outgoing": Outgoing(**given["outgoing"]) if given.get("outgoing") else None,
        }
        return cls(**given | parts)


def to_posting_request(request: TransferRequest) -> PostingRequest:
    """Return what the ledger is to post. Raises NotFound for an id that no account has, and SameAccount."""
    sides = (request.from_account_id, request.to_account_id)
    for account_id in sides[:1] if request.outgoing else sides:
        if not ids.is_id("acc", account_id):
            raise errors.unknown("account", account_id)
    if sides[0] == sides[1]:
        raise SameAccount("A transfer goes from one account to another.")
    posting = PostingRequest(
        idempotency_key=request.idempotency_key,
        caller=request.caller,
        accounts=sides,
        movement=lambda snapshot: _movement(request, snapshot),
        others=(Pin.key(request.from_account_id),) if request.asks_pin else (),
        memo=request.annotations.memo,
        branch_id=request.caller.branch_id,
        label=request.annotations.label(
            request.from_account_id, request.idempotency_key.transaction_id, request.caller
        ),
        extras=(*_use_up_verification(request), *request.guards),
    )
    if request.ordered:
        posting = _pay_order(posting, request.ordered)
    return outgoing.leave_to_clearing(posting, request.outgoing) if request.outgoing else posting


def _movement(request: TransferRequest, snapshot: Snapshot) -> Movement:
    """Return what moves. Raises what refuses it to the caller: no right, a PIN that is missing, another currency."""
    payer = snapshot.account(request.from_account_id)
    payer.access().require(request.caller, "pay")
    if request.asks_pin:
        pins.require_none(snapshot, payer.id)
    currency = request.currency or payer.currency
    for account in (payer, *_payee(request, snapshot)):
        if account.currency != currency:
            raise CurrencyMismatch(f"An account is in {account.currency}, the transfer in {currency}.")
    amount = amounts.parse("amount", request.amount, currency)
    legs = (Leg(payer.id, -amount), Leg(request.to_account_id, amount))
    kind: TransactionType = "payment" if request.outgoing else "transfer"
    return Movement(request.idempotency_key.transaction_id, kind, currency, legs, amounts.limits(currency))


def _payee(request: TransferRequest, snapshot: Snapshot) -> tuple[Account, ...]:
    """Return the customer's account that receives, if it is of this bank. Raises NotFound, ConflictOfInterest."""
    if request.outgoing:
        return ()
    payee = snapshot.account(request.to_account_id)
    payee.access().require_impartial(request.caller)
    return (payee,)


def _use_up_verification(request: TransferRequest) -> tuple[Extra, ...]:
    return (verified_payees.use_up(request.caller, request.verification_id),) if request.verification_id else ()


def _pay_order(posting: PostingRequest, ordered: Ordered) -> PostingRequest:
    return replace(
        posting,
        order_id=ordered.order_id,
        occurrence=ordered.occurrence,
        tried_again=ordered.tried_again,
        extras=(*posting.extras, *ordered.guards),
    )
