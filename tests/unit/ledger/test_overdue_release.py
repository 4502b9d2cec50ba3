"""Money that overdue holds set aside: a payment that would be refused for it releases them first."""

import pytest

from chalicelib.domain.ledger.limits import Limits
from chalicelib.models import transact
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from tests.fake_dynamodb.wire import WRITE, after, conflict
from tests.small_bank import SmallBank, customer, staff

UNTIL = "2026-11-24T12:00:00.000000Z"
LIMITS = Limits(transaction=1000, daily=100)


@pytest.fixture
def held(bank: SmallBank) -> str:
    """Return a transfer that sets 60 of a's 100 aside; its time is over by now."""
    bank.open("a", 100)
    bank.open("b", 0, owner=2)
    made = ledger.hold(bank.request({"a": -60, "b": 60}), UNTIL).transaction.id
    bank.later(days=3)
    return made


def test_payment_that_needs_the_money_of_an_overdue_hold_is_posted(bank: SmallBank, held: str) -> None:
    assert ledger.post(bank.request({"a": -41, "b": 41}, customer(request_id="req_2"))).transaction.status == "posted"
    expired = bank.transaction(held)
    assert (expired.status, expired.updated_by, expired.request_id) == ("expired", "system", "req_2")
    assert (bank.account("a").held, bank.account("a").balance) == (0, 59)


def test_movement_is_judged_when_the_release_is_done(bank: SmallBank, held: str) -> None:
    judged = list[PreparedMovement]()
    ledger.post_if_clear(bank.request({"a": -41, "b": 41}), judged.append)
    [prepared] = judged
    assert (prepared.positions["a"].held, bank.transaction(held).status) == (0, "expired")


def test_hold_that_is_not_needed_stays(bank: SmallBank, held: str) -> None:
    assert ledger.post(bank.request({"a": -39, "b": 39})).transaction.status == "posted"
    assert bank.transaction(held).status == "pending"


def test_payment_beyond_all_there_is_is_refused_after_the_release(bank: SmallBank, held: str) -> None:
    request = bank.request({"a": -101, "b": 101})
    assert ledger.post(request).transaction.failure["code"] == "insufficient_funds"
    assert bank.transaction(held).status == "expired"


def test_refusal_that_no_release_would_change_releases_nothing(bank: SmallBank, held: str) -> None:
    bank.dynamodb.table("bank").items["ACCOUNT#a", "ACCOUNT"]["status"] = {"S": "frozen"}
    for _ in range(2):
        outcome = ledger.post(bank.request({"a": -41, "b": 41}))
        assert outcome.transaction.failure["code"] == "account_frozen"
    assert bank.transaction(held).status == "pending"


def test_hold_that_is_decided_meanwhile_does_not_stop_the_payment(bank: SmallBank, held: str) -> None:
    def void() -> None:
        """As a process does whose clock is behind."""
        bank.later(days=-3)
        ledger.void(held, staff())
        bank.later(days=3)

    bank.dynamodb.next(WRITE, after(void))
    assert ledger.post(bank.request({"a": -41, "b": 41})).transaction.status == "posted"
    assert bank.transaction(held).status == "voided"


def test_holds_limit_of_a_day_is_free_again_when_it_is_released(bank: SmallBank) -> None:
    bank.open("a", 1000)
    bank.open("b", 0, owner=2)
    soon = "2026-11-21T13:00:00.000000Z"
    held = ledger.hold(bank.request({"a": -60, "b": 60}, limits=LIMITS), soon).transaction.id
    bank.later(hours=1)
    assert ledger.post(bank.request({"a": -100, "b": 100}, limits=LIMITS)).transaction.status == "posted"
    assert bank.transaction(held).status == "expired"


def test_hold_that_cannot_be_released_now_is_left_to_the_sweep(
    bank: SmallBank, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payment is decided all the same: by what is free without it."""
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    bank.dynamodb.next(WRITE, conflict(0), conflict(0))
    made = ledger.post(bank.request({"a": -41, "b": 41})).transaction
    assert (made.status, made.failure["code"]) == ("failed", "insufficient_funds")
    assert (bank.transaction(held).status, bank.account("a").held) == ("pending", 60)


def test_hold_that_cannot_be_released_does_not_keep_another_from_being(
    bank: SmallBank, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.later(days=-3)
    another = ledger.hold(bank.request({"a": -30, "b": 30}), UNTIL).transaction.id
    bank.later(days=3)
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    bank.dynamodb.next(WRITE, conflict(0), conflict(0))
    assert ledger.post(bank.request({"a": -40, "b": 40})).transaction.status == "posted"
    assert sorted(bank.transaction(name).status for name in (held, another)) == ["expired", "pending"]
