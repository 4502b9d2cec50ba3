"""Chooses the accounts of a branch's cash that pay an amount, so that none of them pays more than it has.

The worker's own shard pays if it has enough: it is read and written anyway. Otherwise all shards and the vault are
read, and one that has enough pays, or several together. Each is written on the version that was read, so payments at
once never take more than there is.
"""

import random
from collections.abc import Mapping
from dataclasses import replace

from chalicelib import config
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.models.ledger import shards
from chalicelib.models.ledger.snapshot import Snapshot, read_missing


def draw(movement: Movement, snapshot: Snapshot, in_time: str) -> tuple[Movement, Snapshot]:
    """Return a movement whose cash comes from accounts that have it, and the snapshot with these.

    If the branch has too little, the movement's `funds` say so. Shards whose last entry is later than `in_time` (a
    timestamp) are chosen last.
    """
    paying = next(filter(_is_paid_by_branch, movement.legs), None)
    if paying is None or not _is_bound(movement) or _is_enough(movement, paying, snapshot):
        return movement, snapshot
    names = shards.all_of(shards.without_shard(paying.account_id))
    snapshot = read_missing(snapshot, names, movement.transaction_id)
    cash = {name: _cash(name, snapshot) for name in names}
    funds = sum(cash.values())
    if funds < paying.amount:
        return replace(movement, funds=funds), snapshot
    late = {name for name in names if name in snapshot.accounts and _last_entry(name, snapshot) > in_time}
    taken = _choose(paying, cash, late)
    legs = tuple(one for leg in movement.legs for one in (taken if leg is paying else [leg]))
    return replace(movement, legs=legs), snapshot


def _is_paid_by_branch(leg: Leg) -> bool:
    """Return whether cash leaves a branch: its account, which is negative, is credited."""
    return leg.amount > 0 and general_ledger.branch_of(leg.account_id) is not None


def _is_bound(movement: Movement) -> bool:
    return movement.within_cash or config.counts_branch_cash()


def _is_enough(movement: Movement, paying: Leg, snapshot: Snapshot) -> bool:
    """Return whether the account that pays has enough, and nothing else is asked of the branch."""
    return not movement.within_cash and _cash(paying.account_id, snapshot) >= paying.amount


def _choose(paying: Leg, cash: Mapping[str, int], late: set[str]) -> list[Leg]:
    """Return one leg if any account has enough, otherwise several, the richest account's first."""
    enough = [name for name in cash if cash[name] >= paying.amount]
    if paying.account_id in enough:
        return [paying]
    if enough:
        in_time = [name for name in enough if name not in late] or enough
        name = random.choice([one for one in in_time if not shards.is_vault(one)] or in_time)
        shards.keep(name)
        return [Leg(name, paying.amount)]
    taken, left = list[Leg](), paying.amount
    for name in sorted(cash, key=lambda name: -cash[name]):
        part = min(left, cash[name])
        if part > 0:
            taken.append(Leg(name, part))
            left -= part
    return taken


def _cash(account_id: str, snapshot: Snapshot) -> int:
    return -snapshot.accounts[account_id].balance if account_id in snapshot.accounts else 0


def _last_entry(account_id: str, snapshot: Snapshot) -> str:
    return snapshot.accounts[account_id].last_entry_at or ""
