"""Who may decide, how often, and what became of the maker, the resource and the policy meanwhile."""

from collections.abc import Callable
from itertools import repeat

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.errors import OutcomeUnknown
from chalicelib.services.approvals import execution
from tests.api.helpers import accounts
from tests.api.helpers.accounts import read
from tests.api.helpers.approvals import APPROVALS, CASES, PIN, POLICIES, World, expire_all, new_user
from tests.api.helpers.bank import Reply, User, items
from tests.api.helpers.links import link, linked
from tests.api.helpers.race import just_before

EVERYBODY = ["teller", "manager", "admin"]


def test_maker_never_decides_on_its_own_request(world: World) -> None:
    """Whatever its role, and in a new session."""
    world.set_policy("overdraft_limit", roles=EVERYBODY)
    for maker in ("teller", "manager", "admin"):
        approval = world.waiting(world.limit(by=maker))
        for how in ("approve", "reject"):
            world.decide(approval, how, maker).refused(403, "approval_own_request")
        user = world.by(maker)
        login = {"email": user.email, "password": user.password}
        token = world.client.post("/v1/auth/login", login).ok()["access_token"]
        path = f"{APPROVALS}/{approval['id']}/approve"
        world.client.post(path, {}, token=token).refused(403, "approval_own_request")
        assert world.get(approval)["status"] == "requested"
    assert world.limit_now() == "0.00"


def test_person_whom_it_concerns_does_not_decide(world: World) -> None:
    """A manager who is to become an admin, and the same manager for another action."""
    world.set_policy("user.role", roles=EVERYBODY)
    body = {"role": "admin"}
    asked = world.client.patch(f"/v1/users/{world.manager.user_id}", body, token=world.admin.token)
    approval = world.waiting(asked)
    world.approve(approval, "manager").refused(403, "approval_own_request")
    assert world.approve(approval, "teller").ok()["status"] == "executed"


@pytest.mark.parametrize("decider", ["teller", "customer", "auditor"])
def test_role_that_the_policy_does_not_name_is_refused(world: World, auditor: User, decider: str) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit(by="admin"))
    user = auditor if decider == "auditor" else world.by(decider)
    for how in ("approve", "reject"):
        body = {"reason": "r"} if how == "reject" else {}
        path = f"{APPROVALS}/{approval['id']}/{how}"
        world.client.post(path, body, token=user.token).refused(403, "forbidden")
    assert world.get(approval)["status"] == "requested"


def test_two_people_are_needed_where_the_policy_says_two(world: World) -> None:
    world.set_policy("overdraft_limit", required=2)
    approval = world.waiting(world.limit())
    once = world.approve(approval, "manager", note="I know them").ok()
    assert (once["status"], world.limit_now()) == ("requested", "0.00")
    world.approve(approval, "manager").refused(409, "conflict")
    done = world.approve(approval, "admin").ok()
    assert (done["status"], world.limit_now()) == ("executed", "50.00")
    assert [(one["role"], one["note"]) for one in done["decisions"]] == [("manager", "I know them"), ("admin", None)]


def test_one_rejection_ends_it(world: World) -> None:
    world.set_policy("overdraft_limit", required=2)
    approval = world.waiting(world.limit())
    world.approve(approval, "manager").ok()
    ended = world.decide(approval, "reject", "admin").ok()
    assert (ended["status"], ended["decisions"][-1]["note"]) == ("rejected", "not plausible")
    assert world.limit_now() == "0.00"


def test_only_its_maker_cancels_it(world: World) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    world.decide(approval, "cancel", "manager").refused(403, "forbidden")
    world.decide(approval, "cancel", "customer").refused(404, "not_found")
    world.decide(approval, "cancel", "teller").ok()
    for how in ("approve", "reject"):
        world.decide(approval, how, "manager").refused(409, "conflict")
    world.decide(approval, "cancel", "teller").refused(409, "conflict")


