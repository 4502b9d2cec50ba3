"""Customers: the people, as opposed to the users they sign in as."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.customers import kyc
from chalicelib.domain.customers.address_book import AddressBook
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, PersonalAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging, query_listed
from chalicelib.models.personal import PersonalItem

Status = Literal["active", "erasing", "erased"]
ALL_CUSTOMERS = "CUSTOMERS"
"""The index partition in which customers are listed."""


class Customer(PersonalItem, discriminator="customer"):
    """`date_of_birth` is `YYYY-MM-DD`. `email` is where the bank writes to: for whoever signs in, the address of that.

    `status` is what erasure has come to: everybody else is active. `contact_set_at` (UTC) says since when `email` and
    `date_of_birth` are as they are, and `contact_set_by` who entered them; an older customer has neither. `invited_at`
    and `invited_by` tell of the last invitation to log in.
    `address_ids` are those in use, oldest first. `kyc_status` is what was decided last (`kyc.status_on` a day), with
    who decided it, why and until when. While there is a `legal_hold_reason`, nothing of the customer is erased.
    """

    id = UnicodeAttribute()
    user_id = UnicodeAttribute(null=True)
    status = ChoiceAttribute[Status](default="active")
    first_name = PersonalAttribute(null=True)
    middle_name = PersonalAttribute(null=True)
    last_name = PersonalAttribute(null=True)
    email = PersonalAttribute(null=True)
    phone = PersonalAttribute(null=True)
    date_of_birth = PersonalAttribute(null=True)
    national_id = PersonalAttribute(null=True)
    contact_set_at = UnicodeAttribute(null=True)
    contact_set_by = UnicodeAttribute(null=True)
    invited_at = UnicodeAttribute(null=True)
    invited_by = UnicodeAttribute(null=True)
    address_ids = CompactJSONAttribute(default=list)
    primary_address_id = UnicodeAttribute(null=True)
    kyc_status = ChoiceAttribute[kyc.Status](default="pending")
    kyc_reason = UnicodeAttribute(null=True)
    kyc_reviewed_by = UnicodeAttribute(null=True)
    kyc_reviewed_at = UnicodeAttribute(null=True)
    kyc_expires_on = UnicodeAttribute(null=True)
    legal_hold_reason = UnicodeAttribute(null=True)
    legal_hold_set_by = UnicodeAttribute(null=True)
    legal_hold_set_at = UnicodeAttribute(null=True)

    CONTACT: ClassVar[frozenset[str]] = frozenset({"email", "date_of_birth"})
    """What lets a customer in who is invited: the mailbox, and what the mail does not have."""
    UNREVIEWED: ClassVar[dict[str, str | None]] = {
        "kyc_status": "pending",
        **dict.fromkeys(("kyc_reason", "kyc_reviewed_by", "kyc_reviewed_at", "kyc_expires_on")),
    }

    @property
    def whose(self) -> str:
        return str(self.id)

    @staticmethod
    def partition(customer_id: str) -> str:
        """Return the partition of a customer and of what belongs to it: addresses, rules of categories."""
        return keys.customer(customer_id)

    @staticmethod
    def key(customer_id: str) -> tuple[str, str]:
        return keys.customer(customer_id), "CUSTOMER"

    @classmethod
    def by_id(cls, customer_id: str) -> "Customer | None":
        return cls.find(*cls.key(customer_id))

    @classmethod
    def all_of(cls, customer_ids: Iterable[str]) -> list["Customer"]:
        """Return the customers of these ids, in their order; one call for each hundred."""
        return get_all(cls, map(cls.key, customer_ids))

    @classmethod
    def page_of_all(cls, paging: Paging) -> Page["Customer"]:
        """Return a page of all customers, newest first."""
        return query_listed(cls, ALL_CUSTOMERS, paging)

    @classmethod
    def new(cls, customer_id: str, listed_at: str, **fields: Any) -> "Customer":
        pk, sk = cls.key(customer_id)
        return cls(pk, sk, id=customer_id, gsi1pk=ALL_CUSTOMERS, gsi1sk=listed_at, **fields)

    @classmethod
    def is_still_active(cls, customer_id: str) -> Action:
        """Make a transaction depend on a customer being neither erased nor about to be."""
        pk, sk = cls.key(customer_id)
        condition = cls.status.does_not_exist() | (cls.status == "active")
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(pk, sk, condition=condition)}

    @property
    def may_join(self) -> bool:
        """Return whether the customer may get a user: it has none, and is not being erased."""
        return self.status == "active" and self.user_id is None

    @property
    def is_on_legal_hold(self) -> bool:
        return self.legal_hold_reason is not None

    @property
    def book(self) -> AddressBook:
        return AddressBook(tuple(self.address_ids), self.primary_address_id)

    def keep(self, book: AddressBook, caller: Caller, at: str) -> Action:
        """Return the action that stores the address book, if the customer is still as it was read."""
        return self.set_as_read({"address_ids": list(book.ids), "primary_address_id": book.primary_id}, caller, at)


class Address(PersonalItem, discriminator="address"):
    """`country` is ISO 3166-1 alpha-2. Withdrawn, nothing of where it was is left."""

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    line1 = PersonalAttribute(null=True)
    line2 = PersonalAttribute(null=True)
    city = PersonalAttribute(null=True)
    region = PersonalAttribute(null=True)
    postal_code = PersonalAttribute(null=True)
    country = PersonalAttribute(null=True)
    withdrawn_at = UnicodeAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(customer_id: str, address_id: str) -> tuple[str, str]:
        return keys.customer(customer_id), f"ADDRESS#{address_id}"

    @classmethod
    def new(cls, customer_id: str, address_id: str, **fields: Any) -> "Address":
        pk, sk = cls.key(customer_id, address_id)
        return cls(pk, sk, id=address_id, customer_id=customer_id, **fields)

    def withdraw(self, caller: Caller, at: str) -> Action:
        """Forget where it was, if it is still just as it was read. No function may delete an item."""
        return self.set_as_read({**dict.fromkeys(self.personal_fields()), "withdrawn_at": at}, caller, at)
