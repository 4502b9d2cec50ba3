"""Payments of orders: once for each date, with the rights and the order as they are at that moment."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.errors import AccountFrozen, BankError, Conflict, Forbidden, InsufficientFunds, NotFound
from chalicelib.domain.orders import execution
from chalicelib.domain.orders.recurrence import Occurrence
from chalicelib.domain.permissions import system
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.policy import replace_policy
from chalicelib.models.identity.user import User
from chalicelib.models.ledger import ledger
from chalicelib.models.orders.order import Order
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from chalicelib.services.orders import payment
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import NOON, NOON_TEXT, A, B, C, SmallBank, customer, staff

DAY = date(2026, 12, 1)
FIRST = Occurrence(1, DAY)
ORDER_ID = "sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"
SLOT = execution.transaction_id(ORDER_ID, DAY)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000, holders={"cus_3": "pay"})
    bank.open(B, 500, owner=2)
    bank.user(customer())
    bank.user(staff("manager"), linked_customer_id=None)


def order(bank: SmallBank, **fields: Any) -> Order:
    """Store an order of 12.50 a month from A to B, made by its owner."""
    given: dict[str, Any] = {"id": ORDER_ID, "kind": "standing_order", "customer_id": "cus_1", "made_by": "usr_1"}
    given |= {"from_account_id": A, "to_account_id": B, "currency": "USD", "amount": 1250, "unit": "month", "every": 1}
    given |= {"start": DAY.isoformat(), "business_days": "following", "next_date": DAY.isoformat()} | fields
    made = Order(*Order.key(ORDER_ID), **given).stamp(customer(), NOON)
    bank.put(made)
    return made


def pay(made: Order, occurrence: Occurrence = FIRST, *, is_last: bool = False) -> Any:
    return payment.pay(made, occurrence, "req_run", is_last_attempt=is_last)


def hold_transfers(bank: SmallBank) -> None:
    """Have every transfer of 10.00 or more wait."""
    policy = Policy("transfer", "require", {"USD": 1000}, within_24h=True, required=1, roles=("manager",))
    transact.commit(replace_policy(None, "transfer", policy.to_json(), system("req"), NOON_TEXT), "req")
    decider = staff("manager", user_id="usr_decider")
    bank.put(User.new(decider.user_id, "hmac", "hash", decider.user_role).stamp(decider, NOON).listed())


def review_everything(bank: SmallBank) -> None:
    rule = STANDARD.rules["new_counterparty"]
    strict = Rule("review", rule.points, {"at_least_units": 1, "largest_percent": 0})
    thresholds = replace(STANDARD, rules={**STANDARD.rules, "new_counterparty": strict})
    item = RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=thresholds.to_json())
    bank.put(item.stamp(staff(), NOON_TEXT))


def test_occurrence_is_paid_once_and_names_its_order(bank: SmallBank) -> None:
    made = order(bank, memo="Rent")
    posted = pay(made).transaction
    assert (posted.id, posted.status, posted.amount, posted.memo) == (SLOT, "posted", 1250, "Rent")
    assert (posted.order_id, posted.occurrence, posted.initiated_by) == (ORDER_ID, "2026-12-01", "usr_1")
    again = payment.pay(made, FIRST, "req_other", is_last_attempt=True)
    assert (again.transaction.id, again.replayed) == (SLOT, True)
    assert (bank.account(A).balance, bank.account(B).balance) == (8750, 1750)
    pay(made, Occurrence(2, date(2027, 1, 1)))
    assert bank.account(A).balance == 7500


def test_edit_after_the_payment_changes_nothing_of_it(bank: SmallBank) -> None:
    """A crash between payment and outcome, and an edit of amount and payee before the retry."""
    pay(order(bank))
    edited = order(bank, amount=9000, to_account_id=bank.open(C, owner=2))
    assert pay(edited).transaction.amount == 1250
    assert bank.account(A).balance == 8750


def test_too_little_money_leaves_the_slot_free_until_the_last_attempt(bank: SmallBank) -> None:
    made = order(bank, amount=10_001)
    for _ in range(2):
        with pytest.raises(InsufficientFunds):
            pay(made)
    assert ledger.find_outcome(payment.slot_of(made, FIRST), customer()) is None
    refused = pay(made, is_last=True)
    assert refused.transaction.failure["code"] == "insufficient_funds"
    bank.put(
        Account.new(A, "current", "USD", customer_id="cus_1", balance=99_999, ledger_version=9).stamp(staff(), NOON)
    )
    with pytest.raises(InsufficientFunds):
        pay(made).raise_refusal()
    assert bank.account(A).balance == 99_999, "the date has failed for good"


def test_frozen_payer_is_recorded_at_the_first_attempt(bank: SmallBank) -> None:
    bank.open(A, 10_000, status="frozen")
    with pytest.raises(AccountFrozen):
        pay(order(bank)).raise_refusal()
    assert bank.transaction(SLOT).status == "failed"


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"amount": 1}, {"next_date": "2027-01-01"}])
def test_order_that_was_changed_since_it_was_read_pays_nothing(bank: SmallBank, change: dict[str, Any]) -> None:
    made = order(bank)
    transact.commit([made.set_as_read(change, customer(), NOON_TEXT)], "req")
    with pytest.raises(Conflict, match="changed a moment ago"):
        pay(made)
    assert bank.account(A).balance == 10_000


def test_order_that_is_changed_while_it_is_paid_pays_nothing(bank: SmallBank) -> None:
    made = order(bank)
    bank.dynamodb.next(WRITE, after(lambda: order(bank, version=2, status="cancelled")))
    with pytest.raises(Conflict, match="changed a moment ago"):
        pay(made)
    assert bank.account(A).balance == 10_000


def test_maker_who_may_not_pay_any_more_pays_nothing(bank: SmallBank) -> None:
    made = order(bank)
    bank.user(customer(), status="disabled")
    with pytest.raises(Forbidden, match="may no longer pay"):
        pay(made)
    bank.user(customer())
    pay(made)
    bank.user(customer(), status="disabled")
    assert pay(made).transaction.status == "posted", "what was paid before is answered"


def test_joint_holder_s_order_ends_with_the_right(bank: SmallBank) -> None:
    bank.user(customer(3))
    made = order(bank, made_by="usr_3")
    bank.open(A, 10_000, holders={"cus_3": "view"})
    with pytest.raises(Forbidden):
        pay(made)
    bank.open(A, 10_000)
    with pytest.raises(NotFound):
        pay(made)
    bank.open(A, 10_000, holders={"cus_3": "pay"})
    assert pay(made).transaction.status == "posted"


def test_staff_who_came_to_own_the_account_pay_nothing(bank: SmallBank) -> None:
    made = order(bank, made_by="usr_staff")
    for linked in ("cus_1", "cus_2"):
        bank.user(staff("manager"), linked_customer_id=linked)
        with pytest.raises(BankError) as refused:
            pay(made)
        assert refused.value.code == "conflict_of_interest"


def test_policy_is_asked_unless_the_order_was_approved(bank: SmallBank) -> None:
    hold_transfers(bank)
    held = pay(order(bank)).transaction
    assert (held.status, held.awaits, held.order_id) == ("pending", "approval", ORDER_ID)
    approved = pay(order(bank, approval_id="apr_1"), Occurrence(2, date(2027, 1, 1))).transaction
    assert approved.status == "posted"


def test_approved_order_is_screened_for_its_risk(bank: SmallBank) -> None:
    review_everything(bank)
    held = pay(order(bank, approval_id="apr_1")).transaction
    assert (held.status, held.awaits) == ("pending", "risk_review")


@pytest.mark.parametrize(
    ("payer", "payee", "code"),
    [("closed", "active", "payer_closed"), ("active", "closed", "payee_closed"), ("closed", "closed", "payer_closed")],
)
def test_failure_says_which_account_is_closed(bank: SmallBank, payer: str, payee: str, code: str) -> None:
    bank.open(A, 10_000 if payer == "active" else 0, status=payer)
    bank.open(B, 0, owner=2, status=payee)
    made = order(bank)
    with pytest.raises(BankError) as refused:
        pay(made).raise_refusal()
    assert payment.failure_code(made, refused.value) == code


def test_failure_of_a_payee_that_never_was_says_so(bank: SmallBank) -> None:
    made = order(bank, to_account_id="acc_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with pytest.raises(NotFound) as refused:
        pay(made)
    assert payment.failure_code(made, refused.value) == "payee_unknown"


def test_failure_is_recorded_only_while_nothing_was_paid(bank: SmallBank) -> None:
    made = order(bank)
    transact.commit([payment.is_unpaid(made, FIRST)], "req")
    pay(made)
    with pytest.raises(transact.Cancelled):
        transact.commit([payment.is_unpaid(made, FIRST)], "req")
