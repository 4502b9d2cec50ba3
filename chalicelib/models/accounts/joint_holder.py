"""The place of a jointly held account in its holder's list of accounts, also of an ended holding.

What the holder may do stands on the account alone, where postings read it; both are written in one transaction, under
the condition that the account is as it was read.
"""

from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.accounts.account import ACCOUNT, Account, listing_key
from chalicelib.models.attributes import ChoiceAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import walk_keys

Status = Literal["active", "ended"]


class Holder(BankItem, discriminator="holder"):
    """`owner_id` is the customer who owned the account when the item was written last."""

    account_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    status = ChoiceAttribute[Status]()
    owner_id = UnicodeAttribute(null=True)

    @staticmethod
    def key(account_id: str, customer_id: str) -> tuple[str, str]:
        return keys.account(account_id), f"HOLDER#{customer_id}"


def _former(customer_id: str) -> str:
    """Return the index partition of the accounts that a customer has held, and holds no more."""
    return f"FORMER_HOLDER#{customer_id}"


def once_held_by(customer_id: str) -> list[str]:
    """Return the ids of others' accounts that a customer holds no more, by an index that may be a moment behind."""
    return [keys.id_in(pk) for page in walk_keys(_former(customer_id), "gsi1") for pk, _ in page]


def account_ids_of(customer_id: str) -> list[str]:
    """Return the ids of others' accounts that are listed as a customer's, by an index that may be a moment behind."""
    return [keys.id_in(pk) for page in Account.walk_of_customer(customer_id) for pk, sk in page if sk != ACCOUNT]


def join(account: Account, customer_id: str, caller: Caller, at: str) -> Action:
    """List the account as the customer's, in the order of opening; the item may stand there from an earlier time."""
    return _write(account, customer_id, "active", caller, at)


def end(account: Account, customer_id: str, caller: Caller, at: str) -> Action:
    """Take the account from the customer's list to that of accounts once held; the item stays."""
    return _write(account, customer_id, "ended", caller, at)


def _write(account: Account, customer_id: str, status: Status, caller: Caller, at: str) -> Action:
    kind = Holder
    item = kind(*kind.key(account.id, customer_id))
    partition, place = listing_key(customer_id, str(account.created_at))
    if status == "ended":
        partition = _former(customer_id)
    changes = item.stamp_changes(
        [
            kind.type.set(kind),
            kind.account_id.set(account.id),
            kind.customer_id.set(customer_id),
            kind.status.set(status),
            kind.owner_id.set(account.customer_id),
            kind.created_at.set(kind.created_at | at),
            kind.gsi1pk.set(partition),
            kind.gsi1sk.set(place),
        ],
        caller,
        at,
    )
    return {"Update": item.get_update_kwargs_from_instance(changes)}
