"""Many people who decide at the same moment, in threads: exactly one decision takes effect."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.domain.errors import BankError
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.user import User
from chalicelib.services.approvals import decisions
from tests.api.helpers.approvals import World

DECIDERS = 32


@pytest.fixture
def deciders(world: World) -> list[Caller]:
    """Managers who have not signed in: the services are called directly."""
    made = [Caller(f"usr_{number:026d}", "manager", f"decision-{number}") for number in range(DECIDERS)]
    for one in made:
        User.new(one.user_id, f"hmac-{one.user_id}", "none", "manager").stamp(one, "2026-11-29T00:00:00Z").put()
    return made


def outcomes(deciders: list[Caller], decide: Callable[[Caller], Approval]) -> Counter[str]:
    """Return how often each status, or error, was the answer."""
    together = Barrier(len(deciders))

    def run(caller: Caller) -> str:
        together.wait()
        try:
            return str(decide(caller).status)
        except BankError as error:
            return error.code

    with ThreadPoolExecutor(len(deciders)) as pool:
        return Counter(pool.map(run, deciders))


def is_final(approval_id: str) -> Approval:
    found = Approval.by_id(approval_id)
    assert found
    return found


def test_of_32_who_approve_at_once_one_has_decided(world: World, deciders: list[Caller]) -> None:
    """Others may have carried out what the first has approved; the effect is one, for it commits with `executed`."""
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    before = Account.by_id(world.account["id"])
    answers = outcomes(deciders, lambda caller: decisions.approve(caller, approval["id"], None, None)[0])
    found, after = is_final(approval["id"]), Account.by_id(world.account["id"])
    assert before
    assert after
    assert (found.status, len(found.decisions)) == ("executed", 1)
    assert (after.overdraft_limit, after.version - before.version) == (5000, 1)
    assert answers.keys() <= {"executed", "conflict"}
    assert answers["executed"] >= 1


def test_of_32_who_approve_or_reject_at_once_one_has_decided(world: World, deciders: list[Caller]) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())

    def decide(caller: Caller) -> Approval:
        if int(caller.user_id[-1]) % 2:
            return decisions.approve(caller, approval["id"], None, None)[0]
        return decisions.reject(caller, approval["id"], "no", None)[0]

    outcomes(deciders, decide)
    found = is_final(approval["id"])
    assert len(found.decisions) == 1
    decided = found.decisions[0]["decision"]
    assert found.status == {"approved": "executed", "rejected": "rejected"}[decided]
    assert world.limit_now() == ("50.00" if decided == "approved" else "0.00")


def test_of_32_who_approve_what_needs_two_exactly_two_have_decided(world: World, deciders: list[Caller]) -> None:
    world.set_policy("overdraft_limit", required=2)
    approval = world.waiting(world.limit())
    outcomes(deciders, lambda caller: decisions.approve(caller, approval["id"], None, None)[0])
    found = is_final(approval["id"])
    assert (found.status, len({one["by"] for one in found.decisions}), len(found.decisions)) == ("executed", 2, 2)
