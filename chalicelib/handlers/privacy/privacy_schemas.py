"""Schemas of the export and the erasure of a customer's data."""

from typing import Any

from pydantic import Field

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.accounts.account_schemas import AccountView, EntryView
from chalicelib.handlers.customers.customer_schemas import CustomerView
from chalicelib.handlers.http.schemas import View
from chalicelib.handlers.payments.category_rule_schemas import RuleView
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.handlers.support.ticket_schemas import MessageView, TicketView
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.customer import Customer, Status
from chalicelib.models.customers.personal_read import CustomerRead
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.category_rules import CategoryRules
from chalicelib.models.support.ticket import Ticket, TicketMessage
from chalicelib.services.accounts.history import Line
from chalicelib.services.customers.people import Revealed
from chalicelib.services.privacy import customer_export
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
    def of(cls, record: Record, caller: Caller, customer_id: str) -> "HeldView":
        """Return the record as the customer sees it: a manager hands it to the customer, who must not learn why staff
        did something, nor of a legal hold."""
        seen_by = Caller(caller.user_id, "customer", caller.request_id, customer_id=customer_id)
        return cls.model_construct(kind=record.kind, data=_data(record, seen_by))


class ErasureView(View):
    customer_id: str = Field(examples=["cus_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    status: Status = Field(
        description="`erasing`: the erasure needs more time than one request has; repeat the request"
    )


def _data(record: Record, caller: Caller) -> dict[str, Any]:
    held = record.held
    if isinstance(held, Account):
        return AccountView.of(held).model_dump(mode="json")
    if isinstance(held, Line):
        return EntryView.of(held).model_dump(mode="json") | {"memo_as_given": held.details.memo}
    if isinstance(held, Transaction):
        seen = TransactionView.of(held, caller, held.account_ids(), None).model_dump(mode="json")
        return {name: seen[name] for name in REQUESTED}
    if isinstance(held, CustomerRead):
        return {"at": held.at, "operation": held.operation}
    if isinstance(held, Customer):
        return CustomerView.of(Revealed(held, record.person), caller).model_dump(mode="json")
    if isinstance(held, Ticket):
        return TicketView.of(held, record.person, caller).model_dump(mode="json")
    if isinstance(held, TicketMessage):
        return MessageView.of(held, record.person, caller).model_dump(mode="json")
    if isinstance(held, CategoryRules):
        return {"rules": [RuleView.of(rule).model_dump(mode="json") for rule in held.parse()]}
    return customer_export.fields(record)
