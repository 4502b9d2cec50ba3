"""What people see of approvals: one list of everything that waits, and nothing that is nobody's business."""

import pytest

from chalicelib.domain.approvals.action import ActionName
from tests.api.helpers.approvals import APPROVALS, CASES, PASSWORD, POLICIES, World, new_user
from tests.api.helpers.bank import Json, items
from tests.api.helpers.stream import Stream, audited

WAITING: tuple[ActionName, ...] = ("overdraft_limit", "holder", "kyc", "interest_rate")


def listed(world: World, query: str = "", by: str = "manager") -> list[Json]:
    found: list[Json] = world.client.get(f"{APPROVALS}?{query}", token=world.by(by).token).ok()["data"]
    return found


def ids(approvals: list[Json]) -> list[str]:
    return [one["id"] for one in approvals]


@pytest.fixture
def waiting(world: World) -> list[Json]:
    """Four requests of different kinds, in the order in which they were made."""
    made = []
    for action in WAITING:
        CASES[action].prepare(world)
        world.set_policy(action)
        made.append(world.waiting(CASES[action].ask(world)))
    return made


def test_everything_that_waits_is_in_one_list_oldest_first(world: World, waiting: list[Json]) -> None:
    assert listed(world) == waiting
    assert [one["action"] for one in listed(world, "action=kyc")] == ["kyc"]
    first = world.client.get(f"{APPROVALS}?limit=3", token=world.manager.token).ok()
    rest = world.client.get(f"{APPROVALS}?limit=3&cursor={first['next_cursor']}", token=world.manager.token).ok()
    assert [*first["data"], *rest["data"]] == waiting
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_what_is_decided_leaves_the_queue(world: World, waiting: list[Json]) -> None:
    limit, holder, kyc, rate = waiting
    world.approve(limit).ok()
    world.decide(holder, "reject", "admin").ok()
    world.decide(kyc, "cancel", "teller").ok()
    assert ids(listed(world)) == [rate["id"]]
    assert ids(listed(world, "status=executed")) == [limit["id"]]
    assert ids(listed(world, "status=rejected")) == [holder["id"]]
    assert ids(listed(world, "status=cancelled")) == [kyc["id"]]


def test_people_find_what_they_have_asked_for(world: World, waiting: list[Json]) -> None:
    assert ids(listed(world, "mine=true", by="teller")) == ids(waiting[2::-1])
    assert ids(listed(world, "mine=true")) == [waiting[3]["id"]]
    assert listed(world, "mine=true", by="admin") == []


def test_customer_sees_no_request_of_somebody_else(world: World, waiting: list[Json]) -> None:
    """Not even one about its own account."""
    assert listed(world, by="customer") == []
    for how in ("", "/cancel"):
        method = "POST" if how else "GET"
        path = f"{APPROVALS}/{waiting[0]['id']}{how}"
        world.client.send(method, path, token=world.customer.token).refused(404, "not_found")
    world.client.get(POLICIES, token=world.customer.token).refused(403, "forbidden")


@pytest.mark.parametrize("query", ["status=open", "action=steal", "mine=maybe", "limit=0"])
def test_wrong_filter_is_named(world: World, query: str) -> None:
    reply = world.client.get(f"{APPROVALS}?{query}", token=world.manager.token).refused(422, "validation_failed")
    assert reply.wrong_fields == [query.partition("=")[0]]


def test_unknown_action_has_no_policy(world: World) -> None:
    for path in (f"{POLICIES}/steal", f"{POLICIES}/steal/history"):
        world.client.get(path, token=world.admin.token).refused(404, "not_found")
    world.client.put(f"{POLICIES}/steal", {"control": "off"}, token=world.admin.token).refused(404, "not_found")


def test_policies_are_listed_with_their_history(world: World) -> None:
    found = world.client.get(POLICIES, token=world.teller.token).ok()["data"]
    assert {(one["control"], one["number"], one["set_by"]) for one in found} == {("off", 0, None)}
    strict = world.set_policy("reverse", above={"USD": "100.00", "JPY": "10000"}, within_24h=True, expires_hours=1)
    assert (strict["above"], strict["required"], strict["roles"]) == (
        {"USD": "100.00", "JPY": "10000"},
        1,
        ["manager", "admin"],
    )
    off = world.set_policy("reverse", "off")
    history = world.client.get(f"{POLICIES}/reverse/history", token=world.teller.token).ok()["data"]
    assert history == [off, strict]
    assert world.client.get(f"{POLICIES}/reverse", token=world.teller.token).ok() == off


