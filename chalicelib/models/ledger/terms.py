"""The terms of a settlement: what a service asks of a pending transaction at the moment of its posting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.ledger.posting import Movement
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction


class RightEnded(Exception):
    """The maker of a pending transaction may not make it any more: it is voided. The message is its reason."""


Decide = Callable[[Approval, str], dict[str, Any]]
"""Returns the fields that a decision sets on an approval as it was read. Takes the moment (UTC); raises refusals."""


@dataclass(frozen=True)
class Terms:
    """The conditions that a settlement asks at its own moment, and what commits with it.

    `movement` returns the movement with the limits of that moment, from the transaction and the items that were read.
    It raises RightEnded, or the error of a caller who may not settle. `others` are read with the accounts, and `guards`
    must hold when the settlement commits. `follow` returns what else commits, of the transaction as it is then.
    `decide` is the last decision that the transaction's approval needs: without it, one with an approval is not posted.
    `is_paid`: the clearing has answered that another bank has the money. Such a payment is posted in any case, and
    what the clearing has in hand is posted on such terms only.
    """

    movement: Callable[[Transaction, Snapshot], Movement] = lambda pending, _: pending.movement()
    others: tuple[Key, ...] = ()
    guards: tuple[Action, ...] = ()
    follow: Callable[[Transaction], list[Action]] = lambda _: []
    decide: Decide | None = None
    is_paid: bool = False


AS_HELD = Terms()
"""No limits, and no questions to anybody but the accounts."""
