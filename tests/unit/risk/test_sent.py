"""What a profile knows of the 24 hours before a moment."""

from chalicelib.domain.risk.profile import DAY_SECONDS, RECENT_MAX, Move, Profile, fold
from chalicelib.domain.risk.sent import sum_sent_24h

NOON = 20_000 * DAY_SECONDS + DAY_SECONDS // 2


def paid(seq: int, amount: int, second: int, *, is_own: bool = False) -> Move:
    return Move("acc_1", f"txn_{seq}", seq, -amount, "USD", second, "transfer", f"party{seq}", is_own)


def test_payments_out_of_24_hours_are_added_up() -> None:
    moves = [paid(1, 7, NOON - DAY_SECONDS), paid(2, 10, NOON - DAY_SECONDS + 1), paid(3, 20, NOON)]
    assert sum_sent_24h(fold(Profile(), moves), NOON) == 30


def test_what_comes_in_and_own_transfers_do_not_count() -> None:
    moves = [paid(1, -50, NOON), paid(2, 10, NOON, is_own=True)]
    assert sum_sent_24h(fold(Profile(), moves), NOON) == 0


def test_more_payments_than_are_remembered_count_by_days() -> None:
    count = RECENT_MAX + 10
    moves = [paid(seq, 1, NOON - DAY_SECONDS + 60 + seq) for seq in range(1, count + 1)]
    assert sum_sent_24h(fold(Profile(), moves), NOON) == count


def test_empty_profile_knows_of_nothing() -> None:
    assert sum_sent_24h(Profile(), NOON) == 0
