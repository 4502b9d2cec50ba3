"""Payments that wait for another person, and then for the clearing: approved, handed over, paid or given up, once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import AccountFrozen, Conflict, Contention, InsufficientFunds
from chalicelib.domain.ledger.posting import Movement
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.terms import RightEnded, Terms
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from tests.fake_dynamodb.wire import BATCH_GET, GET, WRITE, after
from tests.small_bank import NOON, NOON_TEXT, SmallBank, staff
from tests.unit.ledger.waiting_payments import UNTIL, wait_for_one

CLEARING = "gl.clearing.standard.USD"
LATER = "2026-11-21T13:00:00.000000Z"


def reject(found: Approval, at: str) -> dict[str, Any]:
    return {"status": "rejected", "notes": {found.requested_by: at}}


def executed(_: Approval, __: str) -> dict[str, Any]:
    return {"status": "executed"}


APPROVED = Terms(decide=executed)
PAID = Terms(is_paid=True)


def put(name: str) -> Action:
    item = {"pk": {"S": name}, "sk": {"S": name}}
    return {"Put": {"TableName": "florin-unit-bank", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def is_stored(bank: SmallBank, name: str) -> bool:
    return (name, name) in bank.dynamodb.table("bank").items


def check(name: str) -> Action:
    """Return a check that an item exists."""
    key = {"pk": {"S": name}, "sk": {"S": name}}
    return {
        "ConditionCheck": {"TableName": "florin-unit-bank", "Key": key, "ConditionExpression": "attribute_exists(pk)"}
    }


def wait(bank: SmallBank, request: PostingRequest) -> str:
    """Ask for a payment that one other person must approve, and return its transaction's id."""
    return ledger.post_if_clear(request, wait_for_one).transaction.id


def approval(bank: SmallBank, transaction_id: str) -> Approval:
    found = Approval.find(*Approval.key_of_transaction(transaction_id))
    assert found
    return found


@pytest.fixture
def waiting(bank: SmallBank) -> str:
    """Return a payment of 60 to another bank that waits for an approval; it was made at noon and it is one o'clock."""
    bank.open("a", 100, holders={"cus_3": "pay"})
    legs = {"a": -60, CLEARING: 60}
    made = wait(bank, bank.request(legs, kind="payment", for_clearing=lambda _: []))
    bank.later(hours=1)
    return made


@pytest.fixture
def at_clearing(bank: SmallBank, waiting: str) -> str:
    ledger.hand_over(waiting, staff(), APPROVED)
    return waiting


def money(bank: SmallBank) -> tuple[int, int]:
    payer = bank.account("a")
    return payer.balance, payer.held


def test_payment_that_waits_is_held_with_its_approval(bank: SmallBank, waiting: str) -> None:
    pending = bank.transaction(waiting)
    assert (pending.status, pending.awaits, pending.hold_until, pending.approval_required) == (
        *("pending", "approval", UNTIL, 1),
    )
    assert (approval(bank, waiting).status, approval(bank, waiting).created_at) == ("requested", NOON_TEXT)
    assert money(bank) == (100, 60)


def test_approved_payment_is_left_to_the_clearing_with_its_money_held(bank: SmallBank, waiting: str) -> None:
    version = bank.account("a").ledger_version
    outcome = ledger.hand_over(waiting, staff(), APPROVED)
    for pending in (outcome.transaction, bank.transaction(waiting)):
        assert (pending.status, pending.awaits, pending.updated_at) == ("pending", "clearing", LATER)
        assert pending.hold_until is None
    assert not outcome.replayed
    assert bank.transaction(waiting).updated_by == "usr_staff"
    assert (money(bank), bank.account("a").ledger_version) == ((100, 60), version)
    hold = bank.hold("a", waiting)
    assert (hold.status, hold.gsi1sk) == ("active", "9999-12-31T23:59:59.999999Z"), (
        "no timer ends what another bank may have already"
    )
    assert (approval(bank, waiting).status, approval(bank, waiting).updated_at) == ("executed", LATER)
    assert bank.dynamodb.table("ledger").items == {}


def test_payment_handed_over_again_is_answered_alike_whatever_became_of_it(bank: SmallBank, at_clearing: str) -> None:
    before = dict(bank.dynamodb.table("bank").items)
    assert ledger.hand_over(at_clearing, staff(), APPROVED).replayed
    assert bank.dynamodb.table("bank").items == before
    ledger.settle(at_clearing, staff(), PAID)
    again = ledger.hand_over(at_clearing, staff(), APPROVED)
    assert (again.replayed, again.transaction.status) == (True, "posted")


def test_payment_that_was_posted_without_the_clearing_is_not_handed_over(bank: SmallBank, waiting: str) -> None:
    ledger.settle(waiting, staff(), APPROVED)
    again = ledger.hand_over(waiting, staff(), APPROVED)
    assert (again.transaction.status, again.transaction.awaits, again.replayed) == ("posted", "approval", True)