def test_what_has_moved_since_is_not_done(world: World) -> None:
    world.set_policy("overdraft_limit")
    first, second = world.waiting(world.limit("50.00")), world.waiting(world.limit("70.00"))
    assert world.approve(first).ok()["status"] == "executed"
    failed = world.approve(second).ok()
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "approval_stale")
    assert world.limit_now() == "50.00"
    world.approve(second).refused(409, "conflict")


def test_lowering_a_limit_needs_nobody_else(world: World) -> None:
    """And does not carry out a request to raise it to less than it has become."""
    world.limit("20.00").ok()
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit("50.00"))
    world.limit("10.00").ok()
    assert world.limit_now() == "10.00"
    world.set_policy("overdraft_limit", "off")
    world.limit("70.00").ok()
    assert world.approve(approval).ok()["failure"]["code"] == "approval_stale"
    assert world.limit_now() == "70.00"


def test_what_somebody_else_has_done_is_not_called_executed(world: World) -> None:
    """Of two requests to reset one PIN, the second finds none."""
    world.client.put(f"{world.path}/pin", {"pin": PIN}, token=world.customer.token).ok(204)
    world.set_policy("pin_reset")
    ask = [world.client.post(f"{world.path}/pin/reset", token=world.teller.token) for _ in range(2)]
    first, second = map(world.waiting, ask)
    assert world.approve(first).ok()["status"] == "executed"
    failed = world.approve(second).ok()
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "approval_stale")


def test_wrong_guess_leaves_a_request_to_reset_the_pin_valid(world: World) -> None:
    world.client.put(f"{world.path}/pin", {"pin": PIN}, token=world.customer.token).ok(204)
    world.set_policy("pin_reset")
    approval = world.waiting(world.client.post(f"{world.path}/pin/reset", token=world.teller.token))
    body = {"pin": "8371", "current_pin": "9999"}
    world.client.put(f"{world.path}/pin", body, token=world.customer.token).refused(422, "pin_incorrect")
    assert world.approve(approval).ok()["status"] == "executed"


def test_new_pin_is_not_removed_by_an_earlier_request(world: World) -> None:
    world.client.put(f"{world.path}/pin", {"pin": PIN}, token=world.customer.token).ok(204)
    world.set_policy("pin_reset")
    approval = world.waiting(world.client.post(f"{world.path}/pin/reset", token=world.teller.token))
    body = {"pin": "8371", "current_pin": PIN}
    world.client.put(f"{world.path}/pin", body, token=world.customer.token).ok(204)
    assert world.approve(approval).ok()["failure"]["code"] == "approval_stale"


def test_customer_who_changes_its_name_while_it_is_verified_stays_unverified(world: World) -> None:
    """The documents were checked against the name as it was."""
    world.set_policy("kyc")
    path = f"/v1/customers/{world.other_customer.customer_id}"
    body = {"status": "verified", "reason": "Passport seen"}
    approval = world.waiting(world.client.post(f"{path}/kyc", body, token=world.teller.token))
    world.client.patch(path, {"last_name": "Moriarty"}, token=world.other_customer.token).ok()
    assert world.approve(approval).ok()["failure"]["code"] == "approval_stale"
    assert world.client.get(path, token=world.admin.token).ok()["kyc"]["status"] == "pending"


def test_rejecting_a_customer_needs_nobody_else(world: World) -> None:
    world.set_policy("kyc")
    path = f"/v1/customers/{world.other_customer.customer_id}/kyc"
    world.client.post(path, {"status": "rejected", "reason": "forged"}, token=world.teller.token).ok()


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"role": "manager"}])
def test_request_of_a_maker_who_has_lost_the_role_fails(world: World, change: dict[str, str]) -> None:
    """Also of one who has another role now."""
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    world.client.patch(f"/v1/users/{world.teller.user_id}", change, token=world.admin.token).ok()
    failed = world.approve(approval).ok()
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "forbidden")
    assert world.limit_now() == "0.00"


