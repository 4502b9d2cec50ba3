"""What a movement needs before it can be decided: the accounts that it names, and the moment at which it happens."""

from itertools import chain

from chalicelib import clock, config
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import next_timestamp
from chalicelib.models.accounts.account import general_ledger_account
from chalicelib.models.ledger import shards
from chalicelib.models.ledger.snapshot import Snapshot, read


def sharded(movement: Movement) -> Movement:
    """The same on this worker's shards of the bank's own accounts."""
    return movement.on({leg.account_id: shards.sharded(leg.account_id) for leg in movement.legs})


def complete(snapshot: Snapshot, movement: Movement, transaction_id: str, caller: Caller) -> str:
    """Read accounts that the movement names and the snapshot lacks; say when the posting happens.

    A shard of a general-ledger account that does not exist yet comes into being with its first entry.
    """
    unread = {leg.account_id for leg in movement.legs} - set(snapshot.accounts)
    fresh = {account_id for account_id in unread if account_id in snapshot.absent}
    if unread - fresh:
        together = read(transaction_id, unread - fresh)
        snapshot.accounts |= together.accounts
        snapshot.record = together.record
    found = [snapshot.accounts[leg.account_id] for leg in movement.legs if leg.account_id in snapshot.accounts]
    before = [account.position().before_next_entry(config.timezone()) for account in found]
    created_at = next_timestamp(clock.now(), chain.from_iterable(before))
    for leg in movement.legs:
        if is_general_ledger(leg.account_id) and leg.account_id not in snapshot.accounts:
            snapshot.accounts[leg.account_id] = general_ledger_account(
                leg.account_id, movement.currency, caller, created_at
            )
        snapshot.account(leg.account_id)
    return created_at
