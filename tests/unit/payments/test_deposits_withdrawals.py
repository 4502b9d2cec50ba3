"""Deposits and withdrawals at the counter."""

from dataclasses import replace

import pytest

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import (
    CurrencyMismatch,
    Forbidden,
    NotFound,
    PinIncorrect,
    PinRequired,
    Unavailable,
    ValidationFailed,
)
from chalicelib.domain.ids import id_of
from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk.parameters import Action
from chalicelib.domain.risk.profile import Move, fold
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.branches.branch import Branch
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.terms import Terms
from chalicelib.models.payments.label import Label
from chalicelib.models.risk import profile
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from chalicelib.services.approvals import in_force
from chalicelib.services.crypto.passwords import hash_secret
from chalicelib.services.payments.deposits_withdrawals import CashRequest, deposit, withdraw
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.risk import thresholds as risk_thresholds
from tests.fake_dynamodb.wire import BATCH_GET, GET, WRITE, conflict, lost, served
from tests.small_bank import NOON, NOON_TEXT, A, B, SmallBank, customer, staff

BRANCH = id_of("brn", NOON, 1)
HEAD_OFFICE_CASH = f"gl.cash.{HEAD_OFFICE_ID}.USD.000"


@pytest.fixture(autouse=True)
def account(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("ARGON2_PASSES", "1")
    bank.open(A, 10_000, holders={"cus_2": "pay", "cus_3": "view"})


@pytest.fixture
def kept_thresholds(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the thresholds of risk, the policies of approvals and the ceilings of roles in the cache."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")
    risk_thresholds.current()
    in_force.policy_of("deposit")
    in_force.current_authority()
    bank.dynamodb.sent.clear()


def tables_read(bank: SmallBank) -> list[str]:
    return [
        table
        for operation, request in bank.dynamodb.sent
        if operation == BATCH_GET
        for table in request["RequestItems"]
    ]


def stop_every_sum(bank: SmallBank, action: Action) -> None:
    """Have every payment out of account A reviewed or declined: it has just paid out a lot."""
    rule = STANDARD.rules["velocity_sum"]
    parameters = {**rule.parameters, "in_hour_units": 1, "in_day_units": 1}
    strict = replace(STANDARD, rules={**STANDARD.rules, "velocity_sum": Rule(action, rule.points, parameters)})
    bank.put(RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=strict.to_json()).stamp(staff(), NOON_TEXT))
    paid = Move(A, "txn_before", 1, -100_000, "USD", int(NOON.timestamp()) - 60, "cash")
    [stored] = profile.read([A], consistent=True).values()
    profile.store(stored, fold(stored.folded, [paid]), NOON_TEXT)


def set_pin(bank: SmallBank, pin: str) -> None:
    bank.put(Pin.new(A, hash_secret(pin)).stamp(staff(), NOON))


def test_deposit_credits_the_account_and_the_cash_of_the_head_office_is_the_other_side(bank: SmallBank) -> None:
    outcome = deposit(staff("teller"), CashRequest(A, "12.50", annotations=Annotations("salary")), bank.key(staff()))
    made = outcome.transaction
    assert (made.transaction_type, made.status, made.amount, made.currency) == ("deposit", "posted", 1250, "USD")
    assert (made.memo, made.branch_id, made.to_account_id) == ("salary", HEAD_OFFICE_ID, A)
    assert (bank.account(A).balance, bank.account(HEAD_OFFICE_CASH).balance) == (11_250, -1250)
    assert bank.account(A).spent == 0


def test_withdrawal_debits_the_account_and_counts_against_the_day(bank: SmallBank) -> None:
    outcome = withdraw(customer(), CashRequest(A, "12.50"), bank.key(customer()))
    made = outcome.transaction
    assert (made.transaction_type, made.status, made.amount, made.from_account_id) == ("withdrawal", "posted", 1250, A)
    assert (bank.account(A).balance, bank.account(HEAD_OFFICE_CASH).balance) == (8750, 1250)
    assert (bank.account(A).spent, bank.account(A).spent_on) == (1250, "2026-11-21")


def test_deposit_takes_one_read_and_one_write(bank: SmallBank, kept_thresholds: None) -> None:
    deposit(customer(), CashRequest(A, "1"), bank.key(customer()))
    assert [operation for operation, _ in bank.dynamodb.sent] == [BATCH_GET, WRITE]


def test_withdrawal_takes_one_read_and_one_write(bank: SmallBank, kept_thresholds: None) -> None:
    """The profile of risk is read with the account."""
    withdraw(customer(), CashRequest(A, "1"), bank.key(customer()))
    assert tables_read(bank) == ["florin-unit-bank", "florin-unit-reports"]
    assert [operation for operation, _ in bank.dynamodb.sent] == [BATCH_GET, WRITE]


