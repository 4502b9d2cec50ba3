"""The reconciliation of a day with the clearing, for staff and auditors."""

from chalicelib.handlers.clearing.reconciliation_schemas import ReconciliationQuery, ReconciliationView
from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.services.clearing import reconciliation


@describe("Reconcile a day with the clearing", query=ReconciliationQuery, answer=ReconciliationView)
def get_clearing_reconciliation(request: Request[None, ReconciliationQuery]) -> ReconciliationView:
    """Compares the clearing's statement (camt.053) of a day with the ledger: the balance of the bank's account with it,
    and each payment by its UETR. Lists what only this bank has booked, only the clearing, or both with other amounts.
    """
    asked = request.query
    return ReconciliationView.of(reconciliation.of_day(asked.date, asked.currency))
