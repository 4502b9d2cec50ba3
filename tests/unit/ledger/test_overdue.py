"""Holds whose time is over: which of them set money of a payer aside that a payment needs."""

import pytest

from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.models.ledger import ledger, snapshot
from chalicelib.models.ledger.overdue import FREED_BY_RELEASE, overdue_transactions, refusal_code
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.transaction import RequestRecord
from tests.fake_dynamodb.wire import QUERY
from tests.small_bank import NOON_TEXT, SmallBank, customer, staff

UNTIL = "2026-11-24T12:00:00.000000Z"


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 100, owner=2)


def hold(bank: SmallBank, until: str = UNTIL, payer: str = "a") -> str:
    payee = "b" if payer == "a" else "a"
    return ledger.hold(bank.request({payer: -10, payee: 10}), until).transaction.id


def prepare(at: str, payer: str = "a") -> PreparedMovement:
    payee = "b" if payer == "a" else "a"
    movement = Movement("txn_1", "transfer", "USD", (Leg(payer, -95), Leg(payee, 95)))
    return PreparedMovement(movement, snapshot.read("txn_1", ["a", "b"]), at)


def test_overdue_are_the_holds_of_the_payer_whose_time_is_over(bank: SmallBank) -> None:
    due = hold(bank)
    hold(bank, "2026-11-25T12:00:00.000000Z")
    ended = hold(bank)
    ledger.void(ended, staff())
    hold(bank, payer="b")
    assert overdue_transactions(prepare("2026-11-24T11:59:59.999999Z")) == []
    assert overdue_transactions(prepare(UNTIL)) == [due]


def test_accounts_that_hold_nothing_are_not_asked(bank: SmallBank) -> None:
    hold(bank)
    bank.dynamodb.sent.clear()
    assert overdue_transactions(prepare(UNTIL, payer="b")) == []
    assert bank.dynamodb.count(QUERY) == 0


def test_refusals_that_a_release_may_remove_are_those_of_money_and_limits(bank: SmallBank) -> None:
    refused = ledger.post(bank.request({"a": -101, "b": 101})).transaction
    assert refusal_code(refused) == "insufficient_funds"
    assert set(FREED_BY_RELEASE) == {"insufficient_funds", "limit_exceeded"}
    assert refusal_code(ledger.post(bank.request({"a": -1, "b": 1})).transaction) is None
    assert refusal_code(RequestRecord.of("txn_2", "fingerprint", "rul_1", customer(), NOON_TEXT)) is None
