"""What waits shows it: `pending_approvals` of accounts, customers and users."""

import pytest

from chalicelib.domain.approvals.action import ActionName
from tests.api.helpers.accounts import deposit, reverse
from tests.api.helpers.approvals import CASES, World, expire_all
from tests.api.helpers.bank import Json, User, counted_calls
from tests.api.helpers.branches import move


def shown(world: World, path: str, by: User) -> list[str] | None:
    found: Json = world.client.get(path, token=by.token).ok()
    pending: list[str] | None = found["pending_approvals"]
    return pending


def paths(world: World, action: ActionName) -> list[str]:
    """Where a request of an action is seen."""
    customer, other = (f"/v1/customers/{one.customer_id}" for one in (world.customer, world.other_customer))
    account, user = world.path, f"/v1/users/{world.teller.user_id}"
    of_account: list[ActionName] = ["overdraft_limit", "unfreeze", "pin_reset"]
    places: dict[ActionName, list[str]] = {name: [account, customer] for name in of_account}
    return (
        places
        | {"holder": [account, customer, other], "kyc": [other], "legal_hold": [other], "user.role": [user]}
        | {"reverse": [customer, f"/v1/transactions/{world.kept.get('deposit', {}).get('id')}"]}
    )[action]


@pytest.mark.parametrize(
    "action", ["overdraft_limit", "unfreeze", "pin_reset", "holder", "kyc", "reverse", "user.role", "legal_hold"]
)
def test_what_waits_shows_it_until_it_is_decided(world: World, auditor: User, action: ActionName) -> None:
    case = CASES[action]
    case.prepare(world)
    world.by(case.decider)
    world.set_policy(action)
    approval = world.waiting(case.ask(world))
    for path in paths(world, action):
        readers = (world.admin, auditor)
        assert [shown(world, path, user) for user in readers] == [[approval["id"]]] * 2, path
    world.decide(approval, "reject", case.decider).ok()
    for path in paths(world, action):
        assert shown(world, path, world.admin) == [], path


def test_customers_and_lists_do_not_show_it_and_cost_nothing_more(world: World) -> None:
    world.set_policy("overdraft_limit")
    world.waiting(world.limit())
    customer = world.customer
    for path in (world.path, f"/v1/customers/{customer.customer_id}"):
        with counted_calls() as calls:
            assert shown(world, path, customer) is None
        assert calls == {"GetItem": 2}, "the session and the item"
    for path in (f"/v1/accounts?customer_id={customer.customer_id}", "/v1/customers"):
        listed = world.client.get(path, token=world.admin.token).ok()["data"]
        assert listed
        assert not any("pending_approvals" in one for one in listed)


def test_several_are_shown_in_the_order_in_which_they_expire(world: World) -> None:
    world.set_policy("overdraft_limit", expires_hours=48)
    world.set_policy("holder", expires_hours=24)
    later = world.waiting(world.limit())
    sooner = world.waiting(CASES["holder"].ask(world))
    with counted_calls() as calls:
        assert shown(world, world.path, world.manager) == [sooner["id"], later["id"]]
    assert calls == {"GetItem": 2, "Query": 1, "BatchGetItem": 1}
    assert expire_all() == 2
    assert shown(world, world.path, world.manager) == []


def test_reversal_is_shown_on_its_payment_only_and_to_staff_only(world: World) -> None:
    """The customer has another payment, about which nothing waits."""
    CASES["reverse"].prepare(world)
    other = deposit(world.client, world.customer, world.account, "5.00").ok(201)
    world.set_policy("reverse")
    approval = world.waiting(CASES["reverse"].ask(world))
    path = f"/v1/transactions/{world.kept['deposit']['id']}"
    with counted_calls() as calls:
        assert shown(world, path, world.manager) == [approval["id"]]
    assert calls == {"GetItem": 2, "Query": 1, "BatchGetItem": 2}, "one query, and one read of what waits"
    assert shown(world, f"/v1/transactions/{other['id']}", world.manager) == []
    with counted_calls() as calls:
        assert shown(world, path, world.customer) is None
    assert "Query" not in calls
    assert "pending_approvals" not in world.client.get("/v1/transactions", token=world.manager.token).ok()["data"][0]


def test_reversal_of_a_vault_movement_is_shown_on_it(world: World) -> None:
    """No customer is concerned, but the person who moved the cash."""
    CASES["vault_movement"].prepare(world)
    moved = move(world.client, world.manager, world.kept["pays"], world.kept["receives"], "5.00").ok(201)
    world.by("second_admin")
    world.set_policy("reverse")
    approval = world.waiting(reverse(world.client, world.admin, moved))
    assert shown(world, f"/v1/transactions/{moved['id']}", world.teller) == [approval["id"]]
