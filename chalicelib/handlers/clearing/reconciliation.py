"""The reconciliation of a day with the clearing, for staff and auditors."""

from chalicelib.handlers.clearing.reconciliation_schemas import (
    BookFee,
    FeeView,
    ReconciliationQuery,
    ReconciliationView,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.services.clearing import fees, reconciliation


@describe("Reconcile a day with the clearing", query=ReconciliationQuery, answer=ReconciliationView)
def get_clearing_reconciliation(request: Request[None, ReconciliationQuery]) -> ReconciliationView:
    """Compares the clearing's statement (camt.053) of a day with the ledger: the balance of the bank's account with it,
    and each payment by its UETR. Lists what only this bank has booked, only the clearing, or both with other amounts.
    """
    asked = request.query
    return ReconciliationView.of(reconciliation.of_day(asked.date, asked.currency))


@describe(
    "Book a fee of the clearing",
    status=201,
    body=BookFee,
    answer=FeeView,
    key="required",
    problems=("not_found", "conflict", "clock_skew", "contention", "outcome_unknown"),
    action="clearing.fee",
)
def book_fee(request: Request[BookFee, None]) -> Answer:
    """Books an entry of the clearing's statement that belongs to no payment, such as a fee, as the bank's expense. The
    statement says the amount. It is possible once for each entry, and may wait for a second person.
    """
    asked = request.body
    booked, replayed = fees.book(
        request.caller, request.required_idempotency_key, asked.date, asked.currency, asked.entry, asked.reason
    )
    return Answer(FeeView.of(booked), replayed=replayed)
