"""The gate: what waits is stored whole and once, and what was approved is done byte for byte."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import trial
from chalicelib.domain import ids
from chalicelib.domain.approvals.held import HeldForApproval, WouldWait
from chalicelib.domain.errors import (
    ActionBlocked,
    ApprovalStale,
    Conflict,
    Contention,
    IdempotencyKeyReused,
    NoApprover,
)
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.approval_subject import ApprovalSubject
from chalicelib.models.approvals.authority import replace_ceilings
from chalicelib.models.ledger.transaction import RequestRecord
from chalicelib.services.accounts import changes
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from tests.small_bank import A, SmallBank, staff
from tests.unit.approvals.held_requests import (
    DECIDER,
    FROZEN_AT,
    MAKER,
    OTHER,
    ask_to_unfreeze,
    control,
    employ,
    stored,
)

REQUEST = HeldRequest("unfreeze", "Unfreeze it.", resource_id=A, version=7, payload={"reason": "x"}, parties=["cus_1"])


def ask(request: HeldRequest = REQUEST, **fields: Any) -> Approval:
    with pytest.raises(HeldForApproval) as held:
        gate.require(MAKER, replace(request, **fields))
    return stored(held.value.approval_id)


def test_request_that_no_policy_holds_needs_nothing(bank: SmallBank) -> None:
    assert gate.require(MAKER, REQUEST) == ()


def test_request_that_waits_is_stored_with_all_that_its_execution_needs(watched: SmallBank) -> None:
    approval = ask(sealed={"iban": "secret"}, parties=["usr_z", "cus_1", "usr_z"])
    policy = control("unfreeze")
    assert (approval.action, approval.resource_id, approval.resource_version) == ("unfreeze", A, "7")
    assert (approval.payload, approval.sealed, approval.summary) == (
        {"reason": "x"},
        {"iban": "secret"},
        "Unfreeze it.",
    )
    assert approval.payload_sha256 == digest(["unfreeze", A, "7", {"reason": "x"}, {"iban": "secret"}])
    assert (approval.parties, approval.requested_by) == (["cus_1", "usr_z"], MAKER.user_id)
    assert (approval.reasons, approval.policy, approval.required) == (["policy"], policy.to_json(), 1)
    assert (approval.roles, approval.decide_until) == (["manager", "admin"], "2026-11-24T12:00:00.000000Z")
    assert (approval.status, approval.decisions, approval.notes) == ("requested", [], None)
    assert approval.maker["role"] == "teller"


def test_hash_covers_action_resource_version_payload_and_sealed_part() -> None:
    others = [
        replace(REQUEST, action="pin_reset"),
        replace(REQUEST, resource_id="acc_2"),
        replace(REQUEST, version=8),
        replace(REQUEST, version=None),
        replace(REQUEST, version="None"),
        replace(REQUEST, payload={"reason": "y"}),
        replace(REQUEST, sealed={"a": 1}),
    ]
    assert len({one.sha256 for one in (REQUEST, *others)}) == 1 + len(others)
    assert replace(REQUEST, version="7", summary="Other words.", parties=["usr_9"]).sha256 == REQUEST.sha256


def test_owner_and_holders_of_the_accounts_of_a_request_are_its_parties(watched: SmallBank) -> None:
    assert ask(accounts=[A], parties=["usr_9"]).parties == ["cus_1", "cus_3", "usr_9"]


def test_request_is_listed_under_what_it_is_about(watched: SmallBank) -> None:
    approval = ask()
    assert [one.id for one in ApprovalSubject.find_open(A, watched.now)] == [approval.id]


def test_blocked_action_is_refused(watched: SmallBank) -> None:
    control("unfreeze", control="block")
    with pytest.raises(ActionBlocked):
        gate.require(MAKER, REQUEST)


def test_amount_up_to_the_threshold_does_not_wait(watched: SmallBank) -> None:
    control("overdraft_limit", above={"USD": 100})
    raised = HeldRequest("overdraft_limit", "Raise it.", resource_id=A, amount=100, currency="USD")
    assert gate.require(MAKER, raised) == ()
    approval = ask(raised, amount=101)
    assert (approval.amount, approval.currency) == (101, "USD")


def test_roles_decide_whose_ceiling_covers_the_amount_of_the_request(watched: SmallBank) -> None:
    ceilings = {role: {"overdraft_limit": {"USD": most}} for role, most in (("manager", 200), ("admin", 300))}
    transact.commit(replace_ceilings(None, ceilings, OTHER, FROZEN_AT), "req")
    control("overdraft_limit")
    employ(watched, staff("admin", user_id="usr_admin"))
    raised = HeldRequest("overdraft_limit", "Raise it.", resource_id=A, amount=200, currency="USD")
    assert ask(raised).roles == ["manager", "admin"]
    assert ask(raised, amount=201).roles == ["admin"]
    with pytest.raises(NoApprover, match=r"3\.01 USD is above every ceiling"):
        gate.require(MAKER, replace(raised, amount=301))


def test_request_without_an_amount_is_one_of_nothing(watched: SmallBank) -> None:
    """So a threshold and a ceiling of zero let it pass."""
    control("overdraft_limit", above={"USD": 0})
    lowered = HeldRequest("overdraft_limit", "Lower it.", resource_id=A, currency="USD")
    assert gate.require(MAKER, lowered) == ()


def test_repeated_request_under_its_key_is_held_under_the_same_approval(watched: SmallBank) -> None:
    key = watched.key(MAKER)
    first = ask_to_unfreeze(key=key)
    with pytest.raises(HeldForApproval) as again:
        changes.unfreeze(MAKER, A, "solved", key)
    assert (again.value.approval_id, again.value.is_new) == (first.id, False)
    with pytest.raises(IdempotencyKeyReused):
        changes.unfreeze(MAKER, A, "solved", replace(key, fingerprint="other"))


def record_key(bank: SmallBank, resource_id: str) -> IdempotencyKey:
    """Return a key under which an earlier request led to a resource."""
    key = bank.key(MAKER)
    bank.put(RequestRecord.of(key.transaction_id, key.fingerprint, resource_id, MAKER, FROZEN_AT))
    return key


def test_request_that_was_posted_under_its_key_before_is_left_to_the_ledger(watched: SmallBank) -> None:
    key = record_key(watched, ids.transaction_id("usr_maker", "earlier"))
    assert gate.require(MAKER, REQUEST, key) == ()
    assert ApprovalSubject.find_open(A, watched.now) == []


def test_request_that_was_answered_under_its_key_at_the_same_time_is_repeated(watched: SmallBank) -> None:
    with pytest.raises(Contention) as raised:
        gate.require(MAKER, REQUEST, record_key(watched, A))
    assert raised.value.retry_after_seconds == 1
    assert ApprovalSubject.find_open(A, watched.now) == []


def test_request_that_is_only_tried_stores_nothing(watched: SmallBank) -> None:
    with trial.trial(), pytest.raises(WouldWait) as would:
        gate.require(MAKER, REQUEST)
    assert (would.value.reasons, would.value.policy.roles) == (["policy"], ("manager", "admin"))
    assert ApprovalSubject.find_open(A, watched.now) == []


@pytest.mark.parametrize("required", [1, 2])
def test_request_needs_as_many_other_deciders_as_its_policy_demands(bank: SmallBank, required: int) -> None:
    control("unfreeze", required=required)
    deciders = [DECIDER, OTHER]
    employ(bank, MAKER, *deciders[: required - 1])
    with pytest.raises(NoApprover, match=f"needs {required} other active manager or admin"):
        gate.require(MAKER, REQUEST)
    employ(bank, *deciders[:required])
    assert ask().required == required


@pytest.mark.parametrize(
    "fields",
    [{"role": "teller"}, {"status": "disabled"}, {"linked_customer_id": "cus_1"}, {"customer_id": "cus_1"}],
)
def test_user_who_could_not_decide_is_no_approver(bank: SmallBank, fields: dict[str, Any]) -> None:
    control("unfreeze")
    employ(bank, MAKER)
    employ(bank, DECIDER, **fields)
    with pytest.raises(NoApprover):
        gate.require(MAKER, REQUEST)


def test_maker_is_no_approver_of_its_own_request(bank: SmallBank) -> None:
    control("unfreeze")
    employ(bank, DECIDER)
    with pytest.raises(NoApprover):
        gate.require(DECIDER, REQUEST)


def approved(approval: Approval, *people: str) -> Approval:
    votes = [{"by": one, "role": "manager", "decision": "approved", "at": FROZEN_AT} for one in people]
    approval.status, approval.decisions = "approved", votes
    return approval


def test_what_was_approved_commits_with_its_step_and_the_voters_rights(watched: SmallBank) -> None:
    approval = ask()
    watched.put(approved(approval, DECIDER.user_id))
    step, voter = gate.require(replace(MAKER, approval_id=approval.id), REQUEST)
    assert "Update" in step.action
    assert "ConditionCheck" in voter.action


@pytest.mark.parametrize(
    "request_now",
    [
        replace(REQUEST, payload={"reason": "y"}),
        replace(REQUEST, version=8),
        replace(REQUEST, resource_id="acc_2"),
        replace(REQUEST, action="pin_reset"),
    ],
)
def test_what_differs_from_what_was_approved_is_not_done(watched: SmallBank, request_now: HeldRequest) -> None:
    approval = ask()
    watched.put(approved(approval, DECIDER.user_id))
    with pytest.raises(ApprovalStale):
        gate.require(replace(MAKER, approval_id=approval.id), request_now)


def test_approval_of_another_action_with_the_same_hash_is_not_enough(watched: SmallBank) -> None:
    approval = ask()
    approval.action = "pin_reset"
    watched.put(approved(approval, DECIDER.user_id))
    with pytest.raises(ApprovalStale):
        gate.require(replace(MAKER, approval_id=approval.id), REQUEST)


@pytest.mark.parametrize("status", ["requested", "executed", "rejected", "failed", "expired", "cancelled"])
def test_approval_that_is_not_approved_carries_nothing_out(watched: SmallBank, status: Any) -> None:
    approval = approved(ask(), DECIDER.user_id)
    approval.status = status
    watched.put(approval)
    with pytest.raises(Conflict, match=f"The approval is {status}"):
        gate.require(replace(MAKER, approval_id=approval.id), REQUEST)


def test_approval_that_does_not_exist_carries_nothing_out(watched: SmallBank) -> None:
    with pytest.raises(Conflict, match="The approval is gone"):
        gate.require(replace(MAKER, approval_id="apr_0"), REQUEST)


def test_fewer_votes_than_the_policy_demanded_carry_nothing_out(watched: SmallBank) -> None:
    control("unfreeze", required=2)
    approval = ask()
    watched.put(approved(approval, DECIDER.user_id))
    with pytest.raises(Conflict, match="may not decide any more"):
        gate.require(replace(MAKER, approval_id=approval.id), REQUEST)
    watched.put(approved(approval, DECIDER.user_id, OTHER.user_id))
    assert len(gate.require(replace(MAKER, approval_id=approval.id), REQUEST)) == 3


def test_effect_commits_under_a_key_that_is_the_approvals_own(watched: SmallBank) -> None:
    first, second = ask(), ask()
    assert gate.key_of(first) == derive_key("approval", first.id, "unfreeze", first.payload_sha256)
    assert gate.key_of(first).transaction_id != gate.key_of(second).transaction_id
