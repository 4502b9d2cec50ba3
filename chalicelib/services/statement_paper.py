"""What a printed statement needs besides its entries: the bank's letterhead, and whom it is addressed to."""

from chalicelib import config
from chalicelib.domain.statement_table import Addressee, Letterhead
from chalicelib.models.customer import Address, Customer
from chalicelib.models.item import BankItem
from chalicelib.services import personal

KINDS = {"customer", "address"}
"""Of all that stands under a customer; this process knows no other kinds of items."""
ITEMS_MAX = 200


def letterhead() -> Letterhead:
    return Letterhead(config.bank_name(), tuple(config.bank_address()))


def addressee(customer_id: str) -> Addressee:
    """A customer's name and first address; nothing of one who was erased.

    The only place where a statement learns who somebody is: one read, and one for the key where it is not at hand.
    """
    raw = BankItem.query_once(Customer.key(customer_id)[0], consistent_read=True, limit=ITEMS_MAX)["Items"]
    items = [BankItem.from_raw_data(item) for item in raw if item["type"]["S"] in KINDS]
    people = [item for item in items if isinstance(item, Customer)][:1]
    addresses = [item for item in items if isinstance(item, Address)][:1]
    known: dict[str, str | None] = {}
    for fields in personal.reveal([*people, *addresses]):
        known |= fields
    name = _joined(known, "first_name", "middle_name", "last_name")
    town = _joined(known, "postal_code", "city")
    lines = [known.get("line1"), known.get("line2"), town, known.get("region"), known.get("country")]
    return Addressee(name, tuple(filter(None, lines)))


def _joined(known: dict[str, str | None], *names: str) -> str:
    return " ".join(filter(None, (known.get(name) for name in names)))
