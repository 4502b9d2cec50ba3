"""Who may make, read and list which orders, and what an order must be."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.errors import (
    AccountClosed,
    AccountFrozen,
    BankError,
    Conflict,
    ConflictOfInterest,
    CurrencyMismatch,
    Forbidden,
    NotFound,
    PinIncorrect,
    PinRequired,
    SameAccount,
    ValidationFailed,
)
from chalicelib.domain.if_match import ANY_VERSION
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.customers.customer import Customer
from chalicelib.models.orders.order import Order, OrderKind
from chalicelib.models.paging import Paging
from chalicelib.services.crypto.passwords import hash_secret
from chalicelib.services.orders import changes, orders, terms
from chalicelib.services.orders.payees import OrderPayee
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import NOON, A, B, C, SmallBank, customer, staff
from tests.unit.approvals.held_requests import control, employ
from tests.unit.orders.making_orders import FIRST, OWNER, PAYEE, PAYER, VIEWER, make, monthly, read

STRANGER = customer(9)
TELLER, DECIDER = staff("teller", user_id="usr_teller"), staff("manager", user_id="usr_decider", request_id="req_2")
PAGE = Paging(10, None)


pytestmark = pytest.mark.usefixtures("cheap_hashes")


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000, holders={"cus_3": "pay", "cus_4": "view"})
    bank.open(B, 500, owner=2)
    bank.open(C, 500, currency="EUR")


def test_order_has_the_terms_that_were_asked_for_and_is_due_at_its_first_date(bank: SmallBank) -> None:
    made = read(make(bank, first_amount="5.00", final_amount="7.00", times=3, memo="rent"))
    assert (made.customer_id, made.made_by, made.from_account_id, made.to_account_id) == ("cus_1", "usr_1", A, B)
    assert (made.amount, made.first_amount, made.final_amount, made.currency) == (1250, 500, 700, "USD")
    assert (made.unit, made.every, made.times, made.memo) == ("month", 1, 3, "rent")
    assert (made.status, made.next_date, made.next_attempt_at) == ("active", FIRST, "2026-12-01T00:05:00.000000Z")
    assert (made.holder_ids, made.failures) == (["cus_3", "cus_4"], 0)
    assert not made.approval_id
    assert (made.gsi2sk, made.kind) == (f"2026-12-01T00:05:00.000000Z#{made.id}", "standing_order")


def test_order_is_made_once_under_its_key(bank: SmallBank) -> None:
    key = bank.key(OWNER)
    payee = OrderPayee(account_id=B)
    first, replayed = orders.make(OWNER, key, "standing_order", monthly(), None, payee=payee)
    assert replayed is False
    again, replayed = orders.make(OWNER, key, "standing_order", monthly(), None, payee=payee)
    assert (again.id, replayed) == (first.id, True)
    assert len(orders.page(OWNER, "standing_order", PAGE).items) == 1


def test_of_two_requests_under_one_key_at_once_one_makes_the_order(bank: SmallBank) -> None:
    key, payee = bank.key(OWNER), OrderPayee(account_id=B)
    made: list[Order] = []

    def be_faster() -> None:
        made.append(orders.make(OWNER, key, "standing_order", monthly(), None, payee=payee)[0])

    bank.dynamodb.next(WRITE, after(be_faster))
    found, replayed = orders.make(OWNER, key, "standing_order", monthly(), None, payee=payee)
    assert (found.id, replayed) == (made[0].id, True)
    assert listed(OWNER) == [found.id]


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (PAYER, None),
        (TELLER, None),
        (VIEWER, Forbidden),
        (PAYEE, NotFound),
        (STRANGER, NotFound),
        (replace(TELLER, own_customer_id="cus_1"), ConflictOfInterest),
        (replace(TELLER, own_customer_id="cus_2"), ConflictOfInterest),
        (replace(TELLER, own_customer_id="cus_4"), ConflictOfInterest),
    ],
)
def test_order_is_made_by_whoever_may_pay_from_the_account(
    bank: SmallBank, caller: Caller, refusal: type[BankError] | None
) -> None:
    if refusal is None:
        assert make(bank, caller).made_by == caller.user_id
        return
    with pytest.raises(refusal):
        make(bank, caller)
    assert orders.page(OWNER, "standing_order", PAGE).items == []


def test_order_needs_the_pin_of_the_paying_account(bank: SmallBank) -> None:
    bank.put(Pin.new(A, hash_secret("1234")).stamp(staff(), NOON))
    with pytest.raises(PinRequired):
        make(bank)
    with pytest.raises(PinIncorrect):
        make(bank, pin="4321")
    assert orders.page(OWNER, "standing_order", PAGE).items == []
    assert make(bank, pin="1234").status == "active"


def test_customer_without_a_verified_address_makes_no_order(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    bank.user(OWNER)
    with pytest.raises(Forbidden, match="Verify your e-mail address"):
        make(bank)
    assert make(bank, replace(OWNER, email_verified=True)).status == "active"


def test_customer_who_is_erased_makes_no_order(bank: SmallBank) -> None:
    bank.put(Customer(*Customer.key("cus_1"), id="cus_1", status="erasing").stamp(staff(), NOON))
    with pytest.raises(Conflict):
        make(bank)


def test_customer_has_a_hundred_open_orders_at_most(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    assert orders.ORDERS_MAX == 100
    monkeypatch.setattr(orders, "ORDERS_MAX", 2)
    make(bank)
    last = make(bank, PAYER)
    with pytest.raises(Conflict, match="has 2 open orders"):
        make(bank)
    changes.cancel(PAYER, last.id, "standing_order", ANY_VERSION)
    assert make(bank).status == "active"


WRONG: list[tuple[dict[str, Any], type[BankError], str]] = [
    ({"from_account_id": "acc_x"}, NotFound, "account acc_x"),
    ({"to_account_id": "acc_x"}, NotFound, "account acc_x"),
    ({"to_account_id": A}, SameAccount, "one account to another"),
    ({"to_account_id": C}, CurrencyMismatch, "EUR"),
    ({"currency": "EUR"}, CurrencyMismatch, "the order in EUR"),
    ({"amount": "0.00"}, ValidationFailed, "amount"),
    ({"amount": "-1"}, ValidationFailed, "amount"),
    ({"first_amount": "0"}, ValidationFailed, "first_amount"),
    ({"final_amount": "1.00"}, ValidationFailed, "final_amount"),
    ({"amount": "10000.01"}, ValidationFailed, "amount: is above the limit: at most 10000.00"),
    ({"final_amount": "10000.01", "times": 2}, ValidationFailed, "final_amount: is above the limit"),
    ({"start": "2026-11-20"}, ValidationFailed, "start: is in the past"),
    ({"start": "2026-11-21"}, ValidationFailed, "start: is in the past|too late"),
    ({"start": "2027-11-22"}, ValidationFailed, "start: is more than 365 days ahead"),
    ({"end": "2026-11-30"}, ValidationFailed, "end: is before the start"),
    ({"end": "2026-12-02", "day": 15}, ValidationFailed, "end: leaves no date"),
]


@pytest.mark.parametrize(("fields", "refusal", "message"), WRONG)
def test_order_that_could_not_be_carried_out_is_refused(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], refusal: type[BankError], message: str
) -> None:
    monkeypatch.setenv("TRANSACTION_LIMIT", "10000.00")
    monkeypatch.setenv("DAILY_LIMIT", "20000.00")
    bank.later(hours=4)
    with pytest.raises(refusal, match=message):
        make(bank, **fields)


def test_order_pays_up_to_the_limits_themselves(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSACTION_LIMIT", "10000.00")
    monkeypatch.setenv("DAILY_LIMIT", "20000.00")
    assert make(bank, amount="10000.00").amount == 1_000_000
    assert make(bank, start="2027-11-21").start == "2027-11-21"
    monkeypatch.setenv("DAILY_LIMIT", "100.00")
    with pytest.raises(ValidationFailed, match=r"at most 100\.00"):
        make(bank, amount="100.01")


def test_order_may_begin_today_while_an_attempt_is_left(bank: SmallBank) -> None:
    made = make(bank, start="2026-11-21")
    assert (made.next_date, made.next_attempt_at) == ("2026-11-21", "2026-11-21T15:00:00.000000Z")


@pytest.mark.parametrize(
    ("account_id", "status", "refusal"),
    [(A, "closed", AccountClosed), (A, "frozen", AccountFrozen), (B, "closed", AccountClosed), (B, "frozen", None)],
)
def test_closed_account_pays_and_is_paid_nothing_and_a_frozen_one_is_paid(
    bank: SmallBank, account_id: str, status: Any, refusal: type[BankError] | None
) -> None:
    account = bank.account(account_id)
    account.status = status
    bank.put(account)
    if refusal is None:
        assert make(bank).status == "active"
        return
    with pytest.raises(refusal):
        make(bank)


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (OWNER, True),
        (PAYER, True),
        (TELLER, True),
        (Caller("usr_a", "auditor", "r"), True),
        (VIEWER, False),
        (PAYEE, False),
        (STRANGER, False),
    ],
)
def test_order_exists_for_whoever_may_pay_from_the_account_and_the_bank(
    bank: SmallBank, caller: Caller, sees: bool
) -> None:
    made = make(bank)
    if sees:
        assert orders.get(caller, made.id, "standing_order").id == made.id
        return
    with pytest.raises(NotFound, match=f"standing order {made.id}"):
        orders.get(caller, made.id, "standing_order")
    with pytest.raises(NotFound):
        orders.find_own(caller, made.id, "standing_order")


def test_order_is_found_under_its_own_kind(bank: SmallBank) -> None:
    made = make(bank)
    for kind, order_id in (("scheduled_payment", made.id), ("standing_order", "sto_x"), ("standing_order", "")):
        with pytest.raises(NotFound):
            orders.get(OWNER, order_id, kind)  # type: ignore[arg-type]


def test_auditor_and_staff_of_the_account_change_nothing(bank: SmallBank) -> None:
    made = make(bank)
    with pytest.raises(ConflictOfInterest):
        orders.find_own(replace(TELLER, own_customer_id="cus_3"), made.id, "standing_order")
    assert orders.find_own(TELLER, made.id, "standing_order").holder_ids == ["cus_3", "cus_4"]


def listed(caller: Caller, **fields: Any) -> list[str]:
    kind: OrderKind = fields.pop("kind", "standing_order")
    return [one.id for one in orders.page(caller, kind, PAGE, **fields).items]


def test_orders_are_listed_by_owner_account_status_and_kind(bank: SmallBank) -> None:
    other = bank.open("acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z", 100)
    first, second = make(bank), make(bank, PAYER)
    from_other = make(bank, from_account_id=other)
    once = make(bank, kind="scheduled_payment", unit="day", times=1)
    changes.cancel(OWNER, second.id, "standing_order", ANY_VERSION)
    assert sorted(listed(OWNER)) == sorted([first.id, second.id, from_other.id])
    assert listed(OWNER)[-1] == second.id, "open ones come first"
    assert sorted(listed(OWNER, account_id=A)) == sorted([first.id, second.id])
    assert listed(PAYER, account_id=A, status="active") == [first.id]
    assert listed(OWNER, status="cancelled") == [second.id]
    assert listed(OWNER, kind="scheduled_payment") == [once.id]
    assert sorted(listed(TELLER, customer_id="cus_1")) == sorted(listed(OWNER))
    assert listed(PAYEE) == listed(STRANGER) == []


def test_orders_of_others_are_not_listed(bank: SmallBank) -> None:
    make(bank)
    with pytest.raises(NotFound, match="customer cus_1"):
        listed(PAYEE, customer_id="cus_1")
    with pytest.raises(NotFound):
        listed(STRANGER, account_id=A)
    with pytest.raises(Forbidden):
        listed(VIEWER, account_id=A)
    with pytest.raises(ValidationFailed, match="account_id"):
        listed(TELLER)


def test_order_that_a_policy_holds_waits_with_its_largest_amount(bank: SmallBank) -> None:
    employ(bank, DECIDER)
    control("standing_order", above={"USD": 1500})
    assert make(bank).status == "active", "12.50 is below"
    with pytest.raises(HeldForApproval) as held:
        make(bank, final_amount="15.01", end="2027-06-01", memo="rent")
    approval = Approval.by_id(held.value.approval_id)
    assert approval
    assert (approval.action, approval.amount, approval.currency) == ("standing_order", 1501, "USD")
    assert approval.parties == ["cus_1", "cus_2", "cus_3", "cus_4"]
    assert approval.summary == f"Pay 15.01 USD from 2026-12-01 from account {A} to account {B}."
    assert (approval.payload["do"], approval.payload["kind"], approval.sealed) == (
        "make",
        "standing_order",
        {"memo": "rent"},
    )
    assert Order.by_id(str(approval.resource_id)) is None
    with pytest.raises(HeldForApproval) as once:
        make(bank, kind="scheduled_payment", unit="day", times=1, amount="20.00")
    waiting = Approval.by_id(once.value.approval_id)
    assert waiting
    assert waiting.summary.startswith("Pay 20.00 USD on 2026-12-01")


def test_largest_amount_of_an_order_is_judged(bank: SmallBank) -> None:
    for fields, largest in (
        ({"amount": "9.00"}, 900),
        ({"first_amount": "20.00"}, 2000),
        ({"final_amount": "30.00", "times": 4}, 3000),
    ):
        assert terms.check(OWNER, monthly(**fields)).largest_amount == largest
