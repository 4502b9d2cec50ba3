"""Partitions in which records are found: those of the table, and those of the index of lists."""

from chalicelib.domain.ids import Prefix, is_id
from chalicelib.domain.interest.rate import STANDARD_MILLIONTHS
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.month import is_month
from chalicelib.models import keys

_KINDS: dict[Prefix, str] = {
    "acc": "ACCOUNT",
    "usr": "USER",
    "cus": "CUSTOMER",
    "txn": "TXN",
    "brn": "BRANCH",
    "tkt": "TICKET",
    "alr": "ALERT",
    "ann": "ANNOUNCEMENT",
    "apr": "APPROVAL",
    "sto": "ORDER",
    "sch": "ORDER",
    "pfl": "PAYMENT_FILE",
    "rcl": "RECALL",
}


def partition_of(entity_id: str) -> str | None:
    """Return the partition in which all that happened to an entity is; None for what cannot be an id.

    Rates of interest are found by the type of account that earns them, runs by their period, what operators do with a
    key of the bank by the key's name, and what the bank sets once, such as its policies, by the name in the API.
    """
    for prefix, kind in _KINDS.items():
        if is_id(prefix, entity_id):
            return f"{kind}#{entity_id}"
    if entity_id in STANDARD_MILLIONTHS:
        return f"RATE#{entity_id}"
    if is_month(entity_id):
        return f"INTEREST#{entity_id}"
    return keys.account(entity_id) if is_general_ledger(entity_id) else keys.NAMED_PARTITIONS.get(entity_id)


def logins_list(month: str) -> str:
    """Return the index partition of a month's log-ins."""
    return f"LOGINS#{month}"


def edits_list(account_id: str) -> str:
    """Return the index partition of an account's edits."""
    return f"EDITS#{account_id}"