@pytest.mark.parametrize("end", [ledger.void, ledger.expire])
def test_payment_that_has_ended_is_not_handed_over(bank: SmallBank, waiting: str, end: Any) -> None:
    end(waiting, staff())
    bank.dynamodb.sent.clear()
    with pytest.raises(Conflict, match="only a pending one"):
        ledger.hand_over(waiting, staff(), APPROVED)
    assert [operation for operation, _ in bank.dynamodb.sent] == [GET], "one read says so"
    assert bank.transaction(waiting).awaits == "approval"
    assert money(bank) == (100, 0)


def test_payment_that_was_voided_between_the_reads_is_not_handed_over(bank: SmallBank, waiting: str) -> None:
    bank.dynamodb.next(BATCH_GET, after(lambda: ledger.void(waiting, staff(), "no")))
    with pytest.raises(Conflict, match="is voided"):
        ledger.hand_over(waiting, staff(), APPROVED)
    assert (approval(bank, waiting).status, money(bank)) == ("failed", (100, 0))


def test_what_commits_with_the_hand_over_is_stored_or_stops_it(
    bank: SmallBank, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)

    def follow(pending: Transaction) -> list[Action]:
        return [put(f"QUEUED#{pending.awaits}")]

    taken = Extra(put("KEY"), Conflict("This key has decided already."))
    terms = replace(APPROVED, follow=follow, guards=(check("MANAGER"),))
    with pytest.raises(Contention):
        ledger.hand_over(waiting, staff(), terms, (taken,))
    assert bank.transaction(waiting).awaits == "approval", "the guard does not hold"
    bank.dynamodb.table("bank").items["MANAGER", "MANAGER"] = {"pk": {"S": "MANAGER"}, "sk": {"S": "MANAGER"}}
    ledger.hand_over(waiting, staff(), terms, (taken,))
    assert is_stored(bank, "QUEUED#clearing")
    assert is_stored(bank, "KEY")
    other = wait(bank, bank.request({"a": -1, CLEARING: 1}, kind="payment", for_clearing=lambda _: []))
    with pytest.raises(Conflict, match="This key has decided"):
        ledger.hand_over(other, staff(), APPROVED, (taken,))


def test_hand_over_asks_what_a_posting_would_ask_now(bank: SmallBank, waiting: str) -> None:
    account = bank.account("a")
    account.status = "frozen"
    bank.put(account)
    with pytest.raises(AccountFrozen):
        ledger.hand_over(waiting, staff(), APPROVED)
    account.status, account.balance = "active", 59
    bank.put(account)
    with pytest.raises(InsufficientFunds):
        ledger.hand_over(waiting, staff(), APPROVED)
    assert (approval(bank, waiting).status, bank.transaction(waiting).awaits) == ("requested", "approval")


def test_account_that_changes_while_its_payment_is_handed_over_is_asked_again(bank: SmallBank, waiting: str) -> None:
    """It says who may pay from it: a freeze or a joint holder's end at the last moment counts."""

    def freeze() -> None:
        account = bank.account("a")
        account.status, account.ledger_version, account.version = (
            "frozen",
            account.ledger_version + 1,
            account.version + 1,
        )
        bank.put(account)

    bank.dynamodb.next(WRITE, after(freeze))
    with pytest.raises(AccountFrozen):
        ledger.hand_over(waiting, staff(), APPROVED)
    assert bank.transaction(waiting).awaits == "approval"


@pytest.mark.parametrize("bring", [ledger.hand_over, ledger.settle])
@pytest.mark.parametrize("decide", [None, lambda _, __: {"status": "approved"}, lambda _, __: {}])
def test_payment_without_all_its_approvals_goes_nowhere(
    bank: SmallBank, waiting: str, bring: Callable[..., Any], decide: Any
) -> None:
    with pytest.raises(Conflict, match="waits for an approval"):
        bring(waiting, staff(), Terms(decide=decide))
    assert (bank.transaction(waiting).status, bank.transaction(waiting).awaits) == ("pending", "approval")
    assert approval(bank, waiting).status == "requested"


@pytest.mark.parametrize("bring", [ledger.hand_over, ledger.settle])
def test_payment_whose_approval_is_lost_goes_nowhere(bank: SmallBank, waiting: str, bring: Callable[..., Any]) -> None:
    del bank.dynamodb.table("bank").items[Approval.key_of_transaction(waiting)]
    with pytest.raises(Conflict, match="waits for an approval"):
        bring(waiting, staff(), APPROVED)
    assert bank.transaction(waiting).awaits == "approval"


