"""Lock-out: how long an attempt waits, by origin, by address, and after how many failures."""

from itertools import count

from chalicelib.domain.identity.lockout import (
    ADDRESS,
    MEMORY_SECONDS,
    ORIGIN,
    UNLOCKS_MAX,
    origin_of,
    recent,
    seconds_to_wait,
    seconds_until_unlock,
    with_failure,
    without,
)

NOW = 1_800_000_000
MINUTE, HOUR = 60, 3600
HERE, THERE = "network-1", "network-2"
PHONE = origin_of(HERE, "phone")


def failing(times: int, origin: str = HERE, at: int = NOW) -> dict[str, list[int]]:
    return {origin: [at] * times}


def from_networks(failures: int, at: int = NOW) -> dict[str, list[int]]:
    """Return failures of as many networks as they need without waiting."""
    return {f"botnet-{number}": [at] for number in range(failures)}


def test_fewer_than_five_may_try_again() -> None:
    assert seconds_to_wait({}, HERE, NOW) == 0
    assert seconds_to_wait(failing(4), HERE, NOW) == 0


def test_a_failure_by_a_clock_that_is_a_second_ahead_holds_up_nobody() -> None:
    assert seconds_to_wait(failing(4, at=NOW + 1), HERE, NOW) == 0
    assert seconds_to_wait(failing(4, at=NOW + 1), THERE, NOW) == 0


def test_after_five_an_origin_waits_fifteen_minutes_and_then_twice_as_long_each_time() -> None:
    waits = [seconds_to_wait(failing(times), HERE, NOW) for times in range(5, 12)]
    assert waits == [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR, 4 * HOUR]


def test_the_wait_runs_from_the_last_failure() -> None:
    failures = {HERE: [NOW - 300, NOW - 200, NOW - 100, NOW - 50, NOW - 40]}
    assert seconds_to_wait(failures, HERE, NOW) == 15 * MINUTE - 40
    assert seconds_to_wait(failures, HERE, NOW + 15 * MINUTE - 41) == 1
    assert seconds_to_wait(failures, HERE, NOW + 15 * MINUTE - 40) == 0


def test_a_strangers_failures_do_not_hold_up_another_network_or_a_known_device() -> None:
    for other in (THERE, PHONE):
        assert seconds_to_wait(failing(9), other, NOW) == 0
    assert seconds_to_wait(failing(9, PHONE), HERE, NOW) == 0


def test_a_known_device_waits_for_its_own_failures() -> None:
    assert seconds_to_wait(failing(4, PHONE), PHONE, NOW) == 0
    assert seconds_to_wait(failing(5, PHONE), PHONE, NOW) == 15 * MINUTE


def test_failures_of_all_networks_hold_up_every_network_but_no_known_device() -> None:
    waits = [seconds_to_wait(from_networks(failures), HERE, NOW) for failures in (49, 50, 51, 56, 57)]
    assert waits == [0, MINUTE, 2 * MINUTE, HOUR, HOUR]
    assert seconds_to_wait(from_networks(500), PHONE, NOW) == 0


def test_failures_of_devices_are_not_among_those_of_the_networks() -> None:
    assert seconds_to_wait({origin_of(HERE, str(one)): [NOW] * 4 for one in range(50)}, HERE, NOW) == 0


def test_the_longer_of_two_waits_counts() -> None:
    both = from_networks(50) | failing(8)
    assert seconds_to_wait(both, HERE, NOW) == 2 * HOUR
    assert seconds_to_wait(both, THERE, NOW) == HOUR


def tried(origins: list[str], seconds: int) -> list[int]:
    """Return when guesses are let through, if each origin tries as soon as it may, one a second at most."""
    failures: dict[str, list[int]] = {}
    made = []
    second = NOW
    while second < NOW + seconds:
        for origin in origins:
            if not seconds_to_wait(failures, origin, second):
                failures = with_failure(failures, origin, second)
                made.append(second)
        second += max(1, min(seconds_to_wait(failures, origin, second) for origin in origins))
    return made


def test_no_fifteen_minutes_see_more_than_five_guesses_of_one_origin() -> None:
    made = tried([HERE], 3 * MEMORY_SECONDS)
    assert all(len([b for b in made if a <= b < a + 15 * MINUTE]) <= ORIGIN.free for a in made)
    assert len([b for b in made if b < NOW + MEMORY_SECONDS]) <= 15


def test_a_botnet_gets_less_than_a_hundred_guesses_a_day_at_an_address() -> None:
    made = tried([f"botnet-{number}" for number in range(30)], MEMORY_SECONDS)
    assert ADDRESS.free < len(made) < 100


def test_failures_are_forgotten_after_a_day() -> None:
    failures = {HERE: [NOW - MEMORY_SECONDS, NOW - MEMORY_SECONDS + 1, NOW], THERE: [NOW - MEMORY_SECONDS]}
    assert recent(failures, NOW) == {HERE: [NOW - MEMORY_SECONDS + 1, NOW]}


def test_a_success_forgets_the_failures_of_its_origin_only() -> None:
    failures = failing(4) | failing(3, THERE) | failing(2, PHONE)
    assert without(failures, HERE, NOW) == failing(3, THERE) | failing(2, PHONE)


def test_a_counter_stays_small_however_long_it_is_attacked() -> None:
    failures: dict[str, list[int]] = {}
    numbers, second = count(), NOW
    while second < NOW + 3 * MEMORY_SECONDS:
        origin = f"botnet-{next(numbers)}"
        wait = seconds_to_wait(failures, origin, second)
        if not wait:
            failures = with_failure(failures, origin, second)
            assert len(failures) < 100
        second += wait or 1


def test_staff_unlock_three_times_a_day() -> None:
    unlocks = [NOW - 100, NOW - 50, NOW]
    assert seconds_until_unlock(unlocks[: UNLOCKS_MAX - 1], NOW) == 0
    assert seconds_until_unlock(unlocks, NOW) == MEMORY_SECONDS - 100
    assert seconds_until_unlock(unlocks, NOW - 100 + MEMORY_SECONDS) == 0
