"""Who is a party to what waits: the people of its accounts, now and when it was asked for, and who made a payment."""

from collections.abc import Callable

import pytest

from chalicelib.services.payments import hold_expiry
from tests.api.helpers import orders
from tests.api.helpers.accounts import balance, deposit, opened, reverse
from tests.api.helpers.approvals import CASES, World
from tests.api.helpers.bank import Json, LogIn, User, items
from tests.api.helpers.held_money import decide_approval
from tests.api.helpers.holders import put_holder
from tests.api.helpers.links import linked
from tests.api.helpers.race import just_before


def hold_jointly(world: World, rights: str = "view") -> None:
    """Let the other customer hold the account, too."""
    path = f"{world.path}/holders/{world.other_customer.customer_id}"
    world.client.put(path, {"rights": rights}, token=world.teller.token).ok()


def link_manager(world: World, customer: User, log_in: LogIn) -> None:
    world.manager = linked(world.client, world.admin, world.manager, customer, log_in)


def reversal_of(world: World, deposited: Json) -> Json:
    """A reversal that waits for another person."""
    world.set_policy("reverse")
    return world.waiting(reverse(world.client, world.teller, deposited))


@pytest.fixture
def deposited(world: World) -> Json:
    made: Json = deposit(world.client, world.customer, world.account, "40.00").ok(201)
    return made


def test_joint_holder_does_not_decide_on_a_reversal(world: World, deposited: Json, log_in: LogIn) -> None:
    hold_jointly(world)
    link_manager(world, world.other_customer, log_in)
    approval = reversal_of(world, deposited)
    for how in ("approve", "reject"):
        world.decide(approval, how, "manager").refused(403, "approval_own_request")
    assert world.approve(approval, "admin").ok()["status"] == "executed"


def test_nobody_decides_on_the_reversal_of_what_he_or_she_paid(world: World) -> None:
    made = deposit(world.client, world.manager, world.account, "40.00").ok(201)
    approval = reversal_of(world, made)
    world.approve(approval, "manager").refused(403, "approval_own_request")
    assert world.approve(approval, "admin").ok()["status"] == "executed"


def test_holder_since_the_request_does_not_decide(world: World, log_in: LogIn) -> None:
    link_manager(world, world.other_customer, log_in)
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    hold_jointly(world)
    for how in ("approve", "reject"):
        world.decide(approval, how, "manager").refused(403, "conflict_of_interest")
    assert world.approve(approval, "admin").ok()["status"] == "executed"


def test_holder_since_the_request_does_not_decide_on_a_reversal(world: World, deposited: Json, log_in: LogIn) -> None:
    link_manager(world, world.other_customer, log_in)
    approval = reversal_of(world, deposited)
    hold_jointly(world)
    world.approve(approval, "manager").refused(403, "conflict_of_interest")


def refuse_holder_of(world: World, account: Json, approval: Json, log_in: LogIn) -> None:
    """Let the manager hold an account as a customer, and see that it decides nothing about it."""
    link_manager(world, world.other_customer, log_in)
    put_holder(world.client, world.teller, account, world.other_customer, "view").ok()
    for how in ("approve", "reject"):
        world.decide(approval, how, "manager").refused(403, "conflict_of_interest")


def test_holder_since_the_request_does_not_decide_on_an_order_that_pays_the_account(
    world: World, log_in: LogIn
) -> None:
    world.set_policy("standing_order")
    payee = opened(world.client, world.customer)
    approval = world.waiting(orders.ask(world.client, world.teller, world.account, payee))
    refuse_holder_of(world, payee, approval, log_in)


def test_holder_since_the_request_does_not_decide_on_a_recall(world: World, log_in: LogIn) -> None:
    CASES["recall.accept"].prepare(world)
    world.set_policy("recall.accept")
    [recall] = items(type="clearing_recall")
    path = f"/v1/clearing/recalls/{recall['id']}/accept"
    approval = world.waiting(world.client.post(path, {"reason": "r"}, token=world.admin.token, key="k"))
    refuse_holder_of(world, world.kept["payee"], approval, log_in)


def send(world: World, payee: Json) -> Json:
    """A teller's transfer that waits."""
    wanted = {"from_account_id": world.account["id"], "to_account_id": payee["id"], "amount": "5.00"}
    sent: Json = world.client.post("/v1/transactions/transfer", wanted, token=world.teller.token, key="held").ok(202)
    return sent


def test_holder_since_the_request_does_not_decide_on_forwarding_money(
    world: World, new_customer: Callable[[], User], log_in: LogIn
) -> None:
    case = CASES["payment.forward"]
    case.prepare(world)
    world.set_policy("payment.forward")
    approval = world.waiting(case.ask(world))
    holder = new_customer()
    oneself = linked(world.client, world.admin, world.new_staff("manager"), holder, log_in)
    put_holder(world.client, world.teller, world.kept["comes_back"], holder, "view").ok()
    for how in ("approve", "reject"):
        decide_approval(world.client, oneself, approval, how).refused(403, "conflict_of_interest")
    assert world.approve(approval, "admin").ok()["status"] == "executed"


@pytest.mark.parametrize("how", ["linked", "holder"])
def test_payment_whose_maker_receives_it_by_now_is_voided(world: World, log_in: LogIn, how: str) -> None:
    world.set_policy("transfer")
    payee = opened(world.client, world.other_customer if how == "linked" else world.customer)
    sent = send(world, payee)
    world.teller = linked(world.client, world.admin, world.teller, world.other_customer, log_in)
    if how == "holder":
        put_holder(world.client, world.manager, payee, world.other_customer, "view").ok()
    world.approve({"id": sent["waiting"]["approval_id"]}).refused(409, "conflict")
    [ended] = items(type="transaction", id=sent["id"])
    assert (ended["status"], balance(payee)) == ("voided", 0)


