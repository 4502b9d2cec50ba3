"""Who sees an announcement, and when."""

import pytest

from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.permissions import ROLES
from chalicelib.domain.support.announcement import audiences, require_in_order, state

EARLY, NOON, LATE = (f"2026-11-21T{hour}:00:00.000000Z" for hour in ("08", "12", "16"))


@pytest.mark.parametrize(
    ("at", "until", "expected"),
    [
        (EARLY, None, "scheduled"),
        (NOON, None, "published"),
        (NOON, LATE, "published"),
        (LATE, None, "published"),
        (LATE, LATE, "over"),
    ],
)
def test_the_state_follows_from_the_time(at: str, until: str | None, expected: str) -> None:
    assert state(at, NOON, until, is_withdrawn=False) == expected
    assert state(at, NOON, until, is_withdrawn=True) == "withdrawn"


def test_who_works_for_the_bank_sees_what_its_customers_see() -> None:
    assert audiences("customer") == {"everyone", "customers"}
    for role in set(ROLES) - {"customer"}:
        assert audiences(role) == {"everyone", "customers", "staff"}


def test_the_end_comes_after_the_beginning() -> None:
    require_in_order(NOON, None)
    require_in_order(NOON, LATE)
    for until in (EARLY, NOON):
        with pytest.raises(ValidationFailed, match="published_until"):
            require_in_order(NOON, until)
