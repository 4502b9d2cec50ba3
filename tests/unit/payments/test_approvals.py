"""Payments that wait for a review: approved or rejected, by another person, once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import (
    AccountFrozen,
    Conflict,
    ConflictOfInterest,
    Forbidden,
    IdempotencyKeyReused,
    InsufficientFunds,
    LimitExceeded,
    MfaEnrolmentRequired,
    NotFound,
)
from chalicelib.domain.permissions import Caller
from chalicelib.models.identity.session import Session
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import RequestRecord
from chalicelib.models.payments.label import Label
from chalicelib.services import payment_rights
from chalicelib.services.payments import labels
from chalicelib.services.payments.approvals import approve, cancel, reject
from tests.fake_dynamodb.wire import WRITE, after, lost, unanswered
from tests.small_bank import NOON, NOON_TEXT, SmallBank, customer, staff

UNTIL = "2026-11-24T12:00:00.000000Z"
ANOTHER = staff(user_id="usr_another", request_id="req_another")
UNKNOWN = ids.transaction_id("usr_1", "nothing")


@pytest.fixture
def waiting(bank: SmallBank) -> str:
    """Return a transfer of 60 from a to b that waits for a review."""
    bank.open("a", 100)
    bank.open("b", 5, owner=2)
    for person in (customer(), staff(), ANOTHER):
        bank.user(person)
    return ledger.hold(bank.request({"a": -60, "b": 60}, awaits="risk_review"), UNTIL).transaction.id


def test_approval_posts_the_payment_under_its_key(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    outcome = approve(staff(), waiting, key)
    assert (outcome.transaction.status, outcome.replayed) == ("posted", False)
    assert (bank.account("a").balance, bank.account("a").held, bank.account("b").balance) == (40, 0, 65)
    record = RequestRecord.by_transaction_id(key.transaction_id)
    assert isinstance(record, RequestRecord)
    assert (record.resource_id, record.fingerprint) == (waiting, key.fingerprint)
    assert (record.updated_by, record.created_at) == ("usr_staff", NOON_TEXT)


def test_rejection_gives_the_money_back_and_says_why(bank: SmallBank, waiting: str) -> None:
    key = bank.key(staff())
    outcome = reject(staff(), waiting, "unusual", key)
    assert (outcome.transaction.status, outcome.transaction.reason, outcome.replayed) == ("voided", "unusual", False)
    assert (bank.transaction(waiting).reason, bank.account("a").held) == ("unusual", 0)
    assert RequestRecord.by_transaction_id(key.transaction_id)


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
    with pytest.raises(Conflict, match=r"is posted\. Only one that waits for an approval can be approved or rejected"):
        approve(staff(), posted, bank.key(staff()))
    reject(staff(), waiting, "no", None)
    with pytest.raises(Conflict, match=r"is voided\. Only one that waits"):
        reject(ANOTHER, waiting, "no", None)


def test_pending_payment_that_waits_for_no_review_is_not_decided(bank: SmallBank, waiting: str) -> None:
    pending = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id
    with pytest.raises(Conflict, match="is pending"):
        approve(staff(), pending, bank.key(staff()))


@pytest.mark.parametrize("decide", [approve, lambda c, t, k: reject(c, t, "no", k)])
@pytest.mark.parametrize(("own", "part"), [("cus_1", "payer"), ("cus_2", "payee"), ("cus_3", "holder of the payer")])
def test_nobody_decides_about_what_moves_an_account_of_his_or_her_own(
    bank: SmallBank, waiting: str, decide: Callable[..., Any], own: str, part: str
) -> None:
    bank.open("a", 100, holders={"cus_3": "view"}, held=60, ledger_version=2)
    with pytest.raises(ConflictOfInterest, match="your own account"):
        decide(replace(staff(), own_customer_id=own), waiting, bank.key(staff()))
    assert bank.transaction(waiting).status == "pending", part


def test_second_factor_is_asked_for_before_anything_is_approved(
    bank: SmallBank, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    caller = replace(staff(), session_id="ses_1")
    bank.put(Session.new(caller.user_id, "ses_1", "hash", NOON).stamp(caller, NOON_TEXT))
    with pytest.raises(MfaEnrolmentRequired):
        approve(caller, waiting, bank.key(caller))
    assert bank.transaction(waiting).status == "pending"
    assert reject(caller, waiting, "no", bank.key(caller)).transaction.status == "voided", "it moves no money"


def test_label_of_a_payment_is_listed_at_the_moment_of_its_approval(bank: SmallBank, waiting: str) -> None:
    labels.annotate(customer(), waiting, {"category": "rent"})
    bank.later(hours=1)
    posted = approve(staff(), waiting, None).transaction
    label = Label.find(*Label.key("a", waiting))
    assert label
    assert (label.labelled_at, posted.posted_at) == ("2026-11-21T13:00:00.000000Z",) * 2


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


def set_field(bank: SmallBank, account_id: str, name: str, value: dict[str, str]) -> None:
    """Change an account as another writer does, so that what was read before is outdated."""
    item = bank.dynamodb.table("bank").items[f"ACCOUNT#{account_id}", "ACCOUNT"]
    item[name] = value
    item["ledger_version"] = {"N": str(int(item["ledger_version"]["N"]) + 1)}


def test_payment_whose_money_is_gone_goes_on_waiting(bank: SmallBank, waiting: str) -> None:
    set_field(bank, "a", "balance", {"N": "59"})
    with pytest.raises(InsufficientFunds):
        approve(staff(), waiting, bank.key(staff()))
    assert (bank.transaction(waiting).status, bank.account("a").held) == ("pending", 60)
    set_field(bank, "a", "balance", {"N": "60"})
    assert approve(staff(), waiting, bank.key(staff())).transaction.status == "posted"


def test_money_that_goes_while_a_payment_is_approved_is_missed(bank: SmallBank, waiting: str) -> None:
    bank.dynamodb.next(WRITE, after(lambda: set_field(bank, "a", "balance", {"N": "59"})))
    with pytest.raises(InsufficientFunds):
        approve(staff(), waiting, bank.key(staff()))


def test_approval_asks_the_limits_of_its_moment(bank: SmallBank, waiting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSACTION_LIMIT", "0.59")
    with pytest.raises(LimitExceeded):
        approve(staff(), waiting, bank.key(staff()))
    monkeypatch.setenv("TRANSACTION_LIMIT", "0.60")
    monkeypatch.setenv("DAILY_LIMIT", "0.60")
    assert approve(staff(), waiting, bank.key(staff())).transaction.status == "posted"


LOST: dict[str, Callable[[SmallBank], object]] = {
    "the maker is disabled": lambda bank: bank.user(customer(), status="disabled"),
    "the maker's role moves no money": lambda bank: bank.user(customer(), role="auditor"),
    "the maker has no user": lambda bank: bank.dynamodb.table("bank").items.pop(("USER#usr_1", "USER")),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=list(LOST))
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_payment_whose_maker_may_not_make_it_any_more_is_voided(
    bank: SmallBank, waiting: str, lost: Callable[[SmallBank], object], when: str
) -> None:
    if when == "before":
        lost(bank)
    else:
        bank.dynamodb.next(WRITE, after(lambda: lost(bank)))
    key = bank.key(staff())
    with pytest.raises(Conflict, match="voided: The person who made it may no longer pay"):
        approve(staff(), waiting, key)
    voided = bank.transaction(waiting)
    assert (voided.status, voided.updated_by, voided.reason) == ("voided", "system", payment_rights.ENDED)
    assert (bank.account("a").held, bank.account("a").spent, bank.account("b").balance) == (0, 0, 5)
    assert RequestRecord.by_transaction_id(key.transaction_id) is None


@pytest.mark.parametrize(("right", "ends"), [("view", "voided"), ("pay", "posted"), (None, "voided")])
def test_payment_by_a_joint_holder_rests_on_its_right(bank: SmallBank, right: str | None, ends: str) -> None:
    bank.open("a", 100, owner=2, holders={"cus_1": "pay"})
    bank.open("b", owner=3)
    for person in (customer(), staff()):
        bank.user(person)
    held = ledger.hold(bank.request({"a": -60, "b": 60}, awaits="risk_review"), UNTIL).transaction.id
    bank.open("a", 100, owner=2, holders={"cus_1": right} if right else {}, held=60, ledger_version=3)
    if ends == "posted":
        approve(staff(), held, bank.key(staff()))
    else:
        with pytest.raises(Conflict, match="is voided"):
            approve(staff(), held, bank.key(staff()))
    assert bank.transaction(held).status == ends


@pytest.mark.parametrize("fields", [{"status": "disabled"}, {"role": "teller"}])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_manager_who_is_none_any_more_approves_nothing(
    bank: SmallBank, waiting: str, fields: dict[str, str], when: str
) -> None:
    if when == "before":
        bank.user(staff(), **fields)
    else:
        bank.dynamodb.next(WRITE, after(lambda: bank.user(staff(), **fields)))
    with pytest.raises(Forbidden, match="no longer decide"):
        approve(staff(), waiting, bank.key(staff()))
    assert bank.transaction(waiting).status == "pending"


@pytest.mark.parametrize("decide", [approve, lambda c, t, k: reject(c, t, "no", k)])
@pytest.mark.parametrize(("seconds", "ends"), [(-1, None), (0, "expired"), (1, "expired")])
def test_decision_from_the_end_on_expires_the_payment(
    bank: SmallBank, waiting: str, decide: Callable[..., Any], seconds: int, ends: str | None
) -> None:
    bank.later(days=3, seconds=seconds)
    key = bank.key(staff())
    if ends is None:
        decide(staff(), waiting, key)
        assert bank.transaction(waiting).status in {"posted", "voided"}
        return
    with pytest.raises(Conflict, match="has expired"):
        decide(staff(), waiting, key)
    expired = bank.transaction(waiting)
    assert (expired.status, expired.updated_by, "reason" in expired.serialize()) == ("expired", "system", False)
    assert (bank.account("a").held, bank.account("a").balance, bank.account("b").balance) == (0, 100, 5)
    assert RequestRecord.by_transaction_id(key.transaction_id) is None
    with pytest.raises(Conflict, match="is expired"):
        decide(staff(), waiting, key)


def test_payment_that_ends_while_it_is_approved_expires(bank: SmallBank, waiting: str) -> None:
    bank.later(days=3, seconds=-1)

    def move() -> None:
        set_field(bank, "a", "balance", {"N": "90"})
        bank.later(seconds=1)

    bank.dynamodb.next(WRITE, after(move))
    with pytest.raises(Conflict, match="has expired"):
        approve(staff(), waiting, bank.key(staff()))
    assert bank.account("a").held == 0


def test_maker_cancels_and_the_money_is_free(bank: SmallBank, waiting: str) -> None:
    key = bank.key(customer())
    outcome = cancel(customer(), waiting, key)
    assert (outcome.transaction.status, outcome.replayed) == ("voided", False)
    assert (bank.account("a").held, bank.account("a").spent) == (0, 0)
    for again in (key, bank.key(customer()), None):
        outcome = cancel(customer(request_id="req_2"), waiting, again)
        assert (outcome.transaction.status, outcome.replayed) == ("voided", True)
    assert bank.transaction(waiting).version == 2


@pytest.mark.parametrize(
    ("caller", "refusal"), [(customer(2), Forbidden), (customer(9), NotFound), (staff(), Forbidden)]
)
def test_nobody_else_cancels(bank: SmallBank, waiting: str, caller: Caller, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        cancel(caller, waiting, None)
    assert bank.transaction(waiting).status == "pending"


def test_payment_that_was_decided_is_not_cancelled(bank: SmallBank, waiting: str) -> None:
    rejected = ledger.hold(bank.request({"a": -10, "b": 10}, awaits="risk_review"), UNTIL).transaction.id
    approve(staff(), waiting, bank.key(staff()))
    reject(staff(), rejected, "no", None)
    for transaction_id, status in ((waiting, "posted"), (rejected, "voided")):
        with pytest.raises(Conflict, match=rf"is {status}\. Only one that waits"):
            cancel(customer(), transaction_id, None)


def test_manager_who_has_rejected_a_payment_has_not_cancelled_it(bank: SmallBank, waiting: str) -> None:
    reject(staff(), waiting, "no", None)
    with pytest.raises(Conflict, match="Only one that waits for an approval can be cancelled"):
        cancel(staff(), waiting, None)


def test_payment_is_not_cancelled_after_its_end(bank: SmallBank, waiting: str) -> None:
    bank.later(days=3)
    with pytest.raises(Conflict, match="has expired"):
        cancel(customer(), waiting, None)
    assert (bank.transaction(waiting).status, bank.account("a").held) == ("expired", 0)


@pytest.mark.parametrize("decide", [approve, lambda c, t, k: reject(c, t, "no", k)])
def test_of_a_decision_and_a_cancellation_at_once_one_counts(
    bank: SmallBank, waiting: str, decide: Callable[..., Any]
) -> None:
    bank.dynamodb.next(WRITE, after(lambda: decide(staff(), waiting, bank.key(staff()))))
    with pytest.raises(Conflict):
        cancel(customer(), waiting, None)
    other = ledger.hold(bank.request({"a": -10, "b": 10}, awaits="risk_review"), UNTIL).transaction.id
    bank.dynamodb.next(WRITE, after(lambda: cancel(customer(), other, None)))
    with pytest.raises(Conflict):
        decide(staff(), other, bank.key(staff()))
    assert bank.transaction(other).status == "voided"


def test_cancellation_is_answered_though_its_own_answer_was_lost(bank: SmallBank, waiting: str) -> None:
    bank.dynamodb.next(WRITE, unanswered)
    assert cancel(customer(), waiting, None).transaction.status == "voided"
