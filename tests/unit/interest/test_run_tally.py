"""What a monthly run of interest has come to."""

import pytest

from chalicelib.domain.interest.run_tally import ENDINGS, Ending, Tally, total


def test_run_that_has_counted_nothing_is_all_zero() -> None:
    assert vars(Tally()) == {"credited": 0, "nothing": 0, "closed": 0, "failed": 0, "frozen": 0, "totals": {}}
    assert Tally().accounts == 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_account_is_counted_once_by_how_it_ended(ending: Ending) -> None:
    tally = Tally()
    tally.count(ending)
    tally.count(ending)
    assert tally == Tally(**{ending: 2})  # type: ignore[arg-type]
    assert tally.accounts == 2


def test_frozen_account_is_counted_beside_how_it_ended() -> None:
    tally = Tally()
    tally.count("credited", "USD", 25, is_frozen=True)
    tally.count("failed")
    assert (tally.credited, tally.failed, tally.frozen, tally.accounts) == (1, 1, 1, 2)


def test_credits_are_summed_by_currency_and_nothing_is_no_credit() -> None:
    tally = Tally()
    for currency, amount in (("USD", 25), ("EUR", 7), ("USD", 5), ("JPY", 0)):
        tally.count("credited", currency, amount)
    assert dict(tally.totals) == {"USD": 30, "EUR": 7}


def test_the_accounts_that_failed_are_the_errors_and_no_others_are() -> None:
    assert Tally(credited=1, nothing=2, closed=3, failed=4, frozen=5).errors == 4


def test_tallies_add_up_field_by_field() -> None:
    one, other = Tally(1, 2, 3, 4, 5), Tally(10, 20, 30, 40, 50)
    one.totals.update(USD=6)
    other.totals.update(USD=60, EUR=7)
    both = Tally(11, 22, 33, 44, 55)
    both.totals.update(USD=66, EUR=7)
    assert one + other == both
    assert total([one, other]) == both
    assert total([]) == Tally()
