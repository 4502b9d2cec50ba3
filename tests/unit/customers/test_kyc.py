"""The states of what is known of who a customer is: every step that there is, every one that there is not."""

import re
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from chalicelib.domain.customers.kyc import (
    STATUSES,
    STEPS,
    Status,
    is_outdated,
    require_expiry,
    require_step,
    status_on,
)
from chalicelib.domain.errors import Conflict, ValidationFailed

DRAWING = Path(__file__).parents[3] / "docs" / "customers.md"
POSSIBLE = (
    "pending>verified pending>rejected rejected>pending verified>verified verified>pending verified>rejected"
    " verified>expired expired>verified expired>pending expired>rejected"
).split()
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_every_step_and_everything_that_is_none(before: Status, after: Status) -> None:
    if f"{before}>{after}" in POSSIBLE:
        require_step(before, after)
    else:
        with pytest.raises(Conflict, match=f"is {before}: it can become"):
            require_step(before, after)


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(Conflict, match=r"rejected: it can become pending\.$"):
        require_step("rejected", "verified")


@pytest.mark.parametrize(
    ("status", "expires_on", "told"),
    [
        ("verified", None, "verified"),
        ("verified", "2026-11-22", "verified"),
        ("verified", "2026-11-21", "verified"),
        ("verified", "2026-11-20", "expired"),
        ("expired", None, "expired"),
        ("pending", "2026-11-20", "pending"),
        ("rejected", None, "rejected"),
    ],
)
def test_a_verification_ends_by_itself(status: Status, expires_on: str | None, told: Status) -> None:
    assert status_on(TODAY, status, expires_on) == told


def test_only_a_verification_has_an_end_and_not_in_the_past() -> None:
    require_expiry("verified", "2026-11-21", TODAY)
    require_expiry("rejected", None, TODAY)
    cases: list[tuple[Status, str]] = [
        ("verified", "2026-11-20"),
        ("rejected", "2030-01-01"),
        ("expired", "2026-11-21"),
    ]
    for status, expires_on in cases:
        with pytest.raises(ValidationFailed) as refused:
            require_expiry(status, expires_on, TODAY)
        assert [error.field for error in refused.value.errors] == ["expires_on"]


def test_another_identity_outdates_a_verification_and_nothing_else() -> None:
    assert is_outdated("verified", ["phone", "last_name"])
    assert is_outdated("verified", ["national_id"])
    assert not is_outdated("verified", ["phone", "email"])
    assert not is_outdated("rejected", ["last_name"])


def test_the_drawing_shows_the_steps_as_they_are() -> None:
    drawn = re.findall(r"^ +(\w+) --> (\w+): staff", DRAWING.read_text(), re.MULTILINE)
    assert sorted(drawn) == sorted(STEPS)
