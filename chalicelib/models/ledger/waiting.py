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


Judge = Callable[[PreparedMovement], Refusal | Wait | None]
"""Decides about a movement that could be posted: its refusal, what it waits for, or None."""
