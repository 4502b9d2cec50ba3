"""Lockout: five attempts in any fifteen minutes, whenever they begin."""

from chalicelib.domain.identity.lockout import FAILURES_MAX, WINDOW_SECONDS, recent, seconds_to_wait

NOW = 1_800_000_000


def test_fewer_than_five_may_try_again() -> None:
    assert seconds_to_wait([NOW] * (FAILURES_MAX - 1), NOW) == 0


def test_five_wait_until_the_first_of_them_is_fifteen_minutes_old() -> None:
    attempts = [NOW - 300, NOW - 200, NOW - 100, NOW - 50, NOW]
    assert seconds_to_wait(attempts, NOW) == WINDOW_SECONDS - 300
    assert seconds_to_wait(attempts, NOW + WINDOW_SECONDS - 301) == 1
    assert seconds_to_wait(attempts, NOW + WINDOW_SECONDS - 300) == 0


def test_no_window_sees_more_than_five() -> None:
    made: list[int] = []
    for second in range(NOW, NOW + 4 * WINDOW_SECONDS, 7):
        if not seconds_to_wait(made, second):
            made.append(second)
    assert all(len([b for b in made if a <= b < a + WINDOW_SECONDS]) <= FAILURES_MAX for a in made)
    assert len(made) == 4 * FAILURES_MAX


def test_what_is_old_counts_no_more() -> None:
    assert recent([NOW - WINDOW_SECONDS, NOW, NOW - WINDOW_SECONDS + 1], NOW) == [NOW - WINDOW_SECONDS + 1, NOW]
