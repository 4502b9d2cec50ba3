"""Customers, their addresses, and what the bank knows of who they are."""

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.customers.customer_schemas import (
    AddAddress,
    AddressView,
    CreateCustomer,
    CustomersQuery,
    CustomerView,
    EditAddress,
    EditCustomer,
    ReviewKyc,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.customers.customer import Customer
from chalicelib.models.paging import Paging
from chalicelib.services.customers import addresses, customers, kyc, search
from chalicelib.services.customers.addresses import Located
from chalicelib.services.customers.people import Revealed


def answer(found: Revealed[Customer], caller: Caller, *, replayed: bool = False) -> Answer:
    """A customer with its version as ETag, to send back as If-Match."""
    return Answer(CustomerView.of(found, caller), version=found.item.version, replayed=replayed)


def located(found: Located, *, replayed: bool = False) -> Answer:
    """An address with its version as ETag, to send back as If-Match."""
    return Answer(AddressView.of(found), version=found.address.item.version, replayed=replayed)


@describe(
    "Take in a customer",
    status=201,
    body=CreateCustomer,
    answer=CustomerView,
    problems=("contention", "outcome_unknown"),
)
def create_customer(request: Request[CreateCustomer, None]) -> Answer:
    """Somebody at the counter, who does not sign in. The address, if given, is the primary one."""
    person = request.body.model_dump(exclude={"address"})
    address = request.body.address.model_dump() if request.body.address else None
    new = customers.NewCustomer(person, address)
    found, replayed = customers.create(request.caller, request.idempotency_key, new)
    return answer(found, request.caller, replayed=replayed)


@describe("List or find customers", query=CustomersQuery, answer=Listing[CustomerView], problems=("invalid_cursor",))
def list_customers(request: Request[None, CustomersQuery]) -> Listing[CustomerView]:
    """All of them, newest first, or those with one e-mail address, phone, account number or last name: exactly, but for
    case, spaces and punctuation of phones, and ways to type an apostrophe."""
    query = request.query
    asked = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    page = search.page(asked, Paging(query.limit, query.cursor))
    return Listing[CustomerView].page([CustomerView.of(one, request.caller) for one in page.items], page.next_cursor)


@describe("Get a customer", answer=CustomerView, problems=("not_found",))
def get_customer(request: Request[None, None], customer_id: str) -> Answer:
    """Oneself; staff and auditors anyone."""
    return answer(customers.get(request.caller, customer_id), request.caller)


@describe(
    "Edit a customer",
    body=EditCustomer,
    answer=CustomerView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def edit_customer(request: Request[EditCustomer, None], customer_id: str) -> Answer:
    """Another name, birthday or national id takes a verification back. Honours If-Match with the ETag of the customer
    as read."""
    edits = request.body.model_dump(exclude_unset=True)
    return answer(customers.edit(request.caller, customer_id, edits, request.if_match), request.caller)


@describe(
    "Review who a customer is",
    body=ReviewKyc,
    answer=CustomerView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def review_kyc(request: Request[ReviewKyc, None], customer_id: str) -> Answer:
    """A step that the diagram has not is a conflict. Send If-Match with the ETag of the customer as read: what was
    compared with documents may have been edited since."""
    body = request.body
    decided = kyc.Review(body.status, body.reason, body.expires_on)
    found, replayed = kyc.review(request.caller, request.idempotency_key, customer_id, decided, request.if_match)
    return answer(found, request.caller, replayed=replayed)


@describe(
    "Add an address",
    status=201,
    body=AddAddress,
    answer=AddressView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def add_address(request: Request[AddAddress, None], customer_id: str) -> Answer:
    """The first one is primary. Twenty are a `conflict`: delete one first."""
    fields, is_primary = request.body.model_dump(exclude={"is_primary"}), request.body.is_primary
    found, replayed = addresses.add(request.caller, request.idempotency_key, customer_id, fields, is_primary=is_primary)
    return located(found, replayed=replayed)


@describe("List addresses", query=PageQuery, answer=Listing[AddressView], problems=("not_found", "invalid_cursor"))
def list_addresses(request: Request[None, PageQuery], customer_id: str) -> Listing[AddressView]:
    """Newest first; exactly one is primary while there is any."""
    page = addresses.page(request.caller, customer_id, Paging(request.query.limit, request.query.cursor))
    return Listing[AddressView].page([AddressView.of(one) for one in page.items], page.next_cursor)


@describe("Get an address", answer=AddressView, problems=("not_found",))
def get_address(request: Request[None, None], customer_id: str, address_id: str) -> Answer:
    """With its version as ETag."""
    return located(addresses.get(request.caller, customer_id, address_id))


@describe(
    "Edit an address",
    body=EditAddress,
    answer=AddressView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def edit_address(request: Request[EditAddress, None], customer_id: str, address_id: str) -> Answer:
    """Correct it, or make it the primary one. Honours If-Match with the ETag of the address as read."""
    edits = request.body.model_dump(exclude_unset=True)
    is_primary = edits.pop("is_primary", False)
    matching = request.if_match
    return located(
        addresses.edit(request.caller, customer_id, address_id, edits, is_primary=is_primary, matching=matching)
    )


@describe("Delete an address", status=204, problems=("not_found", "conflict", "contention", "outcome_unknown"))
def delete_address(request: Request[None, None], customer_id: str, address_id: str) -> None:
    """Nothing of it is kept. If it was the primary one, the oldest of the others is from then on. Honours If-Match."""
    addresses.delete(request.caller, customer_id, address_id, request.if_match)
