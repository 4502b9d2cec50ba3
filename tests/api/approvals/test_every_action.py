"""Every action of the table: nothing happens before the decision, and exactly the action after it."""

import json

import pytest

from chalicelib import clock
from chalicelib.domain.approvals.action import ACTION_NAMES, ACTIONS, ActionName
from chalicelib.handlers.http.operation import operations
from chalicelib.models.approvals.approval_subject import ApprovalSubject
from tests.api.helpers.approvals import APPROVALS, CASES, World, expire_all
from tests.api.helpers.bank import items

PENDING_TRANSACTIONS = frozenset({"transfer", "withdraw", "deposit"})
"""They wait as pending transactions do, whose tests are elsewhere."""
each_action = pytest.mark.parametrize("action", CASES)


def test_every_action_of_the_table_has_a_case() -> None:
    """A new action needs its line in CASES, or waits as a pending transaction."""
    assert set(CASES) | PENDING_TRANSACTIONS == set(ACTION_NAMES)
    assert {name for name, action in ACTIONS.items() if action.executor is None} == PENDING_TRANSACTIONS


def test_every_action_of_the_table_has_an_operation_that_says_so() -> None:
    assert {one.about.action for one in operations()} >= set(CASES)


@each_action
def test_action_waits_for_another_person_and_is_then_done_once(world: World, action: ActionName) -> None:
    case = CASES[action]
    case.prepare(world)
    world.by(case.decider)
    world.set_policy(action)
    approval = world.waiting(case.ask(world))
    assert (approval["action"], approval["requested_by"]) == (action, world.by(case.maker).user_id)
    assert case.state(world) == case.before
    done = world.approve(approval, case.decider).ok()
    assert (done["status"], done["failure"]) == ("executed", None)
    assert [(one["by"], one["decision"]) for one in done["decisions"]] == [(world.by(case.decider).user_id, "approved")]
    assert case.state(world) == case.after
    world.approve(approval, case.decider).refused(409, "conflict")
    assert case.state(world) == case.after


@each_action
def test_what_waits_is_found_under_all_that_it_is_about_until_it_ends(world: World, action: ActionName) -> None:
    case = CASES[action]
    case.prepare(world)
    world.by(case.decider)
    world.set_policy(action)
    approval = world.waiting(case.ask(world))
    [stored] = items(type="approval")
    named = {stored.get("resource_id"), *json.loads(stored["parties"])}
    people = {one for one in named if one and one.startswith(("cus_", "usr_"))}
    about = people | ({approval["resource"]} & {one for one in named if one and one[:4] in ("acc_", "cus_", "usr_")})
    assert {item["pk"].partition("#")[2] for item in items(type="approval_subject")} == about
    for subject in about:
        assert [one.id for one in ApprovalSubject.find_open(subject, clock.now())] == [approval["id"]]
    assert expire_all() == 1
    for subject in about:
        assert ApprovalSubject.find_open(subject, clock.now()) == []


@each_action
def test_nothing_is_done_after_a_rejection_a_cancellation_or_the_end_of_its_time(
    world: World, action: ActionName
) -> None:
    case = CASES[action]
    case.prepare(world)
    world.by(case.decider)
    world.set_policy(action)
    rejected, cancelled, expired = (world.waiting(case.ask(world)) for _ in range(3))
    assert world.decide(rejected, "reject", case.decider).ok()["status"] == "rejected"
    assert world.decide(cancelled, "cancel", case.maker).ok()["status"] == "cancelled"
    assert expire_all() == 1
    for approval, status in ((rejected, "rejected"), (cancelled, "cancelled"), (expired, "expired")):
        world.approve(approval, case.decider).refused(409, "conflict")
        assert world.get(approval)["status"] == status
    assert case.state(world) == case.before


@each_action
def test_action_is_free_where_its_policy_is_off_and_refused_where_it_blocks(world: World, action: ActionName) -> None:
    case = CASES[action]
    case.prepare(world)
    if action != "approval_policy":
        world.set_policy(action, "block")
        case.ask(world).refused(403, "action_blocked")
        assert case.state(world) == case.before
        world.set_policy(action, "off")
    case.ask(world).ok(case.status)
    assert case.state(world) == case.after
    assert world.client.get(APPROVALS, token=world.admin.token).ok()["data"] == []


@pytest.mark.parametrize("action", [action for action in CASES if action != "approval_policy"])
def test_what_nobody_could_decide_is_refused_when_it_is_asked_for(world: World, action: ActionName) -> None:
    """The maker is the only one of its role."""
    case = CASES[action]
    case.prepare(world)
    world.set_policy(action, roles=[case.maker])
    case.ask(world).refused(422, "no_approver")
    assert case.state(world) == case.before
    assert items(type="approval") == []


def test_end_of_a_holding_waits_for_staff_but_not_for_the_holder(world: World) -> None:
    path = f"{world.path}/holders/{world.other_customer.customer_id}"
    world.client.put(path, {"rights": "view"}, token=world.teller.token).ok()
    world.set_policy("holder")
    tried = world.client.delete(f"{path}?dry_run=true", token=world.teller.token).ok()
    approval = world.waiting(world.client.delete(path, token=world.teller.token))
    assert tried["would_wait"]
    world.client.get(world.path, token=world.other_customer.token).ok()
    assert world.approve(approval).ok()["status"] == "executed"
    world.client.get(world.path, token=world.other_customer.token).refused(404, "not_found")
    world.set_policy("holder", "off")
    world.client.put(path, {"rights": "view"}, token=world.teller.token).ok()
    world.set_policy("holder")
    world.client.delete(path, token=world.other_customer.token).ok(204)
