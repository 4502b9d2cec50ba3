"""Customers: the people, as opposed to the users they sign in as."""

from typing import Any, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.attributes import ChoiceAttribute, PersonalAttribute
from chalicelib.models.personal import PersonalItem

Status = Literal["active", "erasing", "erased"]

ALL_CUSTOMERS = "CUSTOMERS"
"""The index partition in which customers are listed."""


class Customer(PersonalItem, discriminator="customer"):
    """`date_of_birth` is `YYYY-MM-DD`. `status` is what erasure has come to: everybody else is active."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute(null=True)
    status = ChoiceAttribute[Status](default="active")
    first_name = PersonalAttribute(null=True)
    middle_name = PersonalAttribute(null=True)
    last_name = PersonalAttribute(null=True)
    phone = PersonalAttribute(null=True)
    date_of_birth = PersonalAttribute(null=True)
    national_id = PersonalAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.id)

    @staticmethod
    def key(customer_id: str) -> tuple[str, str]:
        return f"CUSTOMER#{customer_id}", "CUSTOMER"

    @classmethod
    def by_id(cls, customer_id: str) -> "Customer | None":
        return cls.find(*cls.key(customer_id))

    @classmethod
    def new(cls, customer_id: str, listed_at: str, **fields: Any) -> "Customer":
        pk, sk = cls.key(customer_id)
        return cls(pk, sk, id=customer_id, gsi1pk=ALL_CUSTOMERS, gsi1sk=listed_at, **fields)


class Address(PersonalItem, discriminator="address"):
    """`country` is ISO 3166-1 alpha-2."""

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    line1 = PersonalAttribute(null=True)
    line2 = PersonalAttribute(null=True)
    city = PersonalAttribute(null=True)
    region = PersonalAttribute(null=True)
    postal_code = PersonalAttribute(null=True)
    country = PersonalAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(customer_id: str, address_id: str) -> tuple[str, str]:
        return f"CUSTOMER#{customer_id}", f"ADDRESS#{address_id}"

    @classmethod
    def new(cls, customer_id: str, address_id: str, **fields: Any) -> "Address":
        pk, sk = cls.key(customer_id, address_id)
        return cls(pk, sk, id=address_id, customer_id=customer_id, **fields)
