"""The letterhead and the addressee of a printed statement."""

from chalicelib import config
from chalicelib.domain.statements.statement import StatementAccount
from chalicelib.domain.statements.table import Addressee, Letterhead
from chalicelib.models.customers.customer import Address, Customer
from chalicelib.services.crypto import personal_fields
from chalicelib.services.statements.address_format import format_address


def letterhead() -> Letterhead:
    return Letterhead(config.bank_name(), tuple(config.bank_address()))


def addressee(account: StatementAccount) -> Addressee:
    """Read the names of the owner and of the joint holders, and the owner's primary address.

    There is nothing of a customer who is erased or being erased. Only here does a statement learn a name: two reads,
    and one for the keys that are not cached.
    """
    customers = [one for one in Customer.all_of(account.named_ids) if one.status == "active"]
    address = _primary_address(customers, account.customer_id)
    items = [*customers, *([address] if address else [])]
    fields = dict(zip([one.own_key for one in items], personal_fields.reveal(items), strict=True))
    names = {one.id: _join(fields[one.own_key], "first_name", "middle_name", "last_name") for one in customers}
    known = fields[address.own_key] if address else {}
    named = tuple(filter(None, map(names.get, account.named_ids)))
    return Addressee(format_address(named, known), known.get("country") or "")


def _primary_address(customers: list[Customer], owner_id: str) -> Address | None:
    owner = next((one for one in customers if one.id == owner_id), None)
    primary_id = owner.book.primary_id if owner else None
    return Address.find(*Address.key(owner_id, primary_id)) if primary_id else None


def _join(known: dict[str, str | None], *names: str) -> str:
    return " ".join(filter(None, (known.get(name) for name in names)))
