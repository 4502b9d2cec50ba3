"""Whose transfers a leader takes into no group any more."""

from chalicelib.services.payments.stopped_accounts import StoppedAccounts
from tests.small_bank import A, B, C, SmallBank


def test_account_that_stops_three_groups_is_decided_alone(bank: SmallBank) -> None:
    """Whichever transfers of it are new, and whether it pays or receives."""
    stopped = StoppedAccounts(A)
    for _ in range(3):
        assert not stopped.must_be_alone(bank.request({B: -1, A: 1}))
        stopped.note([bank.request({B: -1, A: 1}), bank.request({B: -1, A: 1})], [])
    assert stopped.must_be_alone(bank.request({B: -1, A: 1}))
    assert stopped.must_be_alone(bank.request({A: -1, B: 1}))
    assert not stopped.must_be_alone(bank.request({C: -1, A: 1})), "the busy account itself stops nobody"


def test_payer_beyond_its_customers_day_is_decided_alone_at_once(bank: SmallBank) -> None:
    stopped = StoppedAccounts(A)
    stopped.note([], [bank.request({B: -1, A: 1})])
    assert stopped.must_be_alone(bank.request({B: -1, A: 1}))
    assert not stopped.must_be_alone(bank.request({A: -1, B: 1})), "it may receive"
    assert not stopped.must_be_alone(bank.request({C: -1, A: 1}))


def test_busy_account_beyond_its_customers_day_may_still_be_paid(bank: SmallBank) -> None:
    stopped = StoppedAccounts(A)
    stopped.note([], [bank.request({A: -1, B: 1})])
    assert stopped.must_be_alone(bank.request({A: -1, C: 1}))
    assert not stopped.must_be_alone(bank.request({B: -1, A: 1}))
