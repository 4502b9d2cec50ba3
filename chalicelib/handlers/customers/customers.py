"""Customers, their addresses, and what the bank knows of who they are."""

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.approvals.pending import with_pending
from chalicelib.handlers.customers.customer_schemas import (
    AddAddress,
    AddressView,
    CreateCustomer,
    CustomerDetailView,
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
    """Respond with a customer and its version as ETag, to send back as If-Match."""
    return Answer(CustomerView.of(found, caller), version=found.item.version, replayed=replayed)


def respond_with_address(found: Located, *, replayed: bool = False) -> Answer:
    """Respond with an address and its version as ETag, to send back as If-Match."""
    return Answer(AddressView.of(found), version=found.address.item.version, replayed=replayed)


@describe(
    "Create a customer",
    status=201,
    body=CreateCustomer,
    answer=CustomerView,
    problems=("contention", "outcome_unknown"),
    limit="customers",
)
def create_customer(request: Request[CreateCustomer, None]) -> Answer:
    """Creates a customer without a user, for a person who does not sign in. An address, if given, becomes the
    primary one.
    """
    person = request.body.model_dump(exclude={"address"})
    address = request.body.address.model_dump() if request.body.address else None
    new = customers.NewCustomer(person, address)
    found, replayed = customers.create(request.caller, request.idempotency_key, new)
    return answer(found, request.caller, replayed=replayed)


@describe("List or find customers", query=CustomersQuery, answer=Listing[CustomerView], problems=("invalid_cursor",))
def list_customers(request: Request[None, CustomersQuery]) -> Listing[CustomerView]:
    """Lists all customers, newest first, or those with one email address, phone, account number or last name. Values
    must match exactly, except for case, spaces and punctuation in phones, and the form of apostrophes.
    """
    query = request.query
    asked = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    page = search.page(asked, Paging(query.limit, query.cursor))
    return Listing[CustomerView].page([CustomerView.of(one, request.caller) for one in page.items], page.next_cursor)


@describe("Get a customer", answer=CustomerDetailView, problems=("not_found",), versioned="the customer")
def get_customer(request: Request[None, None], customer_id: str) -> Answer:
    """Customers can get themselves; staff and auditors can get any customer."""
    found = customers.get(request.caller, customer_id)
    shown = with_pending(CustomerView.of(found, request.caller), CustomerDetailView, request.caller, customer_id)
    return Answer(shown, version=found.item.version)


@describe(
    "Edit a customer",
    body=EditCustomer,
    answer=CustomerView,
    versioned="the customer",
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
)
def edit_customer(request: Request[EditCustomer, None], customer_id: str) -> Answer:
    """A changed name, date of birth or national id withdraws the KYC verification."""
    edits = request.body.model_dump(exclude_unset=True)
    return answer(customers.edit(request.caller, customer_id, edits, request.if_match), request.caller)


@describe(
    "Review a customer's identity",
    body=ReviewKyc,
    answer=CustomerView,
    action="kyc",
    versioned="the customer",
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
)
def review_kyc(request: Request[ReviewKyc, None], customer_id: str) -> Answer:
    """Returns `conflict` for a status change that the KYC workflow does not allow. Send If-Match, so that edits made
    since you checked the documents are detected.
    """
    body = request.body
    decided = kyc.Review(body.status, body.reason, body.expires_on)
    found, replayed = kyc.review(request.caller, request.idempotency_key, customer_id, decided, request.if_match)
    return answer(found, request.caller, replayed=replayed)


@describe(
    "Add an address",
    status=201,
    body=AddAddress,
    answer=AddressView,
    versioned="the customer",
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
)
def add_address(request: Request[AddAddress, None], customer_id: str) -> Answer:
    """The first address becomes the primary one. A customer has at most twenty: one more returns `conflict`."""
    fields, is_primary = request.body.model_dump(exclude={"is_primary"}), request.body.is_primary
    found, replayed = addresses.add(
        request.caller,
        request.idempotency_key,
        customer_id,
        fields,
        is_primary=is_primary,
        matching=request.if_match,
    )
    return respond_with_address(found, replayed=replayed)


@describe("List addresses", query=PageQuery, answer=Listing[AddressView], problems=("not_found", "invalid_cursor"))
def list_addresses(request: Request[None, PageQuery], customer_id: str) -> Listing[AddressView]:
    """Lists addresses, newest first. If there are any, exactly one is primary."""
    page = addresses.page(request.caller, customer_id, Paging(request.query.limit, request.query.cursor))
    return Listing[AddressView].page([AddressView.of(one) for one in page.items], page.next_cursor)


@describe("Get an address", answer=AddressView, problems=("not_found",), versioned="the address")
def get_address(request: Request[None, None], customer_id: str, address_id: str) -> Answer:
    """Returns the address, unless it was deleted."""
    return respond_with_address(addresses.get(request.caller, customer_id, address_id))


@describe(
    "Edit an address",
    body=EditAddress,
    answer=AddressView,
    versioned="the address",
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
)
def edit_address(request: Request[EditAddress, None], customer_id: str, address_id: str) -> Answer:
    """Changes fields, or makes the address primary."""
    edits = request.body.model_dump(exclude_unset=True)
    is_primary = edits.pop("is_primary", False)
    matching = request.if_match
    return respond_with_address(
        addresses.edit(request.caller, customer_id, address_id, edits, is_primary=is_primary, matching=matching)
    )


@describe(
    "Delete an address",
    status=204,
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
    versioned="the address",
)
def delete_address(request: Request[None, None], customer_id: str, address_id: str) -> None:
    """Deletes the address. If it was primary, the oldest remaining one becomes primary."""
    addresses.delete(request.caller, customer_id, address_id, request.if_match)
