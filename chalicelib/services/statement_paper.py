"""What a printed statement needs besides its entries: the bank's letterhead, and whom it is addressed to."""

from chalicelib import config
from chalicelib.domain.statement_table import Addressee, Letterhead
from chalicelib.models.customer import Address, Customer
from chalicelib.models.item import BankItem


def letterhead() -> Letterhead:
    return Letterhead(config.bank_name(), tuple(config.bank_address()))


def addressee(customer_id: str) -> Addressee:
    """A customer's name and first address, in one read. The only place where a statement learns who somebody is."""
    raw = BankItem.query_once(Customer.key(customer_id)[0], consistent_read=False, limit=20)["Items"]
    items = [BankItem.from_raw_data(item) for item in raw]
    customer = next((item for item in items if isinstance(item, Customer)), None)
    address = next((item for item in items if isinstance(item, Address)), None)
    name = [customer.first_name, customer.middle_name, customer.last_name] if customer else []
    return Addressee(" ".join(filter(None, name)), _lines(address) if address else ())


def _lines(address: Address) -> tuple[str, ...]:
    town = " ".join(filter(None, [address.postal_code, address.city]))
    return tuple(filter(None, [address.line1, address.line2, town, address.region, address.country]))
