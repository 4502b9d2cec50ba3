"""The count of a customer's open accounts. It prevents opening an account during an erasure."""

from typing import Literal

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Action, BankItem


class CustomerAccounts(BankItem, discriminator="customer_accounts"):
    """`is_barred` from the moment at which erasure begins: no account is opened any more."""

    customer_id = UnicodeAttribute()
    open = IntegerAttribute()
    is_barred = BooleanAttribute(null=True)

    @classmethod
    def count_change(cls, customer_id: str, change: Literal["opened", "closed"], caller: Caller, at: str) -> Action:
        """Count an account in the transaction that opens or closes it. Refused to open one when they are barred."""
        item = cls(Customer.key(customer_id)[0], "ACCOUNTS")
        changes = [
            cls.type.set(cls),
            cls.customer_id.set(customer_id),
            cls.created_at.set(cls.created_at | at),
            cls.open.add(1 if change == "opened" else -1),
        ]
        if change == "opened":
            return item.update_if(cls.is_barred.does_not_exist(), changes, caller, at)
        return {"Update": item.get_update_kwargs_from_instance(item.stamp_changes(changes, caller, at))}

    @classmethod
    def bar_new_accounts(cls, customer_id: str, caller: Caller, at: str) -> Action:
        """Return the action that bars new accounts, if none is open."""
        item = cls(Customer.key(customer_id)[0], "ACCOUNTS")
        changes = [
            cls.type.set(cls),
            cls.customer_id.set(customer_id),
            cls.created_at.set(cls.created_at | at),
            cls.open.add(0),
            cls.is_barred.set(True),
        ]
        return item.update_if(cls.open.does_not_exist() | (cls.open <= 0), changes, caller, at)
