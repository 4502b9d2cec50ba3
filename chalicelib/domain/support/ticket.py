"""The states of a ticket and who may take each step; docs/support.md has the diagram."""

from typing import Literal, get_args

from chalicelib.domain.errors import Conflict, Forbidden, ValidationFailed

Status = Literal["open", "in_progress", "resolved", "closed"]
STATUSES: tuple[Status, ...] = get_args(Status)
Side = Literal["customer", "staff"]

_STAFF = frozenset[Side]({"staff"})
_CUSTOMER = frozenset[Side]({"customer"})
_BOTH = _STAFF | _CUSTOMER

STEPS: dict[tuple[Status, Status], frozenset[Side]] = {
    ("open", "in_progress"): _STAFF,
    ("in_progress", "open"): _STAFF,
    ("open", "resolved"): _STAFF,
    ("in_progress", "resolved"): _STAFF,
    ("resolved", "open"): _BOTH,
    ("resolved", "closed"): _BOTH,
    ("open", "closed"): _CUSTOMER,
    ("in_progress", "closed"): _CUSTOMER,
}
"""Resolving takes words. What is not resolved the customer may withdraw, the bank may not close. Closed is the end."""


def require_step(before: Status, after: Status, side: Side) -> None:
    """Raise Forbidden for a status that this side may never set, Conflict for a step that the diagram does not have."""
    if not any(step[1] == after and side in sides for step, sides in STEPS.items()):
        raise Forbidden(f"Only staff may set a ticket to {after}.")
    if side in STEPS.get((before, after), ()):
        return
    possible = [step[1] for step, sides in STEPS.items() if step[0] == before and side in sides]
    told = f"it can become {', '.join(possible)}" if possible else "nothing of it changes any more"
    raise Conflict(f"The ticket is {before}: {told}.")


def require_resolution(after: Status | None, resolution: str | None) -> None:
    """Raise ValidationFailed unless a resolution is given exactly when the ticket is resolved."""
    if after == "resolved" and resolution is None:
        raise ValidationFailed.of("resolution", "is required: say how it was resolved")
    if after != "resolved" and resolution is not None:
        raise ValidationFailed.of("resolution", 'goes with "status": "resolved"')


def require_not_closed(status: Status) -> None:
    """Raise Conflict for a closed ticket, which never changes."""
    if status == "closed":
        raise Conflict("The ticket is closed. Raise another one.")


def after_message(status: Status, side: Side) -> Status:
    """Return the status after a message. A customer's message reopens a resolved ticket, so that it is read."""
    require_not_closed(status)
    return "open" if status == "resolved" and side == "customer" else status
