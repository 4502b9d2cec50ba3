"""Proves a new version before customers reach it: moves 0.01 between two of the bank's own accounts, and back."""

from typing import NamedTuple

from chalicelib import config
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import system
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction

AMOUNT = 1
"""The least amount of the default currency."""
OPERATION = "probe of a deployment"


class Probe(NamedTuple):
    """The transactions of a probe, there and back, and what does not hold."""

    transaction_ids: tuple[str, str]
    problem: str | None


def probe(probe_id: str) -> Probe:
    """Post a movement and its opposite, and compare the stored entries with both.

    The same id posts nothing again. Raises what the ledger raises.
    """
    there = derive_key("system", f"{probe_id}-there", OPERATION, AMOUNT)
    back = derive_key("system", f"{probe_id}-back", OPERATION, -AMOUNT)
    outcomes = [_post(key, probe_id, amount) for key, amount in ((there, AMOUNT), (back, -AMOUNT))]
    problem = next(filter(None, (_compare(outcome.transaction) for outcome in outcomes)), None)
    return Probe((there.transaction_id, back.transaction_id), problem)


def _post(key: IdempotencyKey, probe_id: str, amount: int) -> Outcome:
    """Post one movement, or find the one that was posted under the same key."""
    currency = config.default_currency()
    legs = (Leg(general_ledger.probe("from", currency), -amount), Leg(general_ledger.probe("to", currency), amount))

    def movement(_: Snapshot) -> Movement:
        return Movement(key.transaction_id, "transfer", currency, legs)

    posted = ledger.post(PostingRequest(key, system(probe_id), (), movement))
    posted.raise_refusal()
    return posted


def _compare(transaction: Transaction) -> str | None:
    """Return how the stored entries of a transaction differ from those that it lists, or None."""
    listed = {(one["account_id"], one["seq"]): one["amount"] for one in transaction.entries}
    if len(listed) != 2 or sum(listed.values()) != 0:
        return f"{transaction.id} lists {listed}, not two amounts that sum to zero"
    posted_at = str(transaction.posted_at)
    found = LedgerEntry.by_keys(LedgerEntry.key(account_id, posted_at, seq) for account_id, seq in listed)
    stored = {(entry.account_id, entry.seq): entry.amount for entry in (one.entry() for one in found)}
    return None if stored == listed else f"the ledger has {stored} of {transaction.id}, not {listed}"
