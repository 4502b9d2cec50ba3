"""The ceilings of roles: what they are, who sets them, and what they may not be."""

import pytest

from chalicelib.services import reference_cache
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.held_money import AUTHORITY, decide_approval, set_ceilings, set_policy

OWN: Json = {"ceilings": {"teller": {"withdraw": {"USD": "500.00", "JPY": "0"}}}}


def test_local_stage_has_no_ceiling_that_anybody_meets(client: Api, teller: User) -> None:
    reply = client.get(AUTHORITY, token=teller.token)
    assert reply.headers["ETag"] == '"0"'
    found = reply.ok()
    assert (found["number"], found["set_by"]) == (0, None)
    assert found["ceilings"]["teller"]["withdraw"]["USD"] == "10000000000000.00"


def test_strict_stage_has_standard_ceilings_in_each_currency(
    client: Api, teller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVALS", "on")
    ceilings = client.get(AUTHORITY, token=teller.token).ok()["ceilings"]
    assert ceilings["teller"]["withdraw"] == {
        "EUR": "10000.00", "GBP": "10000.00", "INR": "800000.00", "JPY": "1500000", "USD": "10000.00",
    }  # fmt: skip
    assert [ceilings[role]["reverse"]["USD"] for role in ("teller", "manager", "admin")] == [
        "2000.00", "50000.00", "10000000.00",
    ]  # fmt: skip


def test_ceilings_are_set_with_history_by_admins_alone(
    client: Api, customer: User, teller: User, manager: User, auditor: User, admin: User
) -> None:
    for user in (customer, teller, manager, auditor):
        client.put(AUTHORITY, OWN, token=user.token).refused(403, "forbidden")
    client.get(AUTHORITY, token=customer.token).refused(403, "forbidden")
    changed = client.put(AUTHORITY, OWN, token=admin.token, headers={"If-Match": '"0"'})
    assert (changed.headers["ETag"], changed.ok()["set_by"]) == ('"1"', admin.user_id)
    assert changed.json["ceilings"]["teller"]["withdraw"]["USD"] == "500.00"
    assert changed.json["ceilings"]["teller"]["withdraw"]["JPY"] == "0"
    client.put(AUTHORITY, OWN, token=admin.token, headers={"If-Match": '"0"'}).refused(409, "conflict")
    set_ceilings(client, admin, teller="1.00")
    listed = client.get(f"{AUTHORITY}/history", token=auditor.token).ok()["data"]
    assert [one["number"] for one in listed] == [2, 1]
    assert [one["ceilings"]["teller"]["withdraw"]["USD"] for one in listed] == ["1.00", "500.00"]


@pytest.mark.parametrize(
    ("ceilings", "field"),
    [
        ({"teller": {"withdraw": {"XXX": "1.00"}}}, "ceilings.teller.withdraw.XXX"),
        ({"teller": {"withdraw": {"USD": "1.001"}}}, "ceilings.teller.withdraw.USD"),
        ({"teller": {"withdraw": {"USD": "2.00"}}, "manager": {"withdraw": {"USD": "1.99"}}},
         "ceilings.manager.withdraw.USD"),
        ({"auditor": {}}, "ceilings.auditor.[key]"),
        ({"teller": {"kyc": {"USD": "1.00"}}}, "ceilings.teller.kyc.[key]"),
    ],
)  # fmt: skip
def test_wrong_ceilings_are_refused_with_the_field(client: Api, admin: User, ceilings: Json, field: str) -> None:
    refused = client.put(AUTHORITY, {"ceilings": ceilings}, token=admin.token).refused(422, "validation_failed")
    assert refused.wrong_fields == [field]


def test_change_of_ceilings_waits_for_a_second_admin_where_the_policy_says_so(
    client: Api, teller: User, admin: User, new_staff: object
) -> None:
    assert callable(new_staff)
    second: User = new_staff("admin")
    set_policy(client, admin, "authority")
    waiting = client.put(AUTHORITY, OWN, token=admin.token).ok(202)
    assert (waiting["action"], waiting["roles"]) == ("authority", ["admin"])
    assert client.get(AUTHORITY, token=teller.token).ok()["number"] == 0
    decide_approval(client, admin, waiting, "approve").refused(403, "approval_own_request")
    assert decide_approval(client, second, waiting, "approve").ok()["status"] == "executed"
    reference_cache.forget()
    found = client.get(AUTHORITY, token=teller.token).ok()
    assert (found["number"], found["set_by"]) == (1, admin.user_id)
