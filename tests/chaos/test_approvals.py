"""Approvals behind a line on which everything goes wrong: one effect each, holds released, and nothing stuck."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from threading import Barrier
from typing import Any, Literal

import pytest

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.approvals.policy import EXPIRES_HOURS, Policy
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import BankError, Unavailable
from chalicelib.domain.if_match import ANY_VERSION
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.permissions import Caller
from chalicelib.models import connection, transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.policy import ApprovalPolicy, replace_policy
from chalicelib.models.identity.user import User
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services import reference_cache
from chalicelib.services.accounts import changes
from chalicelib.services.approvals import decisions
from chalicelib.services.payments import deposits_withdrawals, hold_expiry
from chalicelib.services.payments.deposits_withdrawals import CashRequest
from tests.faults.hook import faulty_client
from tests.faults.plan import RATE_MAX, Plan

DECIDERS = 32
FAULTS_MIN = 8
"""Who finds the request decided makes few calls, so how many go wrong depends on who is first."""
TRIES_MAX = 60
LIMIT, PAID, BALANCE = 5_000, 4_000, 10_000
SEED = 20261129
Kind = Literal["action", "payment"]
KINDS: tuple[Kind, ...] = ("action", "payment")
Moment = Literal["before", "after"]
CUSTOMER = "cus_00000000000000000000000001"
TELLER = Caller("usr_00000000000000000000000099", "teller", "asked")
MANAGERS = [Caller(f"usr_{number:026d}", "manager", f"decision-{number}") for number in range(DECIDERS)]
POLICIES: dict[Kind, ActionName] = {"action": "overdraft_limit", "payment": "withdraw"}


class Killed(BaseException):
    """The process ends here."""


@dataclass(frozen=True)
class Held:
    """A request that waits, and the account that it is about."""

    kind: Kind
    approval_id: str
    account_id: str
    version: int

    def require_end(self, *, done: bool) -> None:
        """Check that the request has ended, with its effect done once or not at all, and that nothing is held."""
        approval, account = found(Approval.by_id(self.approval_id)), found(Account.by_id(self.account_id))
        assert (approval.status == "executed") is done, approval.status
        assert approval.status not in ("requested", "approved")
        assert account.held == 0
        if self.kind == "action":
            assert (account.overdraft_limit, account.version - self.version) == ((LIMIT, 1) if done else (0, 0))
            return
        transaction = found(Transaction.by_id(str(approval.transaction_id)))
        assert (transaction.status == "posted") is done
        assert transaction.status != "pending"
        assert account.balance == BALANCE - (PAID if done else 0)


def found(item: Any) -> Any:
    assert item is not None
    return item


@pytest.fixture
def desk(requests_to_own_engine: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bank with a teller, 32 managers, and policies under which an overdraft and a withdrawal wait."""
    monkeypatch.setattr(transact, "LATER_PAUSES_SHARE", 1 / 400)
    reference_cache.forget()
    now = clock.now()
    for one in (TELLER, *MANAGERS):
        user = User.new(one.user_id, f"hmac-{one.user_id}", "none", one.user_role).stamp(one, now).listed()
        transact.commit([user.put_if_absent()], "r")
    for action in POLICIES.values():
        require(action, 1)
    yield
    clock.set_clock(None)
    reference_cache.forget()


def require(action: ActionName, required: int) -> None:
    policy = Policy(action, "require", {}, False, required, ("manager", "admin")).to_json()
    transact.commit(replace_policy(ApprovalPolicy.current(action), action, policy, TELLER, "2026-11-29T00:00:00Z"), "r")
    reference_cache.forget()


def ask(kind: Kind) -> Held:
    """Ask for it as a teller does, for a new account with 100.00."""
    account_id = ids.new_id("acc", clock.now())
    opened = Account.of_customer(
        account_id, CUSTOMER, "now", account_type="current", currency="USD", ledger_version=1, branch_id=HEAD_OFFICE_ID
    ).stamp(TELLER, clock.now())
    transact.commit([opened.put_if_absent()], "r")
    deposits_withdrawals.deposit(TELLER, CashRequest(account_id, "100.00"), derive_key(account_id, "in", "deposit", 1))
    if kind == "payment":
        asked = CashRequest(account_id, "40.00")
        held = deposits_withdrawals.withdraw(TELLER, asked, derive_key(account_id, "out", "withdraw", 1)).transaction
        assert held.status == "pending"
        return Held(kind, str(held.approval_id), account_id, 0)
    with pytest.raises(HeldForApproval) as waiting:
        changes.edit(TELLER, account_id, {"overdraft_limit": "50.00"}, ANY_VERSION)
    return Held(kind, waiting.value.approval_id, account_id, found(Account.by_id(account_id)).version)


