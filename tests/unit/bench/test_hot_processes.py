"""What two cores allow at most, by what a post takes of them."""

import pytest

from bench import hot_processes

COUNTED = {
    "posts/s": 70.4,
    "p50 s": 0.3,
    "p99 s": 1.2,
    "503": 0,
    "fewest": 14,
    "most": 22,
    "calls": 4.97,
    "cores": 0.94,
}


@pytest.mark.parametrize(
    ("own_ms", "emulator_ms", "posts_per_second"), [(6.0, 2.0, 250), (1.0, 4.0, 250), (4.0, 4.0, 250), (15.0, 5.0, 100)]
)
def test_bound_is_what_two_cores_have_and_the_emulator_has_one(
    own_ms: float, emulator_ms: float, posts_per_second: float
) -> None:
    found = {"writers' CPU ms": own_ms, "emulator's CPU ms": emulator_ms}
    assert hot_processes.bound(found) == pytest.approx(posts_per_second)


def test_section_has_a_row_for_each_run() -> None:
    found = COUNTED | {"calls": 4.97, "cores": 0.94, "writers' CPU ms": 6.0, "emulator's CPU ms": 2.0}
    section = hot_processes.section({"32 in 4": found})
    assert section.table[-1].split() == "32 in 4 70 300 1200 0 14 22 5.0 6.0 2.0 0.9 250".split()
