"""`?dry_run=true` says whether a request would wait, and writes nothing."""

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.handlers.http.operation import DRY_RUN
from tests.api.helpers import cloud
from tests.api.helpers.approvals import CASES, Trying, World
from tests.api.helpers.bank import Reply


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


@pytest.mark.parametrize("action", ["deposit", "withdraw", "transfer"])
def test_trying_a_payment_says_whether_it_would_wait_and_moves_nothing(world: World, action: ActionName) -> None:
    path, account = f"/v1/transactions/{action}", {"account_id": world.account["id"]}
    if action == "transfer":
        account = {"from_account_id": world.account["id"], "to_account_id": world.payee["id"]}
    world.set_policy(action, above={"USD": "50.00"})

    def ask(amount: str, query: str = "?dry_run=true", **fields: str) -> Reply:
        return world.client.post(path + query, account | fields | {"amount": amount}, token=world.teller.token, key="k")

    before = cloud.save()
    found = {amount: ask(amount).ok()["would_wait"] for amount in ("50.00", "50.01")}
    wrong = ask("1.00", currency="EUR").refused(422, "currency_mismatch")
    short = ask("1000.00").status
    assert cloud.save() == before
    assert found == {"50.00": False, "50.01": True}
    assert "transaction_id" not in wrong.json
    assert short == (200 if action == "deposit" else 422)
    ask("50.00", "").ok(201)  # the key is free
