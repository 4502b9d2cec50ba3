"""Many transfers in one request."""

from collections.abc import Sequence

from chalicelib import aws
from chalicelib.domain.errors import BankError, Refusal
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request, derive_key
from chalicelib.handlers.payments.batch_schemas import (
    BatchTransfer,
    Status,
    TransferBatch,
    TransferBatchView,
    TransferProblem,
    TransferResult,
)
from chalicelib.handlers.payments.transaction_answers import HOLDING_PROBLEMS, PIN_PROBLEMS
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.group import Result
from chalicelib.models.payments.label import Label
from chalicelib.services.orders import beneficiaries
from chalicelib.services.payments import batches, transaction_views
from chalicelib.services.payments.batches import Asked
from chalicelib.services.payments.transfer_request import TransferRequest

BATCH_PROBLEMS = ("conflict_of_interest", "not_found", "conflict", "clock_skew", "contention", "outcome_unknown")
OPERATION = "POST /v1/transactions/transfer"
"""Of which each transfer of a batch is one: a key stands for the same payment there and here."""


@describe(
    "Transfer to many accounts",
    body=TransferBatch,
    answer=TransferBatchView,
    key="ignored",
    problems=(*PIN_PROBLEMS, *HOLDING_PROBLEMS, *BATCH_PROBLEMS),
    is_posting=True,
)
def transfer_batch(request: Request[TransferBatch, None]) -> TransferBatchView:
    """Makes up to 100 transfers from one account, in their order. Each has its own idempotency key and result, and is
    decided like a transfer by itself; one that another person must approve is `pending`. Send the same batch again
    after an error: what is done stays as it is.

    With `atomic`, all are posted in one transaction, or none: the result of the others is then `batch_refused`. 403
    `action_blocked` if one must be approved, 409 if only some of the keys were used before.
    """
    body, caller = request.body, request.caller
    lines = [_line(one, body.from_account_id, caller) for one in body.transfers]
    results = batches.transfer_all(lines, body.pin, is_atomic=body.atomic)
    views = _views(caller, body.transfers, results)
    posted = sum(one.status == "posted" for one in views)
    return TransferBatchView.model_construct(posted=posted, results=views)


def _line(one: BatchTransfer, from_account_id: str, caller: Caller) -> Asked:
    """Return the request of one transfer, or the error of a payee that does not exist."""
    body = one.single(from_account_id)
    try:
        payee_id = beneficiaries.payee_account_id(caller, **body.payee())
    except BankError as error:
        return error
    return TransferRequest(
        from_account_id=from_account_id,
        to_account_id=payee_id,
        amount=body.amount,
        currency=body.currency,
        annotations=body.annotations(),
        caller=caller,
        idempotency_key=derive_key(caller, one.idempotency_key, OPERATION, body),
    )


def _views(caller: Caller, transfers: Sequence[BatchTransfer], results: Sequence[Result]) -> list[TransferResult]:
    """Return each result. What an earlier request has made is read with its labels, all with one read."""
    found = [one.transaction for one in results if isinstance(one, Outcome) and one.sides is None]
    with aws.unknown_outcome_on_error():
        seen = {one.transaction.id: one for one in transaction_views.view_all(caller, found)} if found else {}

    def view(transfer: BatchTransfer, outcome: Outcome) -> TransactionView:
        made = outcome.transaction
        if outcome.sides is None:
            return TransactionView.of(made, caller, seen[made.id].sides, seen[made.id].label)
        label = Label(category=transfer.category, tags=list(transfer.annotations().tags))
        return TransactionView.of(made, caller, outcome.sides, label)

    def result(transfer: BatchTransfer, result: Result) -> TransferResult:
        error = _refusal_of(result) if isinstance(result, Outcome) else result
        return TransferResult.model_construct(
            idempotency_key=transfer.idempotency_key,
            status=_status(result),
            replayed=isinstance(result, Outcome) and result.replayed,
            transaction=view(transfer, result) if isinstance(result, Outcome) else None,
            problem=TransferProblem.of(error) if error else None,
        )

    return [result(*one) for one in zip(transfers, results, strict=True)]


def _status(result: Result) -> Status:
    if isinstance(result, BankError):
        return "not_done"
    status = result.transaction.status
    return "posted" if status == "posted" else "pending" if status == "pending" else "refused"


def _refusal_of(outcome: Outcome) -> Refusal | None:
    try:
        outcome.raise_refusal()
    except Refusal as refusal:
        return refusal
    return None
