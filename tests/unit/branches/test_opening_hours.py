"""Opening hours are stretches of a day, one after the other."""

import pytest

from chalicelib.domain.branches.opening_hours import check


@pytest.mark.parametrize(
    "stretches",
    [[], ["09:00-17:00"], ["00:00-24:00"], ["09:00-12:30", "13:30-17:00"], ["09:00-12:00", "12:00-23:59"]],
)
def test_what_a_day_may_be(stretches: list[str]) -> None:
    check(stretches)


@pytest.mark.parametrize(
    "stretches",
    [
        ["9:00-17:00"],
        ["09:00–17:00"],
        ["09:00-17:00\n"],
        ["０9:00-17:00"],
        ["09:60-17:00"],
        ["24:00-24:00"],
        ["09:00-24:01"],
        ["17:00-09:00"],
        ["09:00-09:00"],
        ["09:00-12:00", "11:59-17:00"],
        ["13:00-17:00", "09:00-12:00"],
        ["closed"],
        [""],
    ],
)
def test_what_it_may_not_be(stretches: list[str]) -> None:
    with pytest.raises(ValueError, match="must"):
        check(stretches)
