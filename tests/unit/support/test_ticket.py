"""The states of a ticket: every step that there is, every one that there is not, and the drawing of them."""

import re
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.domain.errors import Conflict, Forbidden, ValidationFailed
from chalicelib.domain.support.ticket import (
    STATUSES,
    STEPS,
    Side,
    Status,
    after_message,
    require_not_closed,
    require_resolution,
    require_step,
)

DRAWING = Path(__file__).parents[3] / "docs" / "support.md"
STAFF_STEPS = "open>in_progress in_progress>open open>resolved in_progress>resolved resolved>open resolved>closed"
CUSTOMER_STEPS = "resolved>open resolved>closed open>closed in_progress>closed"
POSSIBLE: set[tuple[str, str]] = {
    *(("staff", step) for step in STAFF_STEPS.split()),
    *(("customer", step) for step in CUSTOMER_STEPS.split()),
}


@pytest.mark.parametrize(("before", "after", "side"), list(product(STATUSES, STATUSES, get_args(Side))))
def test_every_step_and_everything_that_is_none(before: Status, after: Status, side: Side) -> None:
    if (side, f"{before}>{after}") in POSSIBLE:
        require_step(before, after, side)
    elif side == "customer" and after in ("in_progress", "resolved"):
        with pytest.raises(Forbidden):
            require_step(before, after, side)
    else:
        with pytest.raises(Conflict):
            require_step(before, after, side)


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(Conflict, match="resolved: it can become open, closed"):
        require_step("resolved", "in_progress", "staff")
    with pytest.raises(Conflict, match="closed: nothing of it changes any more"):
        require_step("closed", "open", "customer")


def test_resolving_and_only_resolving_takes_a_resolution() -> None:
    require_resolution("resolved", "It works again.")
    require_resolution("open", None)
    require_resolution(None, None)
    for status, resolution in (("resolved", None), ("closed", "done"), (None, "done")):
        with pytest.raises(ValidationFailed) as refused:
            require_resolution(status, resolution)  # type: ignore[arg-type]
        assert [error.field for error in refused.value.errors] == ["resolution"]


@pytest.mark.parametrize(
    ("before", "side", "after"),
    [
        ("open", "customer", "open"),
        ("open", "staff", "open"),
        ("in_progress", "customer", "in_progress"),
        ("resolved", "customer", "open"),
        ("resolved", "staff", "resolved"),
    ],
)
def test_what_a_message_makes_of_a_ticket(before: Status, side: Side, after: Status) -> None:
    assert after_message(before, side) == after


def test_of_a_closed_ticket_nothing_changes() -> None:
    with pytest.raises(Conflict):
        after_message("closed", "customer")
    with pytest.raises(Conflict):
        require_not_closed("closed")
    assert not any(before == "closed" for before, _ in STEPS)


def test_the_drawing_shows_the_steps_as_they_are() -> None:
    drawn: dict[tuple[str, str], set[str]] = {}
    for before, after, sides in re.findall(r"^ +(\w+) --> (\w+): ([a-z, ]+) \(", DRAWING.read_text(), re.MULTILINE):
        drawn[before, after] = set(sides.split(", "))
    assert drawn == {step: set(sides) for step, sides in STEPS.items()}
