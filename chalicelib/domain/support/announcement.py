"""Announcements: for whom they are, and when they are seen."""

from typing import Literal

from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.permissions import Role

Audience = Literal["everyone", "customers", "staff"]
State = Literal["scheduled", "published", "over", "withdrawn"]

PUBLIC = frozenset[Audience]({"everyone"})
"""What those see who have not signed in."""


def audiences(role: Role) -> frozenset[Audience]:
    """Return the audiences whose announcements a role sees. Staff and auditors also see those for customers."""
    return PUBLIC | {"customers"} if role == "customer" else PUBLIC | {"customers", "staff"}


def state(at: str, published_from: str, published_until: str | None, *, is_withdrawn: bool) -> State:
    """Return the state at a moment.

    All are timestamps in UTC: visible from the first moment on, until before the last.
    """
    if is_withdrawn:
        return "withdrawn"
    if at < published_from:
        return "scheduled"
    return "over" if published_until is not None and published_until <= at else "published"


def require_in_order(published_from: str, published_until: str | None) -> None:
    """Raise ValidationFailed for an announcement that would never be visible."""
    if published_until is not None and published_until <= published_from:
        raise ValidationFailed.of("published_until", "must be after published_from")
