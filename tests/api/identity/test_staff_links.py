"""The link between a member of staff and the customer that he or she is: made by another admin, once, for good."""

from collections.abc import Callable

import jwt
import pytest

from tests.api.helpers.bank import Api, User, items
from tests.api.helpers.links import link, linked
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

UNKNOWN = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.mark.parametrize("role", ["teller", "manager", "auditor", "admin"])
def test_an_admin_links_staff_to_the_customer_that_they_are(
    client: Api, admin: User, customer: User, new_staff: Callable[[str], User], log_in: Callable[[str], User], role: str
) -> None:
    staff = new_staff(role)
    edited = link(client, admin, staff, customer).ok()
    assert (edited["customer_id"], edited["role"]) == (customer.customer_id, role)
    found = client.get(f"/v1/users/{staff.user_id}", token=admin.token).ok()
    assert found == edited | {"pending_approvals": []}
    assert edited in client.get("/v1/users", token=admin.token).ok()["data"]
    claims = jwt.decode(log_in(staff.email).token, options={"verify_signature": False})
    assert (claims["own_customer_id"], claims["customer_id"]) == (customer.customer_id, None), "no customer's rights"


def test_a_link_ends_the_sessions_that_do_not_know_it(
    client: Api, admin: User, customer: User, teller: User, log_in: Callable[[str], User]
) -> None:
    link(client, admin, teller, customer).ok()
    client.get("/v1/user/profile", token=teller.token).refused(401, "unauthorized")
    client.post("/v1/auth/refresh", {"refresh_token": teller.refresh_token}).refused(401, "unauthorized")
    again = log_in(teller.email)
    refreshed = client.post("/v1/auth/refresh", {"refresh_token": again.refresh_token}).ok()["access_token"]
    assert jwt.decode(refreshed, options={"verify_signature": False})["own_customer_id"] == customer.customer_id


def test_a_link_is_for_good(client: Api, admin: User, customer: User, other_customer: User, teller: User) -> None:
    """Else an admin frees a friend for an afternoon."""
    link(client, admin, teller, customer).ok()
    link(client, admin, teller, customer).ok()
    refused = link(client, admin, teller, other_customer).refused(409, "conflict")
    assert "cannot be changed" in refused.json["detail"]
    for nothing in ({"customer_id": None}, {"customer_id": None, "status": "disabled"}, {"status": "active"}):
        edited = client.patch(f"/v1/users/{teller.user_id}", nothing, token=admin.token).ok()
        assert edited["customer_id"] == customer.customer_id


def test_a_customer_is_linked_to_one_member_of_staff(
    client: Api, admin: User, customer: User, teller: User, manager: User
) -> None:
    """Else the customer is linked to a dummy, and the real person is not bound."""
    link(client, admin, teller, customer).ok()
    link(client, admin, manager, customer).refused(409, "conflict")
    client.patch(f"/v1/users/{teller.user_id}", {"status": "disabled"}, token=admin.token).ok()
    link(client, admin, manager, customer).refused(409, "conflict")
    assert [one["owner_id"] for one in items(type="guard") if one["pk"].startswith("STAFF_CUSTOMER#")] == [
        teller.user_id
    ]


@pytest.mark.parametrize("which", ["customer", "staff"])
def test_of_two_links_at_once_one_is_made(
    client: Api, admin: User, customer: User, other_customer: User, teller: User, manager: User, which: str
) -> None:
    """Two members of staff and one customer, or the other way round."""
    first, second = ((manager, customer), (teller, customer))
    if which == "staff":
        first, second = ((teller, other_customer), (teller, customer))
    # The sessions of the second one end in a write of their own, before that of the link.
    with just_before("TransactWriteItems", lambda: link(client, admin, *first).ok()):
        link(client, admin, *second).refused(409, "conflict")
    assert [one["linked_customer_id"] for one in items(type="user") if "linked_customer_id" in one] == [
        first[1].customer_id
    ]


def test_nobody_links_his_or_her_own_user(
    client: Api, admin: User, customer: User, teller: User, manager: User, new_staff: Callable[[str], User]
) -> None:
    link(client, admin, admin, customer).refused(409, "conflict")
    for staff in (teller, manager, customer):
        link(client, staff, staff, customer).refused(403, "forbidden")
    link(client, new_staff("admin"), admin, customer).ok()


def test_only_staff_are_linked_and_only_to_customers(
    client: Api, admin: User, customer: User, other_customer: User, teller: User, manager: User
) -> None:
    link(client, admin, other_customer, customer).refused(409, "conflict")
    for unknown in (UNKNOWN, "cus_x", teller.user_id):
        body = {"customer_id": unknown}
        client.patch(f"/v1/users/{teller.user_id}", body, token=admin.token).refused(404, "not_found")
    client.delete(f"/v1/customers/{customer.customer_id}", token=manager.token).ok()
    link(client, admin, teller, customer).refused(409, "conflict")


def test_an_admin_does_not_edit_the_user_that_is_his_or_her_own_customers(
    client: Api, admin: User, customer: User, other_customer: User, new_staff: Callable[[str], User],
    log_in: Callable[[str], User],
) -> None:  # fmt: skip
    """Else an admin lets oneself in again as a customer whom another admin disabled."""
    oneself = linked(client, admin, new_staff("admin"), customer, log_in)
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    back = {"status": "active"}
    client.patch(f"/v1/users/{customer.user_id}", back, token=oneself.token).refused(403, "conflict_of_interest")
    client.patch(f"/v1/users/{other_customer.user_id}", back, token=oneself.token).ok()


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


def test_the_audit_has_the_link(stream: Stream, client: Api, admin: User, customer: User, teller: User) -> None:
    link(client, admin, teller, customer).ok()
    stream.deliver()
    records = client.get(f"/v1/audit?entity={teller.user_id}", token=admin.token).ok()["data"]
    [changed] = [one for one in records if "linked_customer_id" in one["after"]]
    assert (changed["actor"], changed["before"].get("linked_customer_id")) == (admin.user_id, None)
    assert changed["after"]["linked_customer_id"] == customer.customer_id
