"""Payments whose time to be reviewed is over."""

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.models.ledger import ledger
from chalicelib.services.payments.hold_expiry import expire_overdue
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after, lost
from tests.small_bank import SmallBank, staff

FIRST, SECOND = "2026-11-22T12:00:00.000000Z", "2026-11-23T12:00:00.000000Z"


@pytest.fixture
def held(bank: SmallBank) -> list[str]:
    """Return two pending transfers: one is overdue at FIRST, one at SECOND."""
    bank.open("a", 100)
    bank.open("b")
    requests = [bank.request({"a": -amount, "b": amount}, awaits="risk_review") for amount in (10, 20)]
    made = [ledger.hold(request, until) for request, until in zip(requests, (FIRST, SECOND), strict=True)]
    return [outcome.transaction.id for outcome in made]


def statuses(bank: SmallBank, held: list[str]) -> list[str]:
    return [bank.transaction(transaction_id).status for transaction_id in held]


def test_nothing_expires_before_its_time(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=1)
    assert expire_overdue() == 0
    assert statuses(bank, held) == ["pending", "pending"]


def test_what_is_overdue_expires_in_the_banks_own_name(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=1, seconds=1)
    assert expire_overdue() == 1
    assert statuses(bank, held) == ["expired", "pending"]
    expired = bank.transaction(held[0])
    assert expired.updated_by == "system"
    assert expired.request_id == "expire-holds-2026-11-22T12:00:01.000000Z"
    assert bank.account("a").held == 20


def test_all_that_is_overdue_expires_once(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=3)
    assert expire_overdue() == 2
    assert expire_overdue() == 0
    assert (statuses(bank, held), bank.account("a").held) == (["expired", "expired"], 0)


def test_payment_that_is_decided_meanwhile_is_passed_over(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=3)
    bank.dynamodb.next(WRITE, after(lambda: ledger.settle(held[0], staff())))
    assert expire_overdue() == 1
    assert statuses(bank, held) == ["posted", "expired"]


def test_payment_that_cannot_expire_now_does_not_keep_the_others(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=3)
    bank.dynamodb.next(BATCH_GET, lost, lost)
    with pytest.raises(ExceptionGroup, match="cannot expire") as failed:
        expire_overdue()
    assert [type(error) for error in failed.value.exceptions] == [Unavailable]
    assert statuses(bank, held) == ["pending", "expired"]