def insist(decide: Callable[[], Any]) -> str:
    """Repeat a request until the bank knows its outcome; return the status or the error."""
    for _ in range(TRIES_MAX):
        try:
            return str(decide()[0].status)
        except Unavailable:
            continue
        except BankError as refused:
            return refused.code
    raise AssertionError("it is stuck")


def approve(held: Held, caller: Caller) -> str:
    return insist(lambda: decisions.approve(caller, held.approval_id, None, None))


def reject(held: Held, caller: Caller) -> str:
    return insist(lambda: decisions.reject(caller, held.approval_id, "no", None))


def all_at_once(held: Held, decide: Callable[[Held, Caller], str]) -> Counter[str]:
    """Have 32 people decide at the same moment, while up to three of ten calls go wrong."""
    together = Barrier(DECIDERS)

    def run(caller: Caller) -> str:
        together.wait()
        return decide(held, caller)

    plan = Plan(SEED, RATE_MAX)
    with faulty_client(plan), ThreadPoolExecutor(DECIDERS) as pool:
        answers = Counter(pool.map(run, MANAGERS))
    assert plan.happened.total() >= FAULTS_MIN, "otherwise nothing was tried"
    return answers


def let_time_pass() -> None:
    """Sweep when the time of everything that waits is over."""
    later = clock.now() + timedelta(hours=EXPIRES_HOURS + 1)
    clock.set_clock(lambda: later)
    hold_expiry.sweep()
    clock.set_clock(None)


@pytest.mark.parametrize("kind", KINDS)
def test_of_32_who_approve_behind_faults_one_effect_remains(desk: None, kind: Kind) -> None:
    held = ask(kind)
    answers = all_at_once(held, approve)
    assert answers.keys() <= {"executed", "conflict"}
    held.require_end(done=True)
    assert len(found(Approval.by_id(held.approval_id)).decisions) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_of_32_who_approve_behind_faults_what_needs_two_two_have_decided(desk: None, kind: Kind) -> None:
    require(POLICIES[kind], 2)
    held = ask(kind)
    all_at_once(held, approve)
    held.require_end(done=True)
    people = [one["by"] for one in found(Approval.by_id(held.approval_id)).decisions]
    assert len(people) == len(set(people)) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_of_32_who_approve_or_reject_behind_faults_one_has_decided(desk: None, kind: Kind) -> None:
    held = ask(kind)
    all_at_once(held, lambda held, caller: (approve if int(caller.user_id[-1]) % 2 else reject)(held, caller))
    approval = found(Approval.by_id(held.approval_id))
    assert len(approval.decisions) == 1
    held.require_end(done=approval.decisions[0]["decision"] == "approved")


@contextmanager
def killed_at(nth: int, moment: Moment) -> Iterator[list[int]]:
    """End the process at the nth call of DynamoDB: before it goes out, or after it was answered."""
    events, calls, killed = connection.client().meta.events, count(1), list[int]()
    name = f"{moment}-call.dynamodb"

    def kill(**_: object) -> None:
        if next(calls) == nth:
            killed.append(nth)
            raise Killed

    events.register(name, kill)
    try:
        yield killed
    except Killed:
        pass
    finally:
        events.unregister(name, kill)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kind", KINDS)
def test_decider_who_is_killed_at_any_step_leaves_nothing_stuck(desk: None, kind: Kind, moment: Moment) -> None:
    """Another manager goes on, or nobody does and the time ends: by turns."""
    for nth in count(1):
        held = ask(kind)
        with killed_at(nth, moment) as killed:
            decisions.approve(MANAGERS[0], held.approval_id, None, None)
        if not killed:
            held.require_end(done=True)
            break
        if nth % 2:
            approve(held, MANAGERS[1])
            held.require_end(done=True)
        else:
            let_time_pass()
            held.require_end(done=found(Approval.by_id(held.approval_id)).status == "executed")
    assert nth > 6, "the steps of a decision"
