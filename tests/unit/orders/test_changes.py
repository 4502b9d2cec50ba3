"""Changes of orders: whose rights count from then on, which dates stay, and what needs a PIN or a second person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.errors import (
    AccountClosed,
    Conflict,
    ConflictOfInterest,
    Forbidden,
    NotFound,
    PinRequired,
    ValidationFailed,
)
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.orders import execution
from chalicelib.domain.permissions import Caller, system
from chalicelib.models import transact
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.services.approvals import decisions
from chalicelib.services.crypto.passwords import hash_secret
from chalicelib.services.orders import attempts, changes
from chalicelib.services.orders.attempt_plan import AttemptPlan
from chalicelib.services.orders.payees import OrderPayee
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import NOON, A, B, C, SmallBank, customer, staff
from tests.unit.approvals.held_requests import control, employ
from tests.unit.orders.making_orders import OWNER, PAYEE, PAYER, VIEWER, make, read

DECIDER = staff("manager", user_id="usr_decider", request_id="req_2")
OUTSIDERS = [(VIEWER, NotFound), (PAYEE, NotFound), (customer(9), NotFound)]


pytestmark = pytest.mark.usefixtures("cheap_hashes")


@pytest.fixture
def order(bank: SmallBank) -> Order:
    """Return an order of 12.50 a month from A to B, from 1 December on."""
    bank.open(A, 10_000, holders={"cus_3": "pay", "cus_4": "view"})
    bank.open(B, 500, owner=2)
    bank.open(C, 500, owner=2)
    for person in (OWNER, PAYER):
        bank.user(person)
    return make(bank)


def edit(order: Order, caller: Caller = OWNER, pin: str | None = None, **edits: Any) -> Order:
    return changes.edit(caller, order.id, edits, pin)


def pay_what_is_due(order: Order, until: str) -> None:
    def commit(plan: AttemptPlan) -> None:
        transact.commit(plan.actions, "run")

    attempts.make_due(order.id, until, system("run"), commit)


def test_edit_counts_from_the_next_date_on(bank: SmallBank, order: Order) -> None:
    changed = edit(order, PAYER, amount="20.00", memo="more")
    assert (changed.amount, changed.memo, changed.next_date) == (2000, "more", "2026-12-01")
    assert (changed.made_by, changed.updated_by) == ("usr_3", "usr_3")
    assert read(order).amount == 2000


def test_edit_that_changes_nothing_writes_nothing(bank: SmallBank, order: Order) -> None:
    assert edit(order, PAYER, amount="12.50").version == order.version
    assert read(order).made_by == "usr_1"


@pytest.mark.parametrize(("caller", "refusal"), OUTSIDERS)
def test_order_of_others_is_not_changed(
    bank: SmallBank, order: Order, caller: Caller, refusal: type[Exception]
) -> None:
    changing: list[Callable[[], object]] = [
        lambda: edit(order, caller, amount="1.00"),
        lambda: changes.suspend(caller, order.id, None, ANY_VERSION),
        lambda: changes.resume(caller, order.id, None, None, ANY_VERSION),
        lambda: changes.skip(caller, order.id, None, None, ANY_VERSION),
        lambda: changes.cancel(caller, order.id, "standing_order", ANY_VERSION),
    ]
    for change in changing:
        with pytest.raises(refusal):
            change()
    assert read(order).version == order.version


def test_staff_of_the_account_change_nothing(bank: SmallBank, order: Order) -> None:
    with pytest.raises(ConflictOfInterest):
        edit(order, replace(staff("teller"), own_customer_id="cus_4"), amount="1.00")


def test_all_but_the_memo_needs_the_pin(bank: SmallBank, order: Order) -> None:
    bank.put(Pin.new(A, hash_secret("1234")).stamp(staff(), NOON))
    assert edit(order, memo="other").memo == "other"
    for edits in ({"amount": "1.00"}, {"end": "2027-05-01"}, {"memo": "x", "times": 3}):
        with pytest.raises(PinRequired):
            edit(order, **edits)
    assert edit(order, pin="1234", amount="1.00").amount == 100


def test_memo_of_another_persons_order_leaves_its_maker(bank: SmallBank, order: Order) -> None:
    assert edit(order, PAYER, memo="other").made_by == "usr_1"


def test_customer_without_a_verified_address_changes_no_terms(
    bank: SmallBank, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    with pytest.raises(Forbidden, match="Verify your e-mail"):
        edit(order, amount="1.00")
    assert edit(order, memo="other").memo == "other"


def test_other_dates_begin_anew_at_a_start_to_come(bank: SmallBank, order: Order) -> None:
    with pytest.raises(ValidationFailed, match="start: is required with another frequency"):
        edit(order, every=2)
    for past in ("2026-11-21", "2026-11-20"):
        with pytest.raises(ValidationFailed, match="start: is not in the future"):
            edit(order, every=2, start=past)
    changed = edit(order, every=2, start="2026-11-22")
    assert (changed.every, changed.start, changed.next_date) == (2, "2026-11-22", "2026-11-22")
    assert changed.next_attempt_at == "2026-11-22T00:05:00.000000Z"
    sunday = edit(order, every=1, day=6, start="2026-12-01")
    assert (sunday.next_date, sunday.next_attempt_at) == ("2026-12-06", "2026-12-06T00:05:00.000000Z")
    moved = edit(order, start="2026-12-02", business_days="following")
    assert (moved.next_date, moved.next_attempt_at) == ("2026-12-06", "2026-12-07T00:05:00.000000Z")


def test_another_start_ends_the_first_amount(bank: SmallBank) -> None:
    bank.open(A, 10_000)
    bank.open(B, 500, owner=2)
    order = make(bank, first_amount="5.00")
    assert edit(order, start="2026-12-05").first_amount is None
    assert edit(order, start="2026-12-06", first_amount="6.00").first_amount == 600


def test_dates_do_not_change_while_a_payment_is_under_way(bank: SmallBank, order: Order) -> None:
    bank.later(days=9, hours=13)
    assert str(order.next_attempt_at) <= "2026-12-01T01:00:00.000000Z"
    with pytest.raises(Conflict, match="under way"):
        edit(order, start="2026-12-05")
    changes.suspend(OWNER, order.id, None, ANY_VERSION)
    assert edit(order, start="2026-12-05").start == "2026-12-05"


def test_suspended_order_stays_suspended_when_it_is_edited(bank: SmallBank, order: Order) -> None:
    changes.suspend(OWNER, order.id, None, ANY_VERSION)
    changed = edit(order, amount="20.00")
    assert (changed.status, changed.amount) == ("suspended", 2000)
    assert not changed.next_attempt_at


def test_edit_keeps_the_time_of_an_attempt_that_is_tried_again_today(bank: SmallBank, order: Order) -> None:
    account = bank.account(A)
    account.held = 10_000
    bank.put(account)
    bank.later(days=9, hours=13)
    pay_what_is_due(order, "2026-12-01T01:00:00.000000Z")
    assert read(order).next_attempt_at == "2026-12-01T08:00:00.000000Z"
    changed = edit(order, amount="2.00")
    assert (changed.next_date, changed.next_attempt_at) == ("2026-12-01", "2026-12-01T08:00:00.000000Z")


def test_other_payee_is_paid_from_then_on(bank: SmallBank, order: Order) -> None:
    changed = changes.edit(OWNER, order.id, {}, None, OrderPayee(account_id=C))
    assert changed.to_account_id == C
    with pytest.raises(NotFound):
        changes.edit(OWNER, order.id, {}, None, OrderPayee(account_id="acc_x"))


def test_change_is_made_to_the_version_that_was_read(bank: SmallBank, order: Order) -> None:
    outdated = IfMatch.parse('"9"')
    changing: list[Callable[[], object]] = [
        lambda: changes.edit(OWNER, order.id, {"amount": "1.00"}, None, None, outdated),
        lambda: changes.suspend(OWNER, order.id, None, outdated),
        lambda: changes.resume(OWNER, order.id, None, None, outdated),
        lambda: changes.skip(OWNER, order.id, None, None, outdated),
        lambda: changes.cancel(OWNER, order.id, "standing_order", outdated),
    ]
    for change in changing:
        with pytest.raises(Conflict, match="current version is 1"):
            change()


def test_suspended_order_pays_nothing_until_it_is_resumed(bank: SmallBank, order: Order) -> None:
    key = bank.key(OWNER)
    suspended, replayed = changes.suspend(OWNER, order.id, key, ANY_VERSION)
    assert (suspended.status, suspended.reason, replayed) == ("suspended", "suspended_by_customer", False)
    assert not suspended.next_attempt_at
    assert not suspended.gsi2pk, "no run finds it"
    assert changes.suspend(OWNER, order.id, key, ANY_VERSION)[1] is True
    again = changes.suspend(OWNER, order.id, None, ANY_VERSION)[0]
    assert again.version == suspended.version
    bank.later(days=45)
    resumed, replayed = changes.resume(OWNER, order.id, None, None, ANY_VERSION)
    assert (resumed.status, resumed.failures, replayed) == ("active", 0, False)
    assert not resumed.reason
    assert (resumed.next_date, resumed.next_attempt_at) == ("2027-02-01", "2027-02-01T00:05:00.000000Z")
    assert changes.resume(OWNER, order.id, None, None, ANY_VERSION)[0].version == resumed.version


def test_person_who_resumes_anothers_order_proves_the_pin_and_becomes_its_maker(bank: SmallBank, order: Order) -> None:
    bank.put(Pin.new(A, hash_secret("1234")).stamp(staff(), NOON))
    changes.suspend(OWNER, order.id, None, ANY_VERSION)
    with pytest.raises(PinRequired):
        changes.resume(PAYER, order.id, None, None, ANY_VERSION)
    assert changes.resume(PAYER, order.id, "1234", None, ANY_VERSION)[0].made_by == "usr_3"
    changes.suspend(PAYER, order.id, None, ANY_VERSION)
    assert changes.resume(PAYER, order.id, None, None, ANY_VERSION)[0].status == "active"


def test_order_whose_payee_was_closed_is_not_resumed(bank: SmallBank, order: Order) -> None:
    changes.suspend(OWNER, order.id, None, ANY_VERSION)
    account = bank.account(B)
    account.status = "closed"
    bank.put(account)
    with pytest.raises(AccountClosed):
        changes.resume(OWNER, order.id, None, None, ANY_VERSION)


def execution_of(order: Order, day: str) -> Execution:
    found = Execution.find(*Execution.key(order.id, day))
    assert found
    return found


def test_skipped_date_is_left_out(bank: SmallBank, order: Order) -> None:
    key = bank.key(OWNER)
    skipped, replayed = changes.skip(OWNER, order.id, "2026-12-01", key, ANY_VERSION)
    assert (skipped.next_date, skipped.next_attempt_at, replayed) == (
        "2027-01-01",
        "2027-01-01T00:05:00.000000Z",
        False,
    )
    found = execution_of(order, "2026-12-01")
    assert (found.status, found.reason, found.amount, found.currency) == (
        "skipped",
        "skipped_by_customer",
        1250,
        "USD",
    )
    assert (found.execution_day, found.customer_id, found.holder_ids) == ("2026-12-01", "cus_1", ["cus_3", "cus_4"])
    assert changes.skip(OWNER, order.id, "2026-12-01", key, ANY_VERSION)[1] is True
    assert changes.skip(OWNER, order.id, "2026-12-01", None, ANY_VERSION)[0].version == skipped.version
    assert changes.skip(OWNER, order.id, None, None, ANY_VERSION)[0].next_date == "2027-02-01"


def test_only_the_next_date_of_an_active_order_is_skipped(bank: SmallBank, order: Order) -> None:
    with pytest.raises(ValidationFailed, match="date: is not the next date of the order, which is 2026-12-01"):
        changes.skip(OWNER, order.id, "2027-01-01", None, ANY_VERSION)
    changes.suspend(OWNER, order.id, None, ANY_VERSION)
    with pytest.raises(Conflict, match="The order is suspended: it has no next payment"):
        changes.skip(OWNER, order.id, None, None, ANY_VERSION)


def test_date_that_was_paid_a_moment_ago_is_not_skipped(bank: SmallBank, order: Order) -> None:
    bank.later(days=10)
    until = "2026-12-01T12:00:00.000000Z"
    bank.dynamodb.next(WRITE, after(lambda: pay_what_is_due(order, until)))
    with pytest.raises((Conflict, ValidationFailed)):
        changes.skip(OWNER, order.id, "2026-12-01", None, ANY_VERSION)
    assert Transaction.by_id(execution.transaction_id(order.id, date(2026, 12, 1)))
    assert execution_of(order, "2026-12-01").status == "posted"


def test_cancelled_order_is_over_for_good(bank: SmallBank, order: Order) -> None:
    cancelled = changes.cancel(OWNER, order.id, "standing_order", ANY_VERSION)
    assert cancelled.status == "cancelled"
    assert not cancelled.next_date
    assert not cancelled.next_attempt_at
    assert changes.cancel(OWNER, order.id, "standing_order", ANY_VERSION).version == cancelled.version
    changing: list[Callable[[], object]] = [
        lambda: edit(order, amount="1.00"),
        lambda: changes.suspend(OWNER, order.id, None, ANY_VERSION),
        lambda: changes.resume(OWNER, order.id, None, None, ANY_VERSION),
        lambda: changes.skip(OWNER, order.id, None, None, ANY_VERSION),
    ]
    for change in changing:
        with pytest.raises(Conflict, match="The order is cancelled: it cannot be changed any more"):
            change()


def test_order_is_changed_under_its_own_kind(bank: SmallBank, order: Order) -> None:
    with pytest.raises(NotFound):
        changes.cancel(OWNER, order.id, "scheduled_payment", ANY_VERSION)


def waiting(order: Order, **edits: Any) -> Approval:
    with pytest.raises(HeldForApproval) as held:
        edit(order, **edits)
    found = Approval.by_id(held.value.approval_id)
    assert found
    return found


@pytest.mark.parametrize(
    "edits",
    [
        {"amount": "13.00"},
        {"amount": "1.00"},
        {"final_amount": "1.00", "times": 12},
        {"start": "2026-12-05"},
        {"every": 2, "start": "2026-12-05"},
        {"times": 13},
        {"end": None, "times": None},
        {"end": "2027-12-31", "times": None},
    ],
)
def test_other_terms_wait_for_a_second_person(bank: SmallBank, edits: dict[str, Any]) -> None:
    bank.open(A, 10_000)
    bank.open(B, 500, owner=2)
    employ(bank, DECIDER)
    order = make(bank, times=12)
    control("standing_order")
    approval = waiting(order, **edits)
    assert (approval.resource_id, approval.resource_version, approval.payload["do"]) == (order.id, "1", "edit")
    assert read(order).version == 1


@pytest.mark.parametrize(
    ("edits", "waits"),
    [
        ({"end": "2027-05-02"}, True),
        ({"end": None}, True),
        ({"end": None, "times": 3}, True),
        ({"end": "2027-04-30"}, False),
    ],
)
def test_order_that_ends_later_waits_and_one_that_ends_sooner_does_not(
    bank: SmallBank, edits: dict[str, Any], waits: bool
) -> None:
    bank.open(A, 10_000)
    bank.open(B, 500, owner=2)
    employ(bank, DECIDER)
    order = make(bank, end="2027-05-01")
    control("standing_order")
    if waits:
        assert waiting(order, **edits).payload["do"] == "edit"
    else:
        assert edit(order, **edits).end == "2027-04-30"


@pytest.mark.parametrize("edits", [{"times": 11}, {"end": "2027-05-01"}, {"memo": "x"}])
def test_order_that_ends_sooner_needs_no_second_person(bank: SmallBank, edits: dict[str, Any]) -> None:
    bank.open(A, 10_000)
    bank.open(B, 500, owner=2)
    employ(bank, DECIDER)
    order = make(bank, times=12)
    control("standing_order")
    assert edit(order, **edits).version == 2


def test_approved_change_is_made_in_its_makers_name(bank: SmallBank, order: Order) -> None:
    employ(bank, DECIDER)
    control("standing_order")
    bank.put(Pin.new(A, hash_secret("1234")).stamp(staff(), NOON))
    with pytest.raises(PinRequired):
        edit(order, amount="20.00")
    with pytest.raises(HeldForApproval) as held:
        edit(order, pin="1234", amount="20.00", memo="secret")
    approval_id = held.value.approval_id
    assert decisions.approve(DECIDER, approval_id, None, None)[0].status == "executed"
    changed = read(order)
    assert (changed.amount, changed.memo, changed.made_by, changed.approval_id) == (
        2000,
        "secret",
        "usr_1",
        approval_id,
    )


def test_approved_order_is_made_as_it_was_asked_for(bank: SmallBank, order: Order) -> None:
    employ(bank, DECIDER)
    control("standing_order")
    with pytest.raises(HeldForApproval) as held:
        make(bank, amount="30.00", memo="rent")
    approval, _ = decisions.approve(DECIDER, held.value.approval_id, None, None)
    assert approval.status == "executed"
    made = Order.by_id(str(approval.resource_id))
    assert made
    assert (made.amount, made.memo, made.made_by, made.approval_id) == (3000, "rent", "usr_1", approval.id)
    assert (made.kind, made.next_date) == ("standing_order", "2026-12-01")


def test_approved_change_of_an_order_that_moved_since_fails(bank: SmallBank, order: Order) -> None:
    employ(bank, DECIDER)
    control("standing_order")
    approval = waiting(order, amount="20.00")
    changes.suspend(OWNER, order.id, None, ANY_VERSION)
    ended, _ = decisions.approve(DECIDER, approval.id, None, None)
    assert (ended.status, (ended.failure or {})["code"], read(order).amount) == ("failed", "approval_stale", 1250)
