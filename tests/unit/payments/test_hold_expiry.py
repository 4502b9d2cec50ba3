"""Payments whose time to be reviewed is over, or whose makers may not make them any more."""

from typing import Any

import pytest

from chalicelib.domain.errors import ServiceRefused, Unavailable
from chalicelib.models.ledger import ledger
from chalicelib.services.payments.deposits_withdrawals import CashRequest, deposit
from chalicelib.services.payments.hold_expiry import sweep
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after, lost
from tests.small_bank import A, SmallBank, customer, staff
from tests.unit.payments.risky_bank import hold_above

FIRST, SECOND = "2026-11-22T12:00:00.000000Z", "2026-11-23T12:00:00.000000Z"


@pytest.fixture
def held(bank: SmallBank) -> list[str]:
    """Return two pending transfers: one is overdue at FIRST, one at SECOND."""
    bank.open("a", 100)
    bank.open("b")
    bank.user(customer())
    requests = [bank.request({"a": -amount, "b": amount}, awaits="risk_review") for amount in (10, 20)]
    made = [ledger.hold(request, until) for request, until in zip(requests, (FIRST, SECOND), strict=True)]
    return [outcome.transaction.id for outcome in made]


def statuses(bank: SmallBank, held: list[str]) -> list[str]:
    return [bank.transaction(transaction_id).status for transaction_id in held]


def test_nothing_expires_before_its_time(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=1)
    assert sweep() == {"expired": 0, "voided": 0, "approvals": 0}
    assert statuses(bank, held) == ["pending", "pending"]


def test_what_is_overdue_expires_in_the_banks_own_name(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=1, seconds=1)
    assert sweep() == {"expired": 1, "voided": 0, "approvals": 0}
    assert statuses(bank, held) == ["expired", "pending"]
    expired = bank.transaction(held[0])
    assert expired.updated_by == "system"
    assert expired.request_id == "expire-holds-2026-11-22T12:00:01.000000Z"
    assert bank.account("a").held == 20


def test_all_that_is_overdue_expires_once(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=3)
    assert sweep() == {"expired": 2, "voided": 0, "approvals": 0}
    assert sweep() == {"expired": 0, "voided": 0, "approvals": 0}
    assert (statuses(bank, held), bank.account("a").held) == (["expired", "expired"], 0)


def test_payment_that_is_decided_meanwhile_is_passed_over(bank: SmallBank, held: list[str]) -> None:
    def settle() -> None:
        """As a process does whose clock is behind."""
        bank.later(days=-3)
        ledger.settle(held[0], staff())
        bank.later(days=3)

    bank.later(days=3)
    bank.dynamodb.next(WRITE, after(settle))
    assert sweep() == {"expired": 1, "voided": 0, "approvals": 0}
    assert statuses(bank, held) == ["posted", "expired"]


def test_payment_that_cannot_expire_now_does_not_keep_the_others(bank: SmallBank, held: list[str]) -> None:
    bank.later(days=3)
    bank.dynamodb.next(BATCH_GET, lost, lost)
    with pytest.raises(ExceptionGroup, match="cannot end now") as failed:
        sweep()
    assert [type(error) for error in failed.value.exceptions] == [ServiceRefused]
    assert statuses(bank, held) == ["pending", "expired"]


def test_payment_whose_maker_is_disabled_is_voided_in_the_banks_own_name(bank: SmallBank, held: list[str]) -> None:
    bank.user(customer(), status="disabled")
    assert sweep() == {"expired": 0, "voided": 2, "approvals": 0}
    assert (statuses(bank, held), bank.account("a").held) == (["voided", "voided"], 0)
    assert bank.transaction(held[0]).updated_by == "system"
    assert sweep() == {"expired": 0, "voided": 0, "approvals": 0}


def test_overdue_payment_whose_maker_is_disabled_expires(bank: SmallBank, held: list[str]) -> None:
    bank.user(customer(), status="disabled")
    bank.later(days=1, seconds=1)
    assert sweep() == {"expired": 1, "voided": 1, "approvals": 0}
    assert statuses(bank, held) == ["expired", "voided"]


def test_deposit_that_waits_is_voided_with_the_right_of_who_took_it_in(bank: SmallBank) -> None:
    """It has no hold on the account, which nothing has been credited to: its approval leads to it."""
    bank.open(A)
    hold_above(bank, 100, "deposit")
    teller = staff("teller", user_id="usr_teller")
    bank.user(teller)
    waiting = deposit(teller, CashRequest(A, "2.00"), bank.key(teller)).transaction
    assert (waiting.status, sweep()) == ("pending", {"expired": 0, "voided": 0, "approvals": 0})
    bank.user(teller, status="disabled")
    assert sweep() == {"expired": 0, "voided": 1, "approvals": 0}
    assert (bank.transaction(waiting.id).status, bank.account(A).balance) == ("voided", 0)


def test_payment_that_cannot_be_voided_now_is_voided_by_the_next_sweep(bank: SmallBank, held: list[str]) -> None:
    bank.user(customer(), status="disabled")

    def fail(transaction_id: str, *given: Any) -> object:
        if transaction_id == held[0]:
            raise Unavailable("not now")
        return void(transaction_id, *given)

    void = ledger.void
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "void", fail)
        with pytest.raises(ExceptionGroup, match="cannot end now"):
            sweep()
    assert statuses(bank, held) == ["pending", "voided"]
    assert sweep() == {"expired": 0, "voided": 1, "approvals": 0}
