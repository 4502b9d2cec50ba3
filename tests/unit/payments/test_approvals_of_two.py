"""Payments that two people must approve: each decision counts once, and only as long as its maker may decide."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.errors import BankError, Conflict, Forbidden, IdempotencyKeyReused
from chalicelib.domain.permissions import Caller, system
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.policy import replace_policy
from chalicelib.models.identity.user import User
from chalicelib.models.ledger import ledger
from chalicelib.services.payments import hold_expiry, transfer_steps
from chalicelib.services.payments.approvals import approve, cancel, reject
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from chalicelib.services.payments.transfer_steps import outcome_of
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, Answer, after
from tests.small_bank import NOON_TEXT, A, B, SmallBank, customer, staff

FIRST, SECOND, THIRD = (staff(user_id=f"usr_{name}", request_id=f"req_{name}") for name in ("first", "second", "third"))
UNTIL = "2026-11-22T12:00:00.000000Z"


@pytest.fixture(autouse=True)
def people(bank: SmallBank) -> None:
    bank.open(A, 10_000)
    bank.open(B, 500, owner=2)
    bank.user(customer())
    for caller in (FIRST, SECOND, THIRD):
        employ(bank, caller)


def employ(bank: SmallBank, caller: Caller, **fields: Any) -> None:
    given = {"role": "manager"} | fields
    role = given.pop("role")
    bank.put(User.new(caller.user_id, "hmac", "hash", role, **given).stamp(staff(), NOON_TEXT).listed())


def hold(bank: SmallBank, required: int = 2) -> str:
    """Return a transfer of 12.50 from A to B that needs so many approvals within a day."""
    policy = Policy("transfer", "require", {"USD": 1000}, within_24h=False, required=required, roles=("manager",))
    stored = policy.to_json() | {"expires_hours": 24}
    transact.commit(replace_policy(None, "transfer", stored, system("req"), NOON_TEXT), "req")
    key = bank.key(customer())
    request = TransferRequest(A, B, "12.50", None, Annotations(), customer(), key)
    assert transfer_steps.post(request) == {"status": "review", "reasons": ["policy"]}
    return outcome_of(transfer_steps.hold(request, ("policy",))).transaction.id


def approval_of(bank: SmallBank, transaction_id: str) -> Approval:
    found = Approval.by_id(str(bank.transaction(transaction_id).approval_id))
    assert found
    return found


def test_payment_waits_for_as_many_as_the_policy_says(bank: SmallBank) -> None:
    waiting = bank.transaction(hold(bank))
    assert (waiting.status, waiting.awaits, waiting.approval_required) == ("pending", "approval", 2)
    assert waiting.hold_until == UNTIL


def test_first_of_two_approvals_is_recorded_and_the_second_posts(bank: SmallBank) -> None:
    waiting, key = hold(bank), bank.key(FIRST)
    first = approve(FIRST, waiting, key, "seen")
    assert (first.transaction.status, first.replayed) == ("pending", False)
    approval = approval_of(bank, waiting)
    assert (approval.status, [one["by"] for one in approval.decisions]) == ("requested", ["usr_first"])
    again = approve(FIRST, waiting, key)
    assert (again.transaction.status, again.replayed) == ("pending", True)
    assert len(approval_of(bank, waiting).decisions) == 1
    second = approve(SECOND, waiting, bank.key(SECOND), "seen, too")
    assert (second.transaction.status, bank.account(B).balance) == ("posted", 1750)
    approval = approval_of(bank, waiting)
    assert approval.status == "executed"
    assert approval.notes == {"usr_first": "seen", "usr_second": "seen, too"}
    decisions = [(one["by"], one["decision"], one["role"]) for one in approval.decisions]
    assert decisions == [("usr_first", "approved", "manager"), ("usr_second", "approved", "manager")]


def test_one_approval_is_enough_where_the_policy_asks_for_one(bank: SmallBank) -> None:
    waiting = hold(bank, required=1)
    assert approve(FIRST, waiting, bank.key(FIRST), "seen").transaction.status == "posted"
    approval = approval_of(bank, waiting)
    assert (approval.status, [one["by"] for one in approval.decisions]) == ("executed", ["usr_first"])


def test_nobody_approves_twice(bank: SmallBank) -> None:
    waiting = hold(bank)
    approve(FIRST, waiting, bank.key(FIRST))
    with pytest.raises(BankError):
        approve(FIRST, waiting, bank.key(FIRST))
    assert bank.transaction(waiting).status == "pending"


def test_key_of_the_first_approval_serves_no_other(bank: SmallBank) -> None:
    waiting, key = hold(bank), bank.key(FIRST)
    approve(FIRST, waiting, key)
    with pytest.raises(IdempotencyKeyReused):
        approve(FIRST, waiting, type(key)(key.transaction_id, "another fingerprint"))


@pytest.mark.parametrize("lost", [{"role": "teller"}, {"status": "disabled"}])
def test_approval_of_who_may_not_decide_any_more_does_not_count(bank: SmallBank, lost: dict[str, str]) -> None:
    waiting = hold(bank)
    approve(FIRST, waiting, bank.key(FIRST))
    employ(bank, FIRST, **lost)
    assert approve(SECOND, waiting, bank.key(SECOND)).transaction.status == "pending"
    assert approve(THIRD, waiting, bank.key(THIRD)).transaction.status == "posted"


def test_approver_who_is_dismissed_while_the_second_decides_stops_the_payment(bank: SmallBank) -> None:
    waiting = hold(bank)
    approve(FIRST, waiting, bank.key(FIRST))
    bank.dynamodb.next(WRITE, after(lambda: employ(bank, FIRST, role="teller")))
    with pytest.raises(Conflict, match="may not decide any more"):
        approve(SECOND, waiting, bank.key(SECOND))
    assert (bank.transaction(waiting).status, bank.account(B).balance) == ("pending", 500)


def test_approver_who_is_dismissed_just_before_the_second_decides_is_replaced_by_the_second(bank: SmallBank) -> None:
    """The ledger finds it out when the second approval was to be the last one: sent again, it is recorded instead."""
    waiting, looks = hold(bank), list[int]()
    approve(FIRST, waiting, bank.key(FIRST))

    def dismiss(answer: Callable[[], Answer], request: Any) -> Answer:
        if "USER#usr_first" in str(request):
            looks.append(1)
            if len(looks) == 2:
                employ(bank, FIRST, role="teller")
        return answer()

    bank.dynamodb.from_now_on(BATCH_GET, dismiss)
    with pytest.raises(Conflict, match="Repeat your approval"):
        approve(SECOND, waiting, bank.key(SECOND))
    assert (bank.transaction(waiting).status, bank.account(B).balance) == ("pending", 500)
    assert approve(SECOND, waiting, bank.key(SECOND)).transaction.status == "pending"
    assert approve(THIRD, waiting, bank.key(THIRD)).transaction.status == "posted"


def test_payment_whose_approval_is_not_there_is_not_posted(bank: SmallBank) -> None:
    waiting = hold(bank)
    approval = approval_of(bank, waiting)
    del bank.dynamodb.table("bank").items[approval.own_key]
    with pytest.raises(Conflict, match="waits for an approval that it does not have"):
        approve(FIRST, waiting, bank.key(FIRST))
    assert (bank.transaction(waiting).status, bank.account(B).balance) == ("pending", 500)


@pytest.mark.parametrize("required", [1, 2])
@pytest.mark.parametrize("decide", [approve, lambda c, t, k: reject(c, t, "no", k)])
def test_manager_whose_role_changes_meanwhile_decides_nothing(bank: SmallBank, required: int, decide: Any) -> None:
    waiting = hold(bank, required)
    bank.dynamodb.next(WRITE, after(lambda: employ(bank, FIRST, role="teller")))
    with pytest.raises(Forbidden):
        decide(FIRST, waiting, bank.key(FIRST))
    assert bank.transaction(waiting).status == "pending"
    assert approval_of(bank, waiting).status == "requested"


def test_rejection_by_one_ends_it_and_says_why(bank: SmallBank) -> None:
    waiting = hold(bank)
    approve(FIRST, waiting, bank.key(FIRST))
    assert reject(SECOND, waiting, "unusual", bank.key(SECOND)).transaction.status == "voided"
    approval = approval_of(bank, waiting)
    assert (approval.status, bank.account(A).held) == ("rejected", 0)
    assert [(one["by"], one["decision"]) for one in approval.decisions][1] == ("usr_second", "rejected")


def test_cancellation_ends_the_approval_too(bank: SmallBank) -> None:
    waiting = hold(bank)
    assert cancel(customer(), waiting, None).transaction.status == "voided"
    assert approval_of(bank, waiting).status == "cancelled"


def test_payment_that_ends_while_the_first_approves_is_not_approved(bank: SmallBank) -> None:
    waiting = hold(bank)
    bank.dynamodb.next(WRITE, after(lambda: cancel(customer(), waiting, None)))
    with pytest.raises(Conflict):
        approve(FIRST, waiting, bank.key(FIRST))
    assert approval_of(bank, waiting).status == "cancelled"


def test_first_approval_from_the_end_on_expires_the_payment(bank: SmallBank) -> None:
    waiting = hold(bank)
    bank.later(days=1)
    with pytest.raises(Conflict, match="has expired"):
        approve(FIRST, waiting, bank.key(FIRST))
    assert (bank.transaction(waiting).status, approval_of(bank, waiting).status) == ("expired", "expired")


def test_two_first_approvals_at_once_are_both_counted(bank: SmallBank) -> None:
    waiting = hold(bank)
    bank.dynamodb.next(WRITE, after(lambda: approve(SECOND, waiting, bank.key(SECOND))))
    assert approve(FIRST, waiting, bank.key(FIRST)).transaction.status == "posted"
    approval = approval_of(bank, waiting)
    assert {one["by"] for one in approval.decisions} == {"usr_first", "usr_second"}


def test_payment_that_waits_for_no_approval_is_not_decided(bank: SmallBank) -> None:
    held = ledger.hold(bank.request({A: -10, B: 10}), UNTIL).transaction.id
    with pytest.raises(Conflict, match="is pending"):
        cancel(customer(), held, None)


def test_decisions_are_made_one_after_the_other_though_a_clock_is_behind(bank: SmallBank) -> None:
    waiting = hold(bank, required=3)
    approve(FIRST, waiting, bank.key(FIRST))
    bank.later(seconds=-0.5)
    approve(SECOND, waiting, bank.key(SECOND))
    first, second = (one["at"] for one in approval_of(bank, waiting).decisions)
    assert (first, second) == ("2026-11-21T12:00:00.000001Z", "2026-11-21T12:00:00.000002Z")


def test_sweep_expires_what_nobody_has_decided_with_its_approval(bank: SmallBank) -> None:
    waiting = hold(bank)
    bank.later(days=1, seconds=-1)
    assert hold_expiry.sweep() == {"expired": 0, "voided": 0, "approvals": 0}
    bank.later(seconds=1)
    assert hold_expiry.sweep() == {"expired": 1, "voided": 0, "approvals": 0}
    assert (bank.transaction(waiting).status, approval_of(bank, waiting).status) == ("expired", "expired")


def test_approval_of_a_payment_whose_maker_may_not_make_it_any_more_has_failed(bank: SmallBank) -> None:
    waiting = hold(bank, required=1)
    bank.user(customer(), status="disabled")
    with pytest.raises(Conflict, match="may no longer pay"):
        approve(FIRST, waiting, bank.key(FIRST))
    approval = approval_of(bank, waiting)
    assert (approval.status, approval.failure["code"]) == ("failed", "forbidden")
    assert bank.transaction(waiting).status == "voided"
