"""What holds a movement back until another person has approved it."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger.posting import Awaited
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.ledger.prepared_movement import PreparedMovement


@dataclass(frozen=True)
class Wait:
    """Why a movement waits, until when at most (UTC), and its approval, which commits with the hold."""

    awaits: Awaited
    until: str
    approval: Approval


class BeyondAllowance(Exception):
    """The write itself has found that a customer's day would be larger than an allowance. Nothing was posted."""


@dataclass(frozen=True)
class Allowance:
    """A movement that may be posted at once, unless its customers have then paid more than `most` (minor units) that
    day, from all accounts. Then it waits for what `beyond` returns, or is refused as `beyond` raises.
    """

    most: int
    beyond: Callable[[PreparedMovement], Wait | None]


Judge = Callable[[PreparedMovement], Refusal | Wait | Allowance | None]
"""Decides about a movement that could be posted: its refusal, what it waits for, up to what it need not, or None."""
