"""Identity reviews of customers (KYC): states and steps; docs/customers.md has the diagram."""

from collections.abc import Iterable
from datetime import date
from typing import Literal, get_args

from chalicelib.domain.errors import Conflict, ValidationFailed

Status = Literal["pending", "verified", "rejected", "expired"]
STATUSES: tuple[Status, ...] = get_args(Status)

STEPS: frozenset[tuple[Status, Status]] = frozenset(
    {
        ("pending", "verified"),
        ("pending", "rejected"),
        ("rejected", "pending"),
        ("verified", "verified"),
        ("verified", "pending"),
        ("verified", "rejected"),
        ("verified", "expired"),
        ("expired", "verified"),
        ("expired", "pending"),
        ("expired", "rejected"),
    }
)
"""Those that staff take. Whoever was rejected is looked at anew before anything else; verifying again renews."""

IDENTITY = frozenset({"first_name", "middle_name", "last_name", "date_of_birth", "national_id"})
"""What is compared with documents: changed later, nobody has compared it."""


def status_on(today: date, status: Status, expires_on: str | None) -> Status:
    """Return the status on a day: verified through `expires_on`, then expired. No job has to run for it."""
    return "expired" if status == "verified" and expires_on and expires_on < today.isoformat() else status


def require_step(before: Status, after: Status) -> None:
    """Raise Conflict for a step that the diagram does not have."""
    if (before, after) not in STEPS:
        possible = [status for status in STATUSES if (before, status) in STEPS]
        raise Conflict(f"The customer is {before}: it can become {', '.join(possible)}.")


def require_expiry(after: Status, expires_on: str | None, today: date) -> None:
    """Raise ValidationFailed unless the end date belongs to a verification and has not passed."""
    if expires_on is None:
        return
    if after != "verified":
        raise ValidationFailed.of("expires_on", 'goes with "status": "verified"')
    if expires_on < today.isoformat():
        raise ValidationFailed.of("expires_on", "must not be in the past")


def is_outdated(status: Status, edited: Iterable[str]) -> bool:
    """Return whether an edit of these fields invalidates a verification: nobody has compared the new values."""
    return status == "verified" and not IDENTITY.isdisjoint(edited)
