"""Customers: the people, as opposed to the users they sign in as."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.item import Action, BankItem

ALL_CUSTOMERS = "CUSTOMERS"
"""The index partition in which customers are listed."""


class Customer(BankItem, discriminator="customer"):
    """Personal data, all of it: none of these fields belongs in a log. `date_of_birth` is `YYYY-MM-DD`."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute(null=True)
    first_name = UnicodeAttribute()
    middle_name = UnicodeAttribute(null=True)
    last_name = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    date_of_birth = UnicodeAttribute(null=True)

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

    def is_as_read(self) -> Action:
        """Make a transaction depend on nobody having changed the customer since it was read."""
        as_read = Customer.version == self.version
        return {"ConditionCheck": self.get_operation_kwargs_from_class(self.pk, self.sk, condition=as_read)}


class Address(BankItem, discriminator="address"):
    """`country` is ISO 3166-1 alpha-2."""

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    line1 = UnicodeAttribute()
    line2 = UnicodeAttribute(null=True)
    city = UnicodeAttribute()
    region = UnicodeAttribute(null=True)
    postal_code = UnicodeAttribute()
    country = UnicodeAttribute()

    @staticmethod
    def key(customer_id: str, address_id: str) -> tuple[str, str]:
        return f"CUSTOMER#{customer_id}", f"ADDRESS#{address_id}"

    @classmethod
    def new(cls, customer_id: str, address_id: str, **fields: Any) -> "Address":
        pk, sk = cls.key(customer_id, address_id)
        return cls(pk, sk, id=address_id, customer_id=customer_id, **fields)