def test_pin_is_read_with_the_account_for_a_withdrawal_only(bank: SmallBank) -> None:
    deposit(customer(), CashRequest(A, "1"), bank.key(customer()))
    withdraw(customer(), CashRequest(A, "1"), bank.key(customer()))
    read = [
        [key["sk"]["S"] for key in request["RequestItems"]["florin-unit-bank"]["Keys"]]
        for operation, request in bank.dynamodb.sent
        if operation == BATCH_GET and len(request["RequestItems"].get("florin-unit-bank", {"Keys": ()})["Keys"]) > 1
    ]
    assert [("PIN" in keys, len(keys)) for keys in read] == [(False, 3), (True, 4)]


def test_cash_is_of_the_branch_that_is_named_or_else_of_the_tellers_own(bank: SmallBank) -> None:
    bank.put(Branch.new(BRANCH, NOON_TEXT, name="North", code="N", city="A", country="NL").stamp(staff(), NOON))
    own = id_of("brn", NOON, 2)
    bank.put(Branch.new(own, NOON_TEXT, name="South", code="S", city="A", country="NL").stamp(staff(), NOON))
    teller = type(staff())("usr_teller", "teller", "req_9", branch_id=own)
    assert deposit(teller, CashRequest(A, "1", branch_id=BRANCH), bank.key(teller)).transaction.branch_id == BRANCH
    assert deposit(teller, CashRequest(A, "2"), bank.key(teller)).transaction.branch_id == own
    assert bank.account(f"gl.cash.{BRANCH}.USD.000").balance == -100
    assert bank.account(f"gl.cash.{own}.USD.000").balance == -200
    assert bank.dynamodb.count(GET) == 2 + 2, "each branch is looked up, beside the two accounts read here"


def test_branch_that_does_not_exist_is_not_found(bank: SmallBank) -> None:
    with pytest.raises(NotFound, match="no branch"):
        deposit(staff(), CashRequest(A, "1", branch_id=BRANCH), bank.key(staff()))


@pytest.mark.parametrize("account_id", [B, "acc_1", "gl.equity.USD"])
def test_account_that_does_not_exist_is_not_found(bank: SmallBank, account_id: str) -> None:
    with pytest.raises(NotFound, match="no account"):
        deposit(staff(), CashRequest(account_id, "1"), bank.key(staff()))


def test_id_that_cannot_be_an_account_is_not_looked_up(bank: SmallBank) -> None:
    with pytest.raises(NotFound):
        deposit(staff(), CashRequest("acc_1", "1"), bank.key(staff()))
    assert bank.dynamodb.sent == []


def test_account_of_another_is_not_found_and_a_viewer_is_forbidden(bank: SmallBank) -> None:
    stranger, viewer = customer(9), customer(3)
    with pytest.raises(NotFound):
        deposit(stranger, CashRequest(A, "1"), bank.key(stranger))
    with pytest.raises(Forbidden):
        withdraw(viewer, CashRequest(A, "1"), bank.key(viewer))


def test_joint_holder_who_may_pay_withdraws(bank: SmallBank) -> None:
    withdraw(customer(2), CashRequest(A, "1"), bank.key(customer(2)))
    assert bank.account(A).balance == 9900


def test_currency_that_is_given_must_be_the_accounts(bank: SmallBank) -> None:
    deposit(staff(), CashRequest(A, "1", currency="USD"), bank.key(staff()))
    with pytest.raises(CurrencyMismatch, match="is in USD, not EUR"):
        deposit(staff(), CashRequest(A, "1", currency="EUR"), bank.key(staff()))


def test_account_in_another_currency_than_the_usual_one_moves_cash_of_its_own(
    bank: SmallBank, kept_thresholds: None
) -> None:
    bank.open(B, 0, currency="JPY")
    deposit(staff(), CashRequest(B, "12"), bank.key(staff()))
    assert bank.account(f"gl.cash.{HEAD_OFFICE_ID}.JPY.000").balance == -12
    assert bank.dynamodb.count(BATCH_GET) == 2


def test_amount_that_is_none_names_its_field(bank: SmallBank) -> None:
    with pytest.raises(ValidationFailed) as refused:
        deposit(staff(), CashRequest(A, "1.234"), bank.key(staff()))
    assert [error.field for error in refused.value.errors] == ["amount"]


