"""What holds a movement back until another person has approved it."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger.posting import Awaited
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.share import Share


@dataclass(frozen=True)
class Wait:
    """Why a movement waits, until when at most (UTC), and its approval, which commits with the hold."""

    awaits: Awaited
    until: str
    approval: Approval


class BeyondAllowance(Exception):
    """The write itself has found that the day of a customer, or of a member of staff, would be larger than an
    allowance. Nothing was posted."""

    def __init__(self, *, is_of_staff: bool = False):
        super().__init__()
        self.is_of_staff = is_of_staff


@dataclass(frozen=True)
class Allowance:
    """A movement that may be posted at once, unless its customers have then paid more than `most` (minor units) that
    day, from all accounts, or a member of staff has moved more than the bound of one of the `shares`. Then it waits for
    what `beyond` returns of the cause, or is refused as `beyond` raises.
    """

    most: int | None
    beyond: Callable[[PreparedMovement, BeyondAllowance], Wait | None]
    shares: tuple[Share, ...] = ()


Judge = Callable[[PreparedMovement], Refusal | Wait | Allowance | None]
"""Decides about a movement that could be posted: its refusal, what it waits for, up to what it need not, or None."""
