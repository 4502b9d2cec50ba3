"""The shards, accounts and time that a movement needs before it can be decided."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib import clock, config
from chalicelib.domain import errors
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models.accounts.account import general_ledger_account
from chalicelib.models.ledger import branch_cash, shards
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import Snapshot, read_missing

SHARD_AHEAD_MAX = timedelta(milliseconds=100)
"""A worker leaves a shard whose last entry is further ahead of its clock, so that no stranger dates its entries."""


def prepare(
    asked: Movement, snapshot: Snapshot, transaction_id: str, caller: Caller, held_at: str = ""
) -> PreparedMovement:
    """Make a movement ready to be decided. Reads accounts that the snapshot lacks.

    Cash that leaves a branch comes from accounts that have it. `held_at` is the timestamp of its hold, if it had one.
    Raises NotFound, ConflictOfInterest for staff who own or hold one of the accounts, and ClockSkew if the hold or an
    account's last entry is too far ahead of this clock.
    """
    _require_impartial(asked, snapshot, caller)
    movement = _on_shards(asked)
    snapshot = read_missing(snapshot, _names(movement), transaction_id)
    now = clock.now()
    if _is_shard_ahead(asked, snapshot, now):
        everywhere = [shards.shard(name, number) for name in _spread(asked) for number in shards.numbers()]
        snapshot = read_missing(snapshot, everywhere, transaction_id)
        shards.take(_shard_in_time(asked, snapshot, now))
        movement = _on_shards(asked)
    movement, snapshot = branch_cash.draw(movement, snapshot, _in_time(asked, snapshot, now))
    at = clock.next_timestamp(now, {transaction_id: held_at} | _before(_names(movement), snapshot))
    return PreparedMovement(movement, _with_new_shards(snapshot, movement, caller, at), at)


def _require_impartial(movement: Movement, snapshot: Snapshot, caller: Caller) -> None:
    """Ask on the read that the write is conditioned on: a service may have asked before, and a holding begun since."""
    if caller.own_customer_id is None:
        return
    for name in _names(movement):
        if name in snapshot.accounts:
            snapshot.accounts[name].access().require_impartial(caller)


def _on_shards(movement: Movement) -> Movement:
    return movement.on({name: shards.own_shard(name) for name in _names(movement)})


def _names(movement: Movement) -> list[str]:
    return [leg.account_id for leg in movement.legs]


def _spread(movement: Movement) -> list[str]:
    """Return the general-ledger accounts of a movement whose shard the worker chooses."""
    return list(filter(shards.is_spread, _names(movement)))


def _before(names: Iterable[str], snapshot: Snapshot) -> dict[str, str]:
    """Return, for each account that exists, the timestamp that its next entry must come after, "" for none."""
    accounts = [snapshot.accounts[name] for name in names if name in snapshot.accounts]
    zone = config.timezone()
    return {account.id: max(account.position().before_next_entry(zone), default="") for account in accounts}


def _is_shard_ahead(asked: Movement, snapshot: Snapshot, now: datetime) -> bool:
    """Return whether this worker's shard would date the entries of a movement, rather than clock and customers."""
    spread = _spread(asked)
    if not spread:  # a transfer between customers: nothing is compared
        return False
    return _last_entries([shards.own_shard(name) for name in spread], snapshot) > _in_time(asked, snapshot, now)


def _shard_in_time(asked: Movement, snapshot: Snapshot, now: datetime) -> int:
    """Return a random shard that dates no entry of a movement; if there is none, the least advanced one."""
    until, spread = _in_time(asked, snapshot, now), _spread(asked)
    last = {
        number: _last_entries([shards.shard(name, number) for name in spread], snapshot) for number in shards.numbers()
    }
    in_time = [number for number in last if last[number] <= until]
    return random.choice(in_time) if in_time else min(last, key=lambda number: last[number])


def _in_time(asked: Movement, snapshot: Snapshot, now: datetime) -> str:
    """Return the latest moment at which a shard may have its last entry."""
    others = _before(_names(asked), snapshot)  # an account that is spread is read as its shards only
    return timestamp(moment(max([timestamp(now), *others.values()])) + SHARD_AHEAD_MAX)


def _last_entries(names: Iterable[str], snapshot: Snapshot) -> str:
    """Return when the last entry of any of these accounts was made, "" if none exists."""
    return max(_before(names, snapshot).values(), default="")


def _with_new_shards(snapshot: Snapshot, movement: Movement, caller: Caller, at: str) -> Snapshot:
    """Add shards of general-ledger accounts that begin with this movement. Raises NotFound for any other account."""
    missing = [name for name in _names(movement) if name not in snapshot.accounts]
    for account_id in missing:
        if not is_general_ledger(account_id):
            raise errors.unknown("account", account_id)
    return snapshot.with_accounts(
        {account_id: general_ledger_account(account_id, movement.currency, caller, at) for account_id in missing}
    )
