"""`?dry_run=true` says whether a request would wait, and writes nothing."""

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.handlers.http.operation import DRY_RUN
from tests.api.helpers import cloud
from tests.api.helpers.approvals import CASES, Trying, World


@pytest.mark.parametrize("action", CASES)
def test_trying_says_whether_it_would_wait_and_writes_nothing(world: World, action: ActionName) -> None:
    case = CASES[action]
    case.prepare(world)
    world.by(case.decider)
    for control in ("require", "off"):
        if action != "approval_policy" or control == "require":
            world.set_policy(action, control)
        before, client = cloud.save(), world.client
        world.client = Trying()
        reply = case.ask(world)
        world.client = client
        assert cloud.save() == before
        found = reply.ok()
        assert reply.headers["Content-Type"] == DRY_RUN
        is_on = control == "require" or action == "approval_policy"
        assert (found["would_wait"], found["required"], found["reasons"]) == (is_on, int(is_on), ["policy"] * is_on)
        assert bool(found["roles"]) == is_on
    assert case.state(world) == case.before


def test_trying_has_the_errors_of_the_request(world: World) -> None:
    world.set_policy("overdraft_limit", "block")
    path = f"{world.path}?dry_run=true"
    ask = {"overdraft_limit": "50.00"}
    world.client.patch(path, ask, token=world.teller.token).refused(403, "action_blocked")
    world.client.patch(path, ask, token=world.customer.token).refused(403, "forbidden")
    world.client.patch(path, ask, token=world.other_customer.token).refused(403, "forbidden")
    nickname = {"nickname": "n"}
    world.client.patch(path, nickname, token=world.other_customer.token).refused(404, "not_found")
    world.set_policy("overdraft_limit", roles=["teller"])
    world.client.patch(path, ask, token=world.teller.token).refused(422, "no_approver")


def test_trying_what_needs_nobody_does_not_do_it(world: World) -> None:
    world.set_policy("overdraft_limit")
    path = f"{world.path}?dry_run=true"
    found = world.client.patch(path, {"nickname": "n"}, token=world.customer.token).ok()
    assert found["would_wait"] is False
    assert world.client.get(world.path, token=world.customer.token).ok()["nickname"] is None


def test_only_what_can_wait_can_be_tried(world: World) -> None:
    path = f"{world.path}/freeze?dry_run=true"
    reply = world.client.post(path, {"reason": "r"}, token=world.teller.token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["dry_run"]
