"""Export and erasure of a customer's data."""

from typing import Any

from pydantic import Field

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.accounts.account_schemas import AccountView, EntryView
from chalicelib.handlers.customers.customer_schemas import CustomerView
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery, View
from chalicelib.handlers.payments.category_rules import RuleView
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.handlers.support.ticket_schemas import MessageView, TicketView
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.customer import Customer, Status
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Paging
from chalicelib.models.payments.category_rules import CategoryRules
from chalicelib.models.support.ticket import Ticket, TicketMessage
from chalicelib.services.accounts.history import Line
from chalicelib.services.customers.people import Revealed
from chalicelib.services.privacy import customer_export, erasure
from chalicelib.services.privacy.customer_export import Record

REQUESTED = (
    "id", "type", "status", "amount", "currency", "from_account_id", "to_account_id", "failure", "memo", "created_at"
)  # fmt: skip
"""What an export says of a payment that was not posted."""


class HeldView(View):
    """A record about the customer: `data` is what the API shows of it elsewhere, without secrets."""

    kind: str = Field(examples=["customer"])
    data: dict[str, Any] = Field(examples=[{"first_name": "Ada", "last_name": "Lovelace"}])

    @classmethod
    def of(cls, record: Record, caller: Caller) -> "HeldView":
        return cls.model_construct(kind=record.kind, data=_data(record, caller))


class ErasureView(View):
    customer_id: str = Field(examples=["cus_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    status: Status = Field(
        description="`erasing`: the erasure needs more time than one request has; repeat the request"
    )


@describe(
    "Export a customer's data",
    query=PageQuery,
    answer=Listing[HeldView],
    problems=("not_found", "invalid_cursor", "unavailable"),
)
def export_customer(request: Request[None, PageQuery], customer_id: str) -> Listing[HeldView]:
    """Returns everything stored about the customer: person, addresses, category rules, user, sessions, logins, payments
    that were requested and not posted, accounts, entries with labels and the memo as it was given, and tickets with
    messages. Follow `next_cursor` until it is null; a page may be
    short or empty before. For the customer, managers and admins.
    """
    page = customer_export.page(request.caller, customer_id, Paging(request.query.limit, request.query.cursor))
    return Listing[HeldView].page([HeldView.of(record, request.caller) for record in page.items], page.next_cursor)


@describe(
    "Erase a customer",
    answer=ErasureView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
    versioned="the customer",
)
def erase_customer(request: Request[None, None], customer_id: str) -> Answer:
    """Deletes all personal data and destroys its key. The user can no longer sign in, and the email address can
    register again. The ledger stays. Returns `conflict` while an account is open, and 202 while the status is
    `erasing`: repeat the request until it returns 200. For the customer, managers and admins.
    """
    customer = erasure.erase(request.caller, customer_id, request.if_match)
    view = ErasureView(customer_id=customer.id, status=customer.status)
    return Answer(view, status=200 if customer.status == "erased" else 202)


def _data(record: Record, caller: Caller) -> dict[str, Any]:
    held = record.held
    if isinstance(held, Account):
        return AccountView.of(held).model_dump(mode="json")
    if isinstance(held, Line):
        return EntryView.of(held).model_dump(mode="json") | {"memo_as_given": held.transaction.memo}
    if isinstance(held, Transaction):
        seen = TransactionView.of(held, caller, held.account_ids(), None).model_dump(mode="json")
        return {name: seen[name] for name in REQUESTED}
    if isinstance(held, Customer):
        return CustomerView.of(Revealed(held, record.person), caller).model_dump(mode="json")
    if isinstance(held, Ticket):
        return TicketView.of(held, record.person, caller).model_dump(mode="json")
    if isinstance(held, TicketMessage):
        return MessageView.of(held, record.person, caller).model_dump(mode="json")
    if isinstance(held, CategoryRules):
        return {"rules": [RuleView.of(rule).model_dump(mode="json") for rule in held.parsed()]}
    return customer_export.fields(record)
