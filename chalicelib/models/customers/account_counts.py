"""The count of a customer's open accounts. It prevents opening an account during an erasure."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Change

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Action, BankItem, Key


class CustomerAccounts(BankItem, discriminator="customer_accounts"):
    """`is_barred` from the moment at which erasure begins: no account is opened any more.

    `alone` has for each currency the customer's only account, the first, or "" once it owned more, or held one of
    others. It is None for customers from before it was kept, whose accounts never count alone.
    """

    customer_id = UnicodeAttribute()
    open = IntegerAttribute()
    is_barred = BooleanAttribute(null=True)
    alone = CompactJSONAttribute(null=True)

    @staticmethod
    def key(customer_id: str) -> Key:
        return Customer.key(customer_id)[0], "ACCOUNTS"

    @classmethod
    def of(cls, customer_id: str) -> "CustomerAccounts":
        """Read the count of a customer, or return that of one who has never had an account."""
        return cls.find(*cls.key(customer_id)) or cls(*cls.key(customer_id), version=0, open=0, alone={})

    def count_opened(self, customer_id: str, alone: dict[str, str] | None, caller: Caller, at: str) -> Action:
        """Count an account in the transaction that opens it, and set `alone` if it was still as it was read.

        Refused when accounts are barred.
        """
        kind = type(self)
        changes = [*self._counting(customer_id, 1, at), *([] if alone is None else [kind.alone.set(alone)])]
        return self.update_if(kind.is_barred.does_not_exist() & self._is_as_read(), changes, caller, at)

    def share(self, customer_id: str, alone: dict[str, str], caller: Caller, at: str) -> Action:
        """Set `alone` without another account, if it was still as it was read."""
        changes = [*self._counting(customer_id, 0, at), type(self).alone.set(alone)]
        return self.update_if(self._is_as_read(), changes, caller, at)

    def _is_as_read(self) -> Condition:
        kind = type(self)
        return kind.alone == self.alone if self.version and self.alone is not None else kind.alone.does_not_exist()

    @classmethod
    def count_closed(cls, customer_id: str, caller: Caller, at: str) -> Action:
        """Count an account in the transaction that closes it."""
        item = cls(*cls.key(customer_id))
        changes = item.stamp_changes(cls._counting(customer_id, -1, at), caller, at)
        return {"Update": item.get_update_kwargs_from_instance(changes)}

    @classmethod
    def bar_new_accounts(cls, customer_id: str, caller: Caller, at: str) -> Action:
        """Return the action that bars new accounts, if none is open."""
        item = cls(*cls.key(customer_id))
        changes = [*cls._counting(customer_id, 0, at), cls.is_barred.set(True)]
        return item.update_if(cls.open.does_not_exist() | (cls.open <= 0), changes, caller, at)

    @classmethod
    def _counting(cls, customer_id: str, more: int, at: str) -> list[Change]:
        return [
            cls.type.set(cls),
            cls.customer_id.set(customer_id),
            cls.created_at.set(cls.created_at | at),
            cls.open.add(more),
        ]
