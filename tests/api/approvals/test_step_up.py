"""Second factors and approvals: who approves has used one lately, and the maker need not have when it is done."""

from dataclasses import replace
from datetime import timedelta

from tests.api.helpers.approvals import POLICIES, World, new_user
from tests.api.helpers.bank import AtTime, User
from tests.api.helpers.factors import STEP, enrolled_app, step_up


def later(world: World, user: User) -> User:
    """The user with tokens of now: those of a quarter of an hour ago have expired."""
    body = {"refresh_token": user.refresh_token}
    tokens = world.client.post("/v1/auth/refresh", body).ok()
    return replace(user, token=tokens["access_token"], refresh_token=tokens["refresh_token"])


def test_approving_and_setting_policies_needs_a_factor_used_lately(world: World, at_time: AtTime) -> None:
    at_time(timedelta())
    apps = {name: enrolled_app(world.client, world.by(name)) for name in ("manager", "admin")}
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    at_time(timedelta(minutes=15, seconds=STEP))
    world.manager, world.admin = later(world, world.manager), later(world, world.admin)
    world.approve(approval).refused(403, "mfa_step_up_required")
    path = f"{POLICIES}/overdraft_limit"
    world.client.put(path, {"control": "off"}, token=world.admin.token).refused(403, "mfa_step_up_required")
    world.decide(approval, "approve", "manager", key="k").refused(403, "mfa_step_up_required")
    assert world.get(approval)["status"] == "requested"
    step_up(world.client, world.manager, code=apps["manager"].code()).ok()
    assert world.approve(approval).ok()["status"] == "executed"


def test_what_was_asked_with_a_factor_is_done_when_that_is_long_ago(world: World, at_time: AtTime) -> None:
    at_time(timedelta())
    enrolled_app(world.client, world.admin)
    world.set_policy("user.create")
    decider = world.second_admin
    approval = world.waiting(world.client.post("/v1/users", new_user(), token=world.admin.token))
    at_time(timedelta(minutes=15, seconds=STEP))
    world.second_admin = later(world, decider)
    assert world.approve(approval, "second_admin").ok()["status"] == "executed"