def test_amount_above_a_limit_is_refused(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSACTION_LIMIT", "5")
    outcome = deposit(staff(), CashRequest(A, "5.01"), bank.key(staff()))
    assert outcome.transaction.failure["code"] == "limit_exceeded"


def test_withdrawal_without_the_pin_moves_nothing(bank: SmallBank) -> None:
    set_pin(bank, "1234")
    with pytest.raises(PinRequired):
        withdraw(customer(), CashRequest(A, "1"), bank.key(customer()))
    with pytest.raises(PinIncorrect):
        withdraw(customer(), CashRequest(A, "1", pin="9999"), bank.key(customer()))
    assert bank.account(A).balance == 10_000


def test_deposit_asks_no_pin(bank: SmallBank) -> None:
    set_pin(bank, "1234")
    assert deposit(customer(), CashRequest(A, "1"), bank.key(customer())).transaction.status == "posted"


def test_withdrawal_that_is_tried_again_asks_for_the_pin_once(bank: SmallBank) -> None:
    set_pin(bank, "1234")
    bank.dynamodb.next(WRITE, lambda answer, _: answer(), conflict(1))
    withdraw(customer(), CashRequest(A, "1", pin="1234"), bank.key(customer()))
    assert bank.account(A).balance == 9900
    assert bank.dynamodb.count(WRITE) == 3, "the PIN, and the withdrawal twice"


@pytest.mark.parametrize("caller", [customer(), staff("teller"), staff("admin")])
def test_withdrawal_to_be_reviewed_is_held_and_no_cash_leaves(bank: SmallBank, caller: Caller) -> None:
    stop_every_sum(bank, "review")
    held = withdraw(caller, CashRequest(A, "12.50"), bank.key(caller)).transaction
    assert (held.status, held.awaits, held.hold_until) == ("pending", "risk_review", "2026-11-24T12:00:00.000000Z")
    assert (bank.account(A).balance, bank.account(A).held, bank.account(A).spent) == (10_000, 1250, 1250)
    assert Account.by_id(HEAD_OFFICE_CASH) is None
    approved = Terms(decide=lambda *_: {"status": "executed"})
    settled = ledger.settle(held.id, staff(user_id="usr_other"), approved).transaction
    assert (settled.status, settled.branch_id) == ("posted", HEAD_OFFICE_ID)
    assert (bank.account(A).balance, bank.account(A).held, bank.account(HEAD_OFFICE_CASH).balance) == (8750, 0, 1250)


@pytest.mark.parametrize("caller", [customer(), staff("teller"), staff("admin")])
def test_withdrawal_to_be_declined_is_refused_and_recorded(bank: SmallBank, caller: Caller) -> None:
    stop_every_sum(bank, "decline")
    key = bank.key(caller)
    for _ in range(2):
        made = withdraw(caller, CashRequest(A, "12.50"), key).transaction
        assert (made.status, made.failure["code"]) == ("failed", "risk_declined")
    assert bank.account(A).balance == 10_000


def test_withdrawal_that_funds_refuse_is_refused_for_funds(bank: SmallBank) -> None:
    stop_every_sum(bank, "review")
    bank.dynamodb.sent.clear()
    made = withdraw(customer(), CashRequest(A, "100.01"), bank.key(customer())).transaction
    assert made.failure["code"] == "insufficient_funds"


def test_deposit_is_not_screened(bank: SmallBank) -> None:
    stop_every_sum(bank, "decline")
    assert deposit(customer(), CashRequest(A, "1"), bank.key(customer())).transaction.status == "posted"


def test_withdrawal_whose_risk_cannot_be_judged_passes_or_waits_as_the_setting_says(
    bank: SmallBank, kept_thresholds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.dynamodb.next(BATCH_GET, served, lost, lost)
    assert withdraw(customer(), CashRequest(A, "1"), bank.key(customer())).transaction.status == "posted"
    monkeypatch.setenv("RISK_UNKNOWN", "refuse")
    key = bank.key(customer())
    bank.dynamodb.next(BATCH_GET, served, lost, lost)
    with pytest.raises(Unavailable):
        withdraw(customer(), CashRequest(A, "1"), key)
    assert withdraw(customer(), CashRequest(A, "1"), key).transaction.status == "posted"


def test_category_labels_the_customers_side(bank: SmallBank) -> None:
    request = CashRequest(A, "1", annotations=Annotations(category="gifts", tags=("x",)))
    made = deposit(customer(), request, bank.key(customer())).transaction
    label = Label.find(*Label.key(A, made.id))
    assert label
    assert (label.category, label.tags, label.updated_by) == ("gifts", ["x"], "usr_1")


def test_customer_without_a_verified_address_takes_nothing_out_but_may_pay_in(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    with pytest.raises(Forbidden, match="Verify your e-mail address"):
        withdraw(customer(), CashRequest(A, "1"), bank.key(customer()))
    assert deposit(customer(), CashRequest(A, "1"), bank.key(customer())).transaction.status == "posted"
    assert withdraw(staff("teller"), CashRequest(A, "1"), bank.key(staff())).transaction.status == "posted"


def test_cash_of_the_currency_that_is_named_is_read_with_the_account(bank: SmallBank, kept_thresholds: None) -> None:
    """Otherwise that of the default currency is, and the right one by a second read."""
    bank.open(B, 10_000, currency="EUR")
    bank.dynamodb.sent.clear()
    deposit(customer(), CashRequest(B, "1", "EUR"), bank.key(customer()))
    assert tables_read(bank) == ["florin-unit-bank"]
    bank.dynamodb.sent.clear()
    deposit(customer(), CashRequest(B, "2"), bank.key(customer()))
    assert tables_read(bank) == ["florin-unit-bank"] * 2


def test_customers_handle_no_cash_where_that_is_left_to_staff(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_CASH", "off")
    for move in (deposit, withdraw):
        with pytest.raises(Forbidden, match="Staff pay cash in and out"):
            move(customer(), CashRequest(A, "1"), bank.key(customer()))
        assert move(staff("teller"), CashRequest(A, "1"), bank.key(staff())).transaction.status == "posted"