@pytest.mark.parametrize("bring", [ledger.hand_over, ledger.settle])
def test_payment_whose_time_is_over_expires_with_its_approval(
    bank: SmallBank, waiting: str, bring: Callable[..., Any]
) -> None:
    bank.later(days=3)
    with pytest.raises(Conflict, match=f"has expired: it waited until {UNTIL}. Make a new one"):
        bring(waiting, staff(), APPROVED)
    ended = bank.transaction(waiting)
    assert (ended.status, ended.updated_by, ended.request_id) == ("expired", "system", "req_staff")
    assert (approval(bank, waiting).status, approval(bank, waiting).failure, money(bank)) == ("expired", None, (100, 0))


@pytest.mark.parametrize("bring", [ledger.hand_over, ledger.settle])
def test_payment_whose_maker_may_not_make_it_any_more_is_voided_with_its_approval(
    bank: SmallBank, waiting: str, bring: Callable[..., Any]
) -> None:
    def movement(_: Transaction, __: Snapshot) -> Movement:
        raise RightEnded("The maker may not pay any more.")

    with pytest.raises(Conflict, match=r"is voided: The maker may not pay any more\."):
        bring(waiting, staff(), replace(APPROVED, movement=movement))
    ended, failed = bank.transaction(waiting), approval(bank, waiting)
    assert (ended.status, ended.updated_by, money(bank)) == ("voided", "system", (100, 0))
    assert (failed.status, failed.failure) == (
        "failed",
        {"code": "forbidden", "detail": "The maker may not pay any more."},
    )


def test_terms_are_asked_of_the_items_that_were_read_with_the_accounts(bank: SmallBank, waiting: str) -> None:
    seen = list[set[str]]()
    hold = Hold.key("a", waiting)

    def movement(pending: Transaction, read: Snapshot) -> Movement:
        seen.append({*read.accounts, *(pk for pk, _ in read.others)})
        return pending.movement()

    ledger.hand_over(waiting, staff(), replace(APPROVED, movement=movement, others=(hold,)))
    approval_key, _ = Approval.key_of_transaction(waiting)
    assert seen == [{"a", "ACCOUNT#a", approval_key}]


def test_what_the_clearing_has_is_ended_by_its_answer_alone(bank: SmallBank, waiting: str) -> None:
    with pytest.raises(Conflict, match="is not at the clearing"):
        ledger.settle(waiting, staff(), PAID)
    ledger.hand_over(waiting, staff(), APPROVED)
    with pytest.raises(Conflict, match="is at the clearing"):
        ledger.settle(waiting, staff(), APPROVED)
    with pytest.raises(Conflict, match="is at the clearing"):
        ledger.void(waiting, staff(), "no")
    assert (bank.transaction(waiting).status, money(bank)) == ("pending", (100, 60))


def test_payment_that_another_bank_has_is_posted_whatever_the_account_says(bank: SmallBank, at_clearing: str) -> None:
    account = bank.account("a")
    account.status, account.balance = "frozen", 10
    bank.put(account)
    bank.later(days=300)
    assert ledger.settle(at_clearing, staff(), PAID).transaction.status == "posted"
    assert money(bank) == (-50, 0)
    assert approval(bank, at_clearing).updated_at == LATER, "the approval had ended before"


def test_payment_that_the_clearing_gives_back_is_voided_and_its_approval_stays_executed(
    bank: SmallBank, at_clearing: str
) -> None:
    ledger.void(at_clearing, staff(), "AC04", is_at_clearing=True)
    ended = bank.transaction(at_clearing)
    assert (ended.status, ended.reason, money(bank)) == ("voided", "AC04", (100, 0))
    assert (approval(bank, at_clearing).status, approval(bank, at_clearing).updated_at) == ("executed", LATER)


def test_rejection_ends_the_approval_as_it_was_decided(bank: SmallBank, waiting: str) -> None:
    ledger.void(waiting, staff(), "unusual", decide=reject)
    found = approval(bank, waiting)
    assert (found.status, found.notes) == ("rejected", {"usr_1": LATER})
    assert found.failure is None
    assert found.updated_at == bank.transaction(waiting).updated_at == LATER


@pytest.mark.parametrize(
    ("reason", "detail"), [("a mistake", "a mistake"), (None, "The payment was given up.")], ids=["reason", "none"]
)
def test_approval_of_a_payment_that_is_given_up_fails_and_says_why(
    bank: SmallBank, waiting: str, reason: str | None, detail: str
) -> None:
    ledger.void(waiting, staff(), reason)
    found = approval(bank, waiting)
    assert (found.status, found.failure) == ("failed", {"code": "forbidden", "detail": detail})


def test_rejection_of_what_is_overdue_expires_it_and_decides_nothing(bank: SmallBank, waiting: str) -> None:
    bank.now = NOON.replace(day=24)
    extra = Extra(put("KEY"), Conflict("taken"))
    with pytest.raises(Conflict, match="has expired"):
        ledger.void(waiting, staff(), "unusual", (extra,), decide=reject)
    ended = bank.transaction(waiting)
    assert (ended.status, ended.updated_by) == ("expired", "system")
    assert not ended.reason
    assert approval(bank, waiting).status == "expired"
    assert not is_stored(bank, "KEY")
