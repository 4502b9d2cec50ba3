"""Reversals that wait for a second person: carried out as they were asked for, or refused."""

import pytest

from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.permissions import Caller, system
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.policy import replace_policy
from chalicelib.models.identity.user import User
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.spending import DailySpending
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.approvals import decisions
from chalicelib.services.payments import hold_expiry, transactions
from tests.small_bank import NOON_TEXT, SmallBank, customer, staff

MAKER, DECIDER = staff(user_id="usr_maker", request_id="req_1"), staff(user_id="usr_decider", request_id="req_2")
LIMITS = Limits(transaction=1000, daily=1000)


@pytest.fixture
def made(bank: SmallBank) -> Transaction:
    """Return a transfer of 40 from customer 1's account a to customer 2's account b."""
    bank.open("a", 100, holders={"cus_3": "view"})
    bank.open("b", 0, owner=2)
    return ledger.post(bank.request({"a": -40, "b": 40}, limits=LIMITS)).transaction


@pytest.fixture
def controlled(bank: SmallBank) -> None:
    """Have every reversal wait for another manager."""
    policy = Policy("reverse", "require", {}, within_24h=False, required=1, roles=("manager",))
    transact.commit(replace_policy(None, "reverse", policy.to_json(), system("req"), NOON_TEXT), "req")
    for caller in (MAKER, DECIDER):
        bank.put(User.new(caller.user_id, "hmac", "hash", "manager").stamp(staff(), NOON_TEXT).listed())


def ask(bank: SmallBank, made: Transaction, caller: Caller = MAKER, *, allow_overdrawn: bool = False) -> Approval:
    """Ask for a reversal, which is held; return its approval."""
    with pytest.raises(HeldForApproval) as held:
        transactions.reverse(caller, made.id, "mistake", bank.key(caller), allow_overdrawn=allow_overdrawn)
    found = Approval.by_id(held.value.approval_id)
    assert found
    return found


def approve(approval: Approval) -> Approval:
    return decisions.approve(DECIDER, approval.id, None, None)[0]


def test_reversal_that_waits_says_what_it_would_undo_and_for_whom(
    bank: SmallBank, made: Transaction, controlled: None
) -> None:
    approval = ask(bank, made)
    assert (approval.action, approval.resource_id) == ("reverse", made.id)
    assert approval.summary == f"Reverse the transfer {made.id}."
    assert approval.payload == {"reason": "mistake", "allow_overdrawn": False}
    assert (approval.amount, approval.currency) == (40, "USD")
    assert approval.parties == ["cus_1", "cus_2", "cus_3", "usr_1"]
    assert bank.transaction(made.id).reversed_by is None
    assert bank.account("a").balance == 60


def test_approved_reversal_is_carried_out_in_its_makers_name(
    bank: SmallBank, made: Transaction, controlled: None
) -> None:
    assert approve(ask(bank, made)).status == "executed"
    reversal = bank.transaction(str(bank.transaction(made.id).reversed_by))
    assert (reversal.initiated_by, reversal.reason, reversal.status) == ("usr_maker", "mistake", "posted")
    assert (bank.account("a").balance, bank.account("b").balance) == (100, 0)


@pytest.mark.parametrize(("allowed", "status", "balance"), [(True, "executed", -15), (False, "failed", 25)])
def test_approved_reversal_overdraws_only_if_that_was_asked_for(
    bank: SmallBank, made: Transaction, controlled: None, allowed: bool, status: str, balance: int
) -> None:
    ledger.post(bank.request({"b": -15, "a": 15}, customer(2)))
    decided = approve(ask(bank, made, allow_overdrawn=allowed))
    assert (decided.status, (decided.failure or {}).get("code")) == (status, None if allowed else "insufficient_funds")
    assert bank.account("b").balance == balance


def test_reversal_on_the_same_day_gives_back_its_share_of_the_days_limit(bank: SmallBank, made: Transaction) -> None:
    assert bank.account("a").spent == 40
    transactions.reverse(staff(), made.id, "mistake", bank.key(staff()), allow_overdrawn=False)
    assert bank.account("a").spent == 0


def test_reversal_on_a_later_day_gives_nothing_back_of_that_days_limit(bank: SmallBank, made: Transaction) -> None:
    bank.later(days=1)
    ledger.post(bank.request({"a": -30, "b": 30}, limits=LIMITS))
    transactions.reverse(staff(), made.id, "mistake", bank.key(staff()), allow_overdrawn=False)
    assert bank.account("a").spent == 30


def count_of(customer_id: str) -> int | None:
    found = DailySpending.find(*Share(customer_id, 0, "USD", "2026-11-21").key)
    return found.spent if found else None


def test_reversal_gives_back_what_a_joint_holder_had_paid(bank: SmallBank) -> None:
    bank.open("a", 100, holders={"cus_3": "pay"})
    bank.open("b", 0, owner=2)
    made = ledger.post(bank.request({"a": -40, "b": 40}, customer(3), LIMITS)).transaction
    assert count_of("cus_3") == 40
    transactions.reverse(staff(), made.id, "mistake", bank.key(staff()), allow_overdrawn=False)
    assert count_of("cus_3") == 0


def test_reversal_that_nobody_decides_about_expires_by_itself(
    bank: SmallBank, made: Transaction, controlled: None
) -> None:
    approval = ask(bank, made)
    bank.later(days=3)
    assert hold_expiry.sweep() == {"expired": 0, "voided": 0, "approvals": 1}
    found = Approval.by_id(approval.id)
    assert found
    assert found.status == "expired"
