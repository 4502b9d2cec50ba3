"""The steps that an account may take."""

import pytest

from chalicelib.domain.accounts.status import require_closable, require_empty, require_step
from chalicelib.domain.errors import AccountClosed, AccountNotEmpty, Conflict
from chalicelib.domain.ledger.balance import Position


def test_only_an_active_account_is_frozen_and_only_a_frozen_one_thawed() -> None:
    require_step("active", "active")
    require_step("frozen", "frozen")
    with pytest.raises(Conflict):
        require_step("active", "frozen")
    with pytest.raises(Conflict):
        require_step("frozen", "active")
    with pytest.raises(AccountClosed):
        require_step("closed", "active")


@pytest.mark.parametrize("left", [Position("a", "USD", balance=1), Position("a", "USD", balance=-1)])
def test_an_account_with_money_or_debt_on_it_is_not_closed(left: Position) -> None:
    with pytest.raises(AccountNotEmpty):
        require_empty(left)


def test_account_without_money_debt_or_hold_is_closed() -> None:
    require_empty(Position("a", "USD"))
    require_empty(Position("a", "USD", overdraft_limit=5))


def test_owner_closes_an_active_account() -> None:
    require_closable("active", by_staff=False)
    require_closable("active", by_staff=True)


def test_an_account_with_a_hold_on_it_is_not_closed() -> None:
    with pytest.raises(AccountNotEmpty):
        require_empty(Position("a", "USD", held=1))


def test_what_the_bank_has_frozen_only_the_bank_closes() -> None:
    require_closable("frozen", by_staff=True)
    with pytest.raises(Conflict):
        require_closable("frozen", by_staff=False)
