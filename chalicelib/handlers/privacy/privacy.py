"""Export and erasure of a customer's data."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.privacy.privacy_schemas import ErasureView, HeldView
from chalicelib.models.paging import Paging
from chalicelib.services.privacy import customer_export, erasure


@describe(
    "Export a customer's data",
    query=PageQuery,
    answer=Listing[HeldView],
    problems=("not_found", "invalid_cursor", "unavailable"),
    limit="customer_exports",
)
def export_customer(request: Request[None, PageQuery], customer_id: str) -> Listing[HeldView]:
    """Returns everything stored about the customer: person, addresses, category rules, user, sessions, logins, when and
    for what staff read the person's data up to a month ago, payments that were requested and not posted, accounts,
    entries with labels and the memo as it was given, and tickets with messages. Follow `next_cursor` until it is null;
    a page may be short or empty before. For the customer, managers and admins.
    """
    page = customer_export.page(request.caller, customer_id, Paging(request.query.limit, request.query.cursor))
    told = [HeldView.of(record, request.caller, customer_id) for record in page.items]
    return Listing[HeldView].page(told, page.next_cursor)


@describe(
    "Erase a customer",
    answer=ErasureView,
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
    accepted=("The erasure needs more time: repeat the request", ErasureView),
    action="customer.erase",
    versioned="the customer",
)
def erase_customer(request: Request[None, None], customer_id: str) -> Answer:
    """Deletes all personal data and destroys its key. The user can no longer sign in, and the email address can
    register again. The ledger stays. If the customer had an account, its identity is kept under a key that the API
    cannot read with, as long as money-laundering law requires. Returns `conflict` while an account is open, or while
    the bank must keep the data for another reason (docs/privacy.md). Returns 202 while the status is `erasing`: repeat
    the request until it returns 200. For the customer, managers and admins.
    """
    customer = erasure.erase(request.caller, customer_id, request.if_match)
    view = ErasureView(customer_id=customer.id, status=customer.status)
    return Answer(view, status=200 if customer.status == "erased" else 202)
