"""The shards, accounts and time that a movement needs before it can be decided."""

from dataclasses import dataclass, replace
from itertools import chain

from chalicelib import clock, config
from chalicelib.domain import errors
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.posting import Movement, Positions
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, next_timestamp
from chalicelib.models.accounts.account import general_ledger_account
from chalicelib.models.ledger import shards
from chalicelib.models.ledger.snapshot import Snapshot, read


@dataclass(frozen=True)
class PreparedMovement:
    """A movement on this worker's shards, with all its accounts in the snapshot, and the time when it happens."""

    movement: Movement
    snapshot: Snapshot
    at: str

    @property
    def positions(self) -> Positions:
        return self.snapshot.positions()

    @property
    def day(self) -> str:
        """Return the bank's day on which the movement counts against limits."""
        return day(self.at, config.timezone()).isoformat()


def prepare(movement: Movement, snapshot: Snapshot, transaction_id: str, caller: Caller) -> PreparedMovement:
    """Make a movement ready to be decided. Reads accounts that the snapshot lacks; raises NotFound."""
    movement = movement.on({leg.account_id: shards.sharded(leg.account_id) for leg in movement.legs})
    snapshot = _with_missing_accounts(snapshot, movement, transaction_id)
    at = _time_of(movement, snapshot)
    return PreparedMovement(movement, _with_new_shards(snapshot, movement, caller, at), at)


def _with_missing_accounts(snapshot: Snapshot, movement: Movement, transaction_id: str) -> Snapshot:
    """Add accounts that were not read yet, and the record of the key, read together with them."""
    unread = {leg.account_id for leg in movement.legs} - snapshot.accounts.keys() - snapshot.absent
    if not unread:
        return snapshot
    together = read(transaction_id, unread)
    return replace(snapshot.with_accounts(together.accounts), record=together.record)


def _time_of(movement: Movement, snapshot: Snapshot) -> str:
    """Return a timestamp later than every entry of the accounts that exist."""
    accounts = [snapshot.accounts[leg.account_id] for leg in movement.legs if leg.account_id in snapshot.accounts]
    before = [account.position().before_next_entry(config.timezone()) for account in accounts]
    return next_timestamp(clock.now(), chain.from_iterable(before))


def _with_new_shards(snapshot: Snapshot, movement: Movement, caller: Caller, at: str) -> Snapshot:
    """Add shards of general-ledger accounts that begin with this movement. Raises NotFound for any other account."""
    missing = [leg.account_id for leg in movement.legs if leg.account_id not in snapshot.accounts]
    for account_id in missing:
        if not is_general_ledger(account_id):
            raise errors.unknown("account", account_id)
    return snapshot.with_accounts(
        {account_id: general_ledger_account(account_id, movement.currency, caller, at) for account_id in missing}
    )