def test_holder_since_the_read_of_a_decision_does_not_decide(world: World, log_in: LogIn) -> None:
    world.set_policy("transfer")
    payee = opened(world.client, world.customer)
    approval = {"id": send(world, payee)["waiting"]["approval_id"]}
    link_manager(world, world.other_customer, log_in)

    def hold() -> None:
        put_holder(world.client, world.teller, payee, world.other_customer, "view").ok()

    with just_before("TransactWriteItems", hold):
        world.approve(approval, "manager").refused(403, "conflict_of_interest")
    assert balance(payee) == 0
    assert world.approve(approval, "admin").ok()["status"] == "executed"


def test_holder_since_the_read_of_a_reversal_does_not_post_it(world: World, deposited: Json, log_in: LogIn) -> None:
    link_manager(world, world.other_customer, log_in)
    with just_before("TransactWriteItems", lambda: hold_jointly(world)):
        reverse(world.client, world.manager, deposited).refused(403, "conflict_of_interest")
    assert balance(world.account) == 14_000
    reverse(world.client, world.admin, deposited).ok(201)


def test_sweep_voids_a_payment_whose_maker_receives_it_by_now(world: World, log_in: LogIn) -> None:
    world.set_policy("transfer")
    sent = send(world, opened(world.client, world.other_customer))
    linked(world.client, world.admin, world.teller, world.other_customer, log_in)
    assert hold_expiry.sweep() == {"expired": 0, "voided": 1, "approvals": 0}
    [ended] = items(type="transaction", id=sent["id"])
    assert ended["status"] == "voided"


@pytest.mark.parametrize("how", ["linked", "holder"])
def test_vote_of_somebody_who_receives_the_money_by_now_does_not_count(world: World, log_in: LogIn, how: str) -> None:
    world.by("second_admin")
    world.set_policy("transfer", required=2)
    payee = opened(world.client, world.other_customer if how == "linked" else world.customer)
    approval = {"id": send(world, payee)["waiting"]["approval_id"]}
    world.approve(approval, "manager").ok()
    link_manager(world, world.other_customer, log_in)
    if how == "holder":
        put_holder(world.client, world.teller, payee, world.other_customer, "view").ok()
    second = world.approve(approval, "admin").ok()
    assert (second["status"], len(second["decisions"]), balance(payee)) == ("requested", 2, 0)
    assert world.approve(approval, "second_admin").ok()["status"] == "executed"
    assert balance(payee) == 500


def test_vote_of_somebody_who_owns_the_account_by_now_does_not_count(world: World, log_in: LogIn) -> None:
    world.by("second_admin")
    world.set_policy("overdraft_limit", required=2)
    approval = world.waiting(world.limit())
    world.approve(approval, "manager").ok()
    link_manager(world, world.customer, log_in)
    assert (world.approve(approval, "admin").ok()["status"], world.limit_now()) == ("requested", "0.00")
    assert world.approve(approval, "second_admin").ok()["status"] == "executed"


def test_link_at_the_moment_of_the_effect_takes_the_vote_away(world: World, log_in: LogIn) -> None:
    world.by("second_admin")
    world.set_policy("overdraft_limit", required=2)
    approval = world.waiting(world.limit())
    world.approve(approval, "manager").ok()
    with just_before("TransactWriteItems", lambda: link_manager(world, world.customer, log_in), nth=2):
        failed = world.approve(approval, "admin").ok()
    assert (failed["status"], failed["failure"]["code"], world.limit_now()) == ("failed", "conflict", "0.00")


@pytest.mark.parametrize("action", ["reverse", "overdraft_limit", "unfreeze"])
def test_maker_who_is_linked_to_the_customer_meanwhile_gets_nothing_done(
    world: World, log_in: LogIn, action: str
) -> None:
    case = CASES[action]  # type: ignore[index]
    case.prepare(world)
    world.set_policy(action)
    approval = world.waiting(case.ask(world))
    world.teller = linked(world.client, world.admin, world.teller, world.customer, log_in)
    failed = world.approve(approval).ok()
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "conflict_of_interest")
    assert case.state(world) == case.before


def test_staff_do_not_read_what_deciders_wrote_about_them(world: World, log_in: LogIn) -> None:
    """It may be about a suspicion."""
    world.by("second_admin")
    world.set_policy("transfer", required=2)
    link_manager(world, world.customer, log_in)
    account, payee = world.account, opened(world.client, world.other_customer)
    wanted = {"from_account_id": account["id"], "to_account_id": payee["id"], "amount": "5.00"}
    sent = world.client.post("/v1/transactions/transfer", wanted, token=world.customer.token, key="held").ok(202)
    approval = {"id": sent["waiting"]["approval_id"]}
    world.approve(approval, "admin", note="Looks like a mule.").ok()
    [told] = world.get(approval, "admin")["decisions"]
    assert told["note"] == "Looks like a mule."
    listed = world.client.get("/v1/approvals", token=world.manager.token).ok()["data"]
    hidden = [world.get(approval, "manager"), world.get(approval, "customer"), *listed]
    assert [one["decisions"][0]["note"] for one in hidden] == [None, None, None]
