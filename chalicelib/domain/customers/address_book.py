"""A customer's addresses: any number up to a limit, exactly one of them primary while there is any."""

from dataclasses import dataclass

from chalicelib.domain.errors import Conflict

ADDRESSES_MAX = 20


@dataclass(frozen=True)
class AddressBook:
    """Ids of addresses, oldest first. It stands on the customer as a whole, so that no two requests can part it."""

    ids: tuple[str, ...] = ()
    primary_id: str | None = None

    def with_address(self, address_id: str, *, is_primary: bool) -> "AddressBook":
        """Return the book with an address added; the first is always primary. Raises Conflict when the book is full."""
        if len(self.ids) >= ADDRESSES_MAX:
            raise Conflict(f"There are {ADDRESSES_MAX} addresses already. Delete one first.")
        primary_id = address_id if is_primary or self.primary_id is None else self.primary_id
        return AddressBook((*self.ids, address_id), primary_id)

    def with_primary(self, address_id: str) -> "AddressBook":
        return AddressBook(self.ids, address_id)

    def without(self, address_id: str) -> "AddressBook":
        """Return the book without an address. If it was primary, the oldest of the others becomes primary."""
        others = tuple(one for one in self.ids if one != address_id)
        primary_id = self.primary_id if self.primary_id in others else next(iter(others), None)
        return AddressBook(others, primary_id)