def test_decider_who_loses_the_role_at_that_moment_has_not_decided(world: World) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    path, body = f"/v1/users/{world.manager.user_id}", {"status": "disabled"}

    def disable() -> None:
        world.client.patch(path, body, token=world.admin.token).ok()

    with just_before("TransactWriteItems", disable):
        world.approve(approval).refused(403, "forbidden")
    assert (world.get(approval)["status"], world.limit_now()) == ("requested", "0.00")


def test_disabling_a_user_needs_nobody_else(world: World) -> None:
    world.set_policy("user.role", roles=["admin"])
    path = f"/v1/users/{world.teller.user_id}"
    world.client.patch(path, {"status": "disabled"}, token=world.admin.token).ok()
    for change in ({"status": "active"}, {"status": "active", "role": "admin"}):
        world.client.patch(path, change, token=world.admin.token).refused(422, "no_approver")


def test_link_to_a_customer_waits_and_is_checked_when_it_is_asked_for(world: World) -> None:
    second = world.second_admin
    world.set_policy("user.role")
    approval = world.waiting(link(world.client, world.admin, world.teller, world.customer))
    assert (world.customer.customer_id or "") in approval["summary"]
    assert not [item for item in items(type="user") if "linked_customer_id" in item]
    link(world.client, world.admin, second, world.customer).refused(422, "no_approver")  # it concerns the other admin
    path, unknown = f"/v1/users/{world.manager.user_id}", {"customer_id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    world.client.patch(path, unknown, token=world.admin.token).refused(404, "not_found")
    assert world.approve(approval, "second_admin").ok()["status"] == "executed"
    [linked] = items(type="user", linked_customer_id=world.customer.customer_id)
    assert linked["id"] == world.teller.user_id


def test_policy_of_the_time_of_the_request_governs(world: World) -> None:
    """Loosened or tightened later, what waits is decided as it was asked."""
    world.set_policy("overdraft_limit", required=2)
    strict = world.waiting(world.limit("50.00"))
    world.set_policy("overdraft_limit", required=1)
    lenient = world.waiting(world.limit("60.00"))
    world.set_policy("overdraft_limit", "off")
    assert world.approve(strict).ok()["status"] == "requested"
    assert world.limit_now() == "0.00"
    world.set_policy("overdraft_limit", required=2, roles=["admin"])
    assert world.approve(lenient, "manager").ok()["status"] == "executed"
    assert world.limit_now() == "60.00"


def test_policy_that_blocks_does_not_stop_what_was_asked_before(world: World) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    world.set_policy("overdraft_limit", "block")
    assert world.approve(approval).ok()["status"] == "executed"


def test_amount_up_to_the_threshold_of_its_currency_is_free(world: World) -> None:
    world.set_policy("overdraft_limit", above={"USD": "50.00"})
    world.limit("50.00").ok()
    world.waiting(world.limit("50.01"))
    world.set_policy("overdraft_limit", above={"EUR": "90.00"})
    world.waiting(world.limit("60.00"))


def cut_short(world: World, approval: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Approve, and lose the request between the decision and its effect."""

    def lose(*_: object) -> None:
        raise OutcomeUnknown.from_lost_answer()

    with monkeypatch.context() as patch:
        patch.setattr(execution, "carry_out", lose)
        world.approve(approval, key="decide").refused(503, "outcome_unknown")
    assert (world.get(approval)["status"], world.limit_now()) == ("approved", "0.00")


def test_approval_that_was_cut_short_goes_on_when_it_is_repeated(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    cut_short(world, approval, monkeypatch)
    again = world.approve(approval, key="decide")
    assert (again.ok()["status"], again.headers["Idempotent-Replayed"]) == ("executed", "true")
    assert world.limit_now() == "50.00"
    assert world.approve(approval, key="decide").ok()["status"] == "executed"


@pytest.mark.parametrize("by", ["manager", "admin"])
def test_approval_that_was_cut_short_goes_on_without_its_key(
    world: World, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the person who decided, and for another one who may decide."""
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    cut_short(world, approval, monkeypatch)
    world.approve(approval, "teller").refused(403, "approval_own_request")
    world.decide(approval, "reject", "admin").refused(409, "conflict")
    world.decide(approval, "cancel", "teller").refused(409, "conflict")
    done = world.approve(approval, by).ok()
    assert (done["status"], len(done["decisions"]), world.limit_now()) == ("executed", 1, "50.00")


def test_approval_that_was_cut_short_expires(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    cut_short(world, approval, monkeypatch)
    assert expire_all() == 1
    assert world.approve(approval, key="decide").ok()["status"] == "expired"
    world.approve(approval).refused(409, "conflict")
    assert world.limit_now() == "0.00"


def test_key_of_a_request_leads_to_its_approval_for_ever(world: World) -> None:
    world.client.post(f"{world.path}/freeze", {"reason": "r"}, token=world.teller.token).ok()
    world.set_policy("unfreeze")
    path, body = f"{world.path}/unfreeze", {"reason": "settled"}

    approval = world.waiting(world.client.post(path, body, token=world.teller.token, key="thaw"))
    again = world.client.post(path, body, token=world.teller.token, key="thaw")
    assert (again.ok(202), again.headers["Idempotent-Replayed"]) == (approval, "true")
    other = world.client.post(path, {"reason": "other"}, token=world.teller.token, key="thaw")
    other.refused(409, "idempotency_key_reused")
    world.set_policy("unfreeze", "off")
    assert world.client.post(path, body, token=world.teller.token, key="thaw").ok(202)["id"] == approval["id"]
    assert read(world.client, world.customer, world.account)["status"] == "frozen"
    done = world.approve(approval).ok()
    assert world.client.post(path, body, token=world.teller.token, key="thaw").ok(202) == done
    assert len(items(type="approval")) == 1


def _end_holding(world: World) -> None:
    path = f"{world.path}/holders/{world.other_customer.customer_id}"
    world.client.delete(path, token=world.customer.token).ok(204)


def _disable_teller(world: World) -> None:
    world.client.patch(f"/v1/users/{world.teller.user_id}", {"status": "disabled"}, token=world.admin.token).ok()


def _enable_teller(world: World) -> Reply:
    return world.client.patch(f"/v1/users/{world.teller.user_id}", {"status": "active"}, token=world.admin.token)


AGAIN: dict[ActionName, tuple[Callable[[World], object], Callable[[World], Reply], Callable[[World], object]]] = {
    "unfreeze": (CASES["unfreeze"].prepare, CASES["unfreeze"].ask, CASES["unfreeze"].prepare),
    "overdraft_limit": (lambda world: world.account, World.limit, lambda world: world.limit("0.00").ok()),
    "holder": (lambda world: world.account, CASES["holder"].ask, _end_holding),
    "user.role": (_disable_teller, _enable_teller, _disable_teller),
}
"""How what two people give is prepared, asked for, and taken again by one person."""


@pytest.mark.parametrize("action", AGAIN)
def test_approval_does_not_give_again_what_one_person_has_taken_meanwhile(world: World, action: ActionName) -> None:
    """All looks as it did when it was asked for. But whoever took it had a reason, which the request does not know."""
    prepare, ask, take = AGAIN[action]
    prepare(world)
    decider = CASES[action].decider
    world.by(decider)
    world.set_policy(action)
    first, second = world.waiting(ask(world)), world.waiting(ask(world))
    assert world.approve(second, decider).ok()["status"] == "executed"
    take(world)
    state = CASES[action].state(world)
    done = world.approve(first, decider).ok()
    assert (done["status"], done["failure"]["code"]) == ("failed", "approval_stale")
    assert CASES[action].state(world) == state


def test_key_of_a_request_that_was_rejected_leads_to_the_rejection(world: World) -> None:
    world.set_policy("user.create")
    world.by("second_admin")
    approval = world.waiting(world.client.post("/v1/users", new_user(), token=world.admin.token, key="hire"))
    world.decide(approval, "reject", "second_admin").ok()
    assert (
        world.client.post("/v1/users", new_user(), token=world.admin.token, key="hire").ok(202)["status"] == "rejected"
    )
    assert items(type="user", role="auditor") == []


def test_repeated_decision_is_answered_as_it_stands(world: World) -> None:
    world.set_policy("overdraft_limit", required=2)
    approval = world.waiting(world.limit())
    first = world.approve(approval, key="once").ok()
    again = world.approve(approval, key="once")
    assert (again.ok(), again.headers["Idempotent-Replayed"]) == (first, "true")
    world.decide(approval, "reject", "manager", key="once").refused(409, "idempotency_key_reused")
    rejected = world.decide(approval, "reject", "admin", key="no").ok()
    assert world.decide(approval, "reject", "admin", key="no").ok() == rejected


def test_policies_stay_changeable(world: World) -> None:
    """No policy may be set under which none could be set any more."""
    path = f"{POLICIES}/approval_policy"
    for body in ({"control": "require"}, {"control": "require", "required": 2, "roles": ["teller", "admin"]}):
        world.client.put(path, body, token=world.admin.token).refused(422, "no_approver")
    blocked = world.client.put(path, {"control": "block"}, token=world.admin.token)
    assert blocked.refused(422, "validation_failed").wrong_fields == ["control"]


def test_first_admin_brings_in_the_second_alone_and_no_third(world: World) -> None:
    world.set_policy("user.create")
    for role in ("manager", "auditor"):
        world.client.post("/v1/users", new_user(role), token=world.admin.token).refused(422, "no_approver")
    made = world.client.post("/v1/users", new_user("admin"), token=world.admin.token).ok(201)
    path = f"/v1/users/{made['user_id']}"
    world.client.patch(path, {"status": "disabled"}, token=world.admin.token).ok()
    third = new_user("admin", "third@florin.example")
    world.client.post("/v1/users", third, token=world.admin.token).refused(422, "no_approver")
    world.set_policy("user.create", "off")
    world.client.patch(path, {"role": "teller"}, token=world.admin.token).ok()
    world.set_policy("user.create")
    world.client.post("/v1/users", third, token=world.admin.token).refused(422, "no_approver")


def disable(world: World, user: User, status: str = "disabled") -> None:
    world.client.patch(f"/v1/users/{user.user_id}", {"status": status}, token=world.admin.token).ok()


@pytest.mark.parametrize("how", ["disabled", "demoted"])
def test_vote_of_somebody_who_may_no_longer_decide_does_not_count(world: World, how: str) -> None:
    world.set_policy("overdraft_limit", required=2)
    third = world.new_staff("manager")
    approval = world.waiting(world.limit())
    world.approve(approval, "manager").ok()
    change = {"status": "disabled"} if how == "disabled" else {"role": "teller"}
    world.client.patch(f"/v1/users/{world.manager.user_id}", change, token=world.admin.token).ok()
    second = world.approve(approval, "admin").ok()
    assert (second["status"], len(second["decisions"]), world.limit_now()) == ("requested", 2, "0.00")
    done = world.client.post(f"{APPROVALS}/{approval['id']}/approve", {}, token=third.token).ok()
    assert (done["status"], world.limit_now()) == ("executed", "50.00")


def test_vote_counts_of_somebody_who_was_promoted_or_is_back(world: World) -> None:
    world.set_policy("overdraft_limit", required=2)
    promoted, back = world.waiting(world.limit()), world.waiting(world.limit("20.00"))
    for approval in (promoted, back):
        world.approve(approval, "manager").ok()
    path = f"/v1/users/{world.manager.user_id}"
    disable(world, world.manager)
    disable(world, world.manager, "active")
    assert world.approve(back, "admin").ok()["status"] == "executed"
    world.client.patch(path, {"role": "admin"}, token=world.admin.token).ok()
    failed = world.approve(promoted, "admin").ok()
    assert failed["failure"]["code"] == "approval_stale", "the limit has moved, not the votes"


def test_vote_that_is_lost_at_the_moment_of_the_effect_does_not_count(world: World) -> None:
    """Disabled after the second approval was recorded, right before the limit is raised."""
    world.set_policy("overdraft_limit", required=2)
    approval = world.waiting(world.limit())
    world.approve(approval, "manager").ok()
    with just_before("TransactWriteItems", lambda: disable(world, world.manager), nth=2):
        done = world.approve(approval, "admin").ok()
    assert (done["status"], done["failure"]["code"]) == ("failed", "conflict")
    assert world.limit_now() == "0.00"


def test_approval_of_somebody_who_was_disabled_before_it_was_carried_out_does_not_count(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit())
    cut_short(world, approval, monkeypatch)
    disable(world, world.manager)
    done = world.approve(approval, "admin").ok()
    assert (done["status"], done["failure"]["code"], world.limit_now()) == ("failed", "conflict", "0.00")


def test_deciders_see_whom_they_let_in_and_nobody_else_does(world: World, auditor: User) -> None:
    world.set_policy("user.create")
    world.by("second_admin")
    asked = world.client.post("/v1/users", new_user(), token=world.admin.token)
    approval = world.waiting(asked)
    person = {"email": "held@florin.example", "first_name": "Mary-Ann", "last_name": "Somerville"}
    assert world.get(approval, "second_admin")["person"] == person
    assert world.get(approval)["person"] == person, "its maker"
    for user in (world.manager, world.teller, auditor):
        path = f"{APPROVALS}/{approval['id']}"
        assert world.client.get(path, token=user.token).ok()["person"] is None
    listed = world.client.get(APPROVALS, token=world.admin.token).ok()
    assert not any(word in f"{approval} {listed} {items()}" for word in person.values())
    world.decide(approval, "reject", "second_admin").ok()
    assert world.get(approval, "second_admin")["person"] is None


def test_staff_who_are_the_customer_learn_nothing_of_a_legal_hold_that_is_to_end(
    world: World, log_in: Callable[[str], User]
) -> None:
    CASES["legal_hold"].prepare(world)
    world.set_policy("legal_hold")
    teller = linked(world.client, world.admin, world.teller, world.other_customer, log_in)
    approval = world.waiting(CASES["legal_hold"].ask(world))
    world.client.get(f"{APPROVALS}/{approval['id']}", token=teller.token).refused(404, "not_found")
    assert world.client.get(APPROVALS, token=teller.token).ok()["data"] == []
    shown = world.client.get(f"/v1/customers/{world.other_customer.customer_id}", token=teller.token)
    assert shown.ok()["pending_approvals"] == []
    assert world.get(approval, "manager")["id"] == approval["id"]


def test_no_short_page_tells_staff_of_a_request_about_a_legal_hold_on_themselves(
    world: World, log_in: Callable[[str], User]
) -> None:
    """The other requests, one before it and one after it, fill the pages."""
    asked = []
    for action in ("kyc", "legal_hold", "interest_rate"):
        CASES[action].prepare(world)
        world.set_policy(action)
        asked.append(world.waiting(CASES[action].ask(world)))
    oneself = linked(world.client, world.admin, world.new_staff("manager"), world.other_customer, log_in)
    first = world.client.get(f"{APPROVALS}?limit=1", token=oneself.token).ok()
    second = world.client.get(f"{APPROVALS}?limit=1&cursor={first['next_cursor']}", token=oneself.token).ok()
    assert [one["id"] for page in (first, second) for one in page["data"]] == [asked[0]["id"], asked[2]["id"]]
    assert second["has_more"] is False
    assert len(world.client.get(APPROVALS, token=world.manager.token).ok()["data"]) == 3


@pytest.mark.parametrize("action", ["vault_movement", "branch_funding", "reverse"])
def test_key_of_what_was_posted_before_a_policy_leads_to_it(
    world: World, action: ActionName, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[action]
    case.prepare(world)
    monkeypatch.setattr(accounts, "keys", repeat("again"))
    first = case.ask(world).ok(201)
    world.set_policy(action)
    again = case.ask(world)
    assert (again.ok(201)["id"], again.headers["Idempotent-Replayed"]) == (first["id"], "true")
    assert items(type="approval") == []