@pytest.mark.parametrize(
    ("action", "wrong", "field"),
    [
        ("kyc", {"above": {"USD": "1.00"}}, "above"),
        ("reverse", {"above": {"XXX": "1.00"}}, "above.XXX"),
        ("reverse", {"above": {"USD": "0.001"}}, "above.USD"),
        ("reverse", {"within_24h": True}, "within_24h"),
        ("reverse", {"required": 3}, "required"),
        ("reverse", {"required": 0}, "required"),
        ("reverse", {"roles": []}, "roles"),
        ("reverse", {"roles": ["auditor"]}, "roles.0"),
        ("reverse", {"expires_hours": 0}, "expires_hours"),
        ("reverse", {"expires_hours": 721}, "expires_hours"),
        ("reverse", {"control": "maybe"}, "control"),
    ],
)
def test_wrong_policy_is_named(world: World, action: str, wrong: Json, field: str) -> None:
    body = {"control": "require", **wrong}
    reply = world.client.put(f"{POLICIES}/{action}", body, token=world.admin.token)
    assert reply.refused(422, "validation_failed").wrong_fields == [field]


def test_policy_is_set_on_the_condition_of_its_number(world: World) -> None:
    tag = world.client.get(f"{POLICIES}/reverse", token=world.admin.token).headers["ETag"]
    world.set_policy("reverse")
    reply = world.client.put(
        f"{POLICIES}/reverse", {"control": "off"}, token=world.admin.token, headers={"If-Match": tag}
    )
    reply.refused(409, "conflict")


def test_password_of_a_user_who_waits_is_nowhere(world: World) -> None:
    """Nor its hash, its address or its name: in no response, and in no audit record."""
    stream = Stream()
    world.set_policy("user.create")
    world.by("second_admin")
    new = new_user()
    held = world.client.post("/v1/users", new, token=world.admin.token)
    approval = world.waiting(held)
    [stored] = items(type="approval")
    texts = [held.text, str(listed(world, by="admin")), world.approve(approval, "second_admin").text]
    assert "sealed" not in str(texts)
    stream.deliver()
    texts.append(str([one for one in audited() if one["pk"].startswith("APPROVAL")]))
    hashed = [item["password_hash"] for item in items(type="user", role="auditor")]
    for secret in (PASSWORD, new["email"], new["last_name"], *hashed):
        assert not [text for text in texts if secret in text], secret
    assert PASSWORD not in str(stored)
    assert new["email"] not in str(stored)
    assert "sealed" not in str(items(type="approval"))
    world.client.post("/v1/auth/login", {"email": new["email"], "password": PASSWORD}).ok()


def test_what_is_sealed_goes_with_a_rejection(world: World) -> None:
    world.set_policy("user.create")
    world.by("second_admin")
    approval = world.waiting(world.client.post("/v1/users", new_user(), token=world.admin.token))
    assert "sealed" in str(items(type="approval"))
    world.decide(approval, "reject", "second_admin").ok()
    assert "sealed" not in str(items(type="approval"))


def test_nickname_that_waits_with_a_limit_is_not_shown_and_not_kept(world: World) -> None:
    world.set_policy("overdraft_limit")
    approval = world.waiting(world.limit("50.00", nickname="Rainy days"))
    assert "Rainy" not in str(world.get(approval))
    world.approve(approval).ok()
    account = world.client.get(world.path, token=world.customer.token).ok()
    assert (account["nickname"], account["overdraft_limit"]) == ("Rainy days", "50.00")
    assert "Rainy" not in str(items(type="approval"))


def test_audit_has_the_decisions_and_not_the_words(world: World) -> None:
    stream = Stream()
    world.client.post(f"{world.path}/freeze", {"reason": "r"}, token=world.teller.token).ok()
    world.set_policy("unfreeze")
    body = {"reason": "spoke to the customer"}
    approval = world.waiting(world.client.post(f"{world.path}/unfreeze", body, token=world.teller.token))
    world.approve(approval, note="I know them").ok()
    stream.deliver()
    path = f"/v1/audit?entity={approval['id']}"
    records = world.client.get(path, token=world.admin.token).ok()["data"][::-1]
    assert [one["after"].get("status") for one in records] == ["requested", "approved", "executed"]
    [decision] = records[1]["after"]["decisions"]
    assert (decision["by"], decision["decision"]) == (world.manager.user_id, "approved")
    assert records[0]["after"]["payload_sha256"] == approval["payload_sha256"]
    assert [one["actor"] for one in records] == [
        world.teller.user_id,
        world.manager.user_id,
        world.teller.user_id,
    ]
    assert "spoke" not in str(records)
    assert "I know" not in str(records)
