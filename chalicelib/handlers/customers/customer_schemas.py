"""Schemas of requests and responses about customers."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.domain.customers.kyc import Status
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.customers.person_schemas import (
    BirthDate,
    Country,
    Email,
    FirstName,
    NationalId,
    NewAddress,
    PersonName,
    Phone,
    PostalCode,
)
from chalicelib.handlers.http.schemas import Line, Name, PageQuery, PendingApprovals, Printable, Schema, Timestamp, View
from chalicelib.handlers.interest.interest_schemas import Day
from chalicelib.models.customers.customer import Customer
from chalicelib.models.customers.customer import Status as CustomerStatus
from chalicelib.services.customers import kyc
from chalicelib.services.customers.addresses import Located
from chalicelib.services.customers.people import Revealed


def _chosen(is_primary: bool) -> bool:
    if not is_primary:
        raise ValueError("must be true; to choose another address, make that one primary")
    return is_primary


SearchTerm = Annotated[str, StringConstraints(min_length=1, max_length=254), Printable]


class CreateCustomer(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset(
        {"first_name", "last_name", "middle_name", "email", "phone", "date_of_birth", "national_id", "address"}
    )

    first_name: FirstName = Field(default=None, examples=["Ada"])
    last_name: PersonName = Field(examples=["Lovelace"])
    middle_name: PersonName | None = None
    email: Email | None = Field(default=None, description="For contact only; it does not let anyone sign in")
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    national_id: NationalId | None = None
    address: NewAddress | None = None


class EditCustomer(Schema):
    """Edits of a customer. Omitted fields stay as they are; null removes an optional value."""

    first_name: FirstName = Field(default=None, examples=["Ada"])
    last_name: PersonName = Field(default_factory=str, examples=["King"])
    middle_name: PersonName | None = None
    email: Email | None = Field(default=None, description="Cannot be changed for a customer who signs in with it")
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    national_id: NationalId | None = None


class CustomersQuery(PageQuery):
    """Criteria of a search; send one at a time."""

    email: SearchTerm | None = None
    phone: SearchTerm | None = Field(default=None, description="All digits, including the country code")
    account_number: SearchTerm | None = None
    last_name: SearchTerm | None = Field(default=None, description="The whole last name; case is ignored")


class ReviewKyc(Schema):
    status: Status = Field(
        description="The new status; docs/customers.md shows the allowed changes", examples=["verified"]
    )
    reason: Line = Field(description="For staff; customers never see it", examples=["Passport seen at the counter"])
    expires_on: Day | None = Field(default=None, description="The last valid day of a verification; null: no end")


class KycView(View):
    """The state of the customer's identity review (KYC)."""

    status: Status
    reviewed_at: Timestamp | None
    expires_on: Day | None = Field(description="The last valid day of a verification; then the status is `expired`")
    reason: str | None = Field(description="null for customers")
    reviewed_by: str | None = Field(description="The member of staff; null for customers")

    @classmethod
    def of(cls, customer: Customer, caller: Caller) -> "KycView":
        tells = caller.sees_everything
        return cls.model_construct(
            status=kyc.status_of(customer),
            reviewed_at=customer.kyc_reviewed_at,
            expires_on=customer.kyc_expires_on,
            reason=customer.kyc_reason if tells else None,
            reviewed_by=customer.kyc_reviewed_by if tells else None,
        )


class SetLegalHold(Schema):
    reason: Line = Field(description="For staff; customers never see it", examples=["Court order 4 O 112/26"])


class LegalHoldView(View):
    """A legal hold, which prevents that anything about the customer is erased."""

    reason: str
    set_by: str = Field(description="The member of staff")
    set_at: Timestamp

    @classmethod
    def of(cls, customer: Customer, caller: Caller) -> "LegalHoldView | None":
        """Return None without a hold, and to the customer, also one who is staff as well."""
        if not customer.is_on_legal_hold or caller.is_own(customer.id) or not caller.sees_everything:
            return None
        return cls.model_construct(
            reason=customer.legal_hold_reason, set_by=customer.legal_hold_set_by, set_at=customer.legal_hold_set_at
        )


class CustomerView(View):
    """A customer. `customer_id` equals `id`; users and accounts use this name."""

    id: str = Field(examples=["cus_01KAK4WZ5S7T9V2X4Y6Z8A1B3C"])
    customer_id: str
    user_id: str | None = Field(description="null for a customer without a user")
    status: CustomerStatus = Field(description="`erased`: all personal fields are null")
    first_name: str | None
    middle_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    date_of_birth: str | None
    national_id: str | None
    primary_address_id: str | None
    kyc: KycView
    legal_hold: LegalHoldView | None = Field(description="null without a legal hold, and always null for customers")
    created_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def of(cls, found: Revealed[Customer], caller: Caller) -> "CustomerView":
        customer = found.item
        clear: dict[str, Any] = {**found.personal}
        return cls.model_construct(
            **clear,
            id=customer.id,
            customer_id=customer.id,
            user_id=customer.user_id,
            status=customer.status,
            primary_address_id=customer.primary_address_id,
            kyc=KycView.of(customer, caller),
            legal_hold=LegalHoldView.of(customer, caller),
            created_at=customer.created_at,
            updated_at=customer.updated_at,
            version=customer.version,
        )


class CustomerDetailView(CustomerView):
    """A customer, and for staff what waits about it, its accounts and its user."""

    pending_approvals: PendingApprovals


class AddAddress(NewAddress):
    is_primary: bool = Field(default=False, description="The first address is always primary")


class EditAddress(Schema):
    """Edits of an address. Omitted fields stay as they are; null removes an optional value."""

    line1: Line = Field(default_factory=str, examples=["Unter den Linden 1"])
    line2: Line | None = None
    city: Name = Field(default_factory=str, examples=["Berlin"])
    region: Name | None = None
    country: Country = Field(default_factory=str, examples=["DE"])
    postal_code: PostalCode | None = None
    is_primary: Annotated[bool, AfterValidator(_chosen)] = Field(
        default_factory=lambda: True, description="true makes this the primary address"
    )


class AddressView(View):
    id: str = Field(examples=["adr_01KAK4WZ7A9B1C3D5E7F9G1H3J"])
    customer_id: str
    line1: str | None
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    is_primary: bool = Field(
        description="If there are addresses, exactly one is primary. Another primary changes the customer's ETag"
    )
    created_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def of(cls, located: Located) -> "AddressView":
        address = located.address.item
        clear: dict[str, Any] = {**located.address.personal}
        return cls.model_construct(
            **clear,
            id=address.id,
            customer_id=address.customer_id,
            is_primary=located.is_primary,
            created_at=address.created_at,
            updated_at=address.updated_at,
            version=address.version,
        )
