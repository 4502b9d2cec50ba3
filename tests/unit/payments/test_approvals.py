"""Payments that wait for a review: approved or rejected, by another person, once."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import AccountFrozen, Conflict, Forbidden, IdempotencyKeyReused, NotFound
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import RequestRecord
from chalicelib.services.payments.approvals import approve, reject
from tests.fake_dynamodb.wire import WRITE, after, lost, unanswered
from tests.small_bank import NOON_TEXT, SmallBank, staff

UNTIL = "2026-11-24T12:00:00.000000Z"
ANOTHER = staff(user_id="usr_another", request_id="req_another")
UNKNOWN = ids.transaction_id("usr_1", "nothing")


@pytest.fixture
def waiting(bank: SmallBank) -> str:
    """Return a transfer of 60 from a to b that waits for a review."""
    bank.open("a", 100)
    bank.open("b", 5, owner=2)
    return ledger.hold(bank.request({"a": -60, "b": 60}, awaits="risk_review"), UNTIL).transaction.id


def test_approval_posts_the_payment_under_its_key(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    outcome = approve(staff(), waiting, key)
    assert (outcome.transaction.status, outcome.replayed) == ("posted", False)
    assert (bank.account("a").balance, bank.account("a").held, bank.account("b").balance) == (40, 0, 65)
    record = RequestRecord.used(key.transaction_id)
    assert isinstance(record, RequestRecord)
    assert (record.resource_id, record.fingerprint) == (waiting, key.fingerprint)
    assert (record.updated_by, record.created_at) == ("usr_staff", NOON_TEXT)


def test_rejection_gives_the_money_back_and_says_why(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    outcome = reject(staff(), waiting, "unusual", key)
    assert (outcome.transaction.status, outcome.transaction.reason, outcome.replayed) == ("voided", "unusual", False)
    assert (bank.transaction(waiting).reason, bank.account("a").held) == ("unusual", 0)
    assert RequestRecord.used(key.transaction_id)


def test_rejection_needs_no_key(bank: SmallBank, waiting: str) -> None:
    assert reject(staff(), waiting, "unusual", None).transaction.status == "voided"


def test_decision_asked_for_again_under_its_key_is_answered_as_it_stands(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    approve(staff(), waiting, key)
    again = approve(staff(request_id="req_2"), waiting, key)
    assert (again.replayed, again.transaction.status) == (True, "posted")
    other = bank.key(staff())
    pending = ledger.hold(bank.request({"a": -10, "b": 10}, awaits="risk_review"), UNTIL).transaction.id
    reject(staff(), pending, "no", other)
    again = reject(staff(request_id="req_2"), pending, "no", other)
    assert (again.replayed, again.transaction.id, again.transaction.status) == (True, pending, "voided")


def test_key_of_another_decision_is_refused(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    approve(staff(), waiting, key)
    other = type(key)(key.transaction_id, "another fingerprint")
    with pytest.raises(IdempotencyKeyReused):
        approve(staff(), waiting, other)
    with pytest.raises(IdempotencyKeyReused):
        reject(staff(), waiting, "no", other)


def test_key_that_another_request_uses_meanwhile_is_refused(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    record = RequestRecord.of(key.transaction_id, key.fingerprint, "rul_1", staff(), NOON_TEXT)
    bank.dynamodb.next(WRITE, after(lambda: bank.put(record)))
    with pytest.raises(IdempotencyKeyReused, match="served another request"):
        approve(staff(), waiting, key)
    assert bank.transaction(waiting).status == "pending"


@pytest.mark.parametrize("decide", [approve, lambda c, t, k: reject(c, t, "no", k)])
def test_whoever_made_a_payment_does_not_decide_about_it(
    bank: SmallBank, waiting: str, decide: Callable[..., Any]
) -> None:
    maker = staff(user_id="usr_1")
    with pytest.raises(Forbidden):
        decide(maker, waiting, bank.key(maker))
    assert bank.transaction(waiting).status == "pending"


@pytest.mark.parametrize("transaction_id", ["txn_1", UNKNOWN])
def test_unknown_payment_is_not_found(bank: SmallBank, transaction_id: str) -> None:
    with pytest.raises(NotFound):
        approve(staff(), transaction_id, bank.key(staff()))


def test_payment_that_is_posted_or_rejected_waits_no_more(bank: SmallBank, waiting: str) -> None:
    posted = ledger.post(bank.request({"a": -1, "b": 1})).transaction.id
    with pytest.raises(Conflict, match="is posted"):
        approve(staff(), posted, bank.key(staff()))
    reject(staff(), waiting, "no", None)
    with pytest.raises(Conflict, match="is voided"):
        reject(ANOTHER, waiting, "no", None)


def test_pending_payment_that_waits_for_no_review_is_not_decided(bank: SmallBank, waiting: str) -> None:
    pending = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id
    with pytest.raises(Conflict, match="is pending"):
        approve(staff(), pending, bank.key(staff()))


def test_payment_that_is_refused_goes_on_waiting(bank: SmallBank, waiting: str) -> None:
    bank.dynamodb.table("bank").items["ACCOUNT#a", "ACCOUNT"]["status"] = {"S": "frozen"}
    with pytest.raises(AccountFrozen):
        approve(staff(), waiting, bank.key(staff()))
    assert bank.transaction(waiting).status == "pending"


def test_payment_that_another_approves_meanwhile_is_theirs(bank: SmallBank, waiting: str) -> None:
    bank.dynamodb.next(WRITE, after(lambda: approve(ANOTHER, waiting, bank.key(ANOTHER))))
    with pytest.raises(Conflict, match="is posted"):
        approve(staff(), waiting, bank.key(staff()))


def test_payment_that_another_rejects_meanwhile_is_theirs(bank: SmallBank, waiting: str) -> None:
    bank.dynamodb.next(WRITE, after(lambda: reject(ANOTHER, waiting, "no", None)))
    with pytest.raises(Conflict, match="is voided"):
        reject(staff(), waiting, "no", None)
    assert bank.transaction(waiting).updated_by == "usr_another"


def test_payment_approved_meanwhile_under_the_same_key_is_the_answer(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    bank.dynamodb.next(WRITE, after(lambda: approve(staff(request_id="req_2"), waiting, key)))
    outcome = approve(staff(), waiting, key)
    assert (outcome.replayed, outcome.transaction.status) == (True, "posted")
    assert bank.account("a").balance == 40


@pytest.mark.parametrize("with_key", [True, False])
def test_rejection_whose_answer_was_lost_is_ones_own(bank: SmallBank, waiting: str, with_key: bool) -> None:
    bank.dynamodb.next(WRITE, unanswered, lost)
    outcome = reject(staff(), waiting, "no", bank.key(staff()) if with_key else None)
    assert (outcome.transaction.status, outcome.transaction.updated_by) == ("voided", "usr_staff")
