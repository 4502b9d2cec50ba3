"""Customers whom staff have created, and what tests of their invitations ask of the API."""

from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.customers import taken_in

ADDRESS, BIRTHDAY, PASSWORD = "grace@example.com", "1906-12-09", "correct horse battery staple"
WRONG = "1906-12-10"
"""Another date of birth."""


def counter_customer(client: Api, staff: User, **fields: object) -> Json:
    """A customer whom staff have created at the counter, without a user."""
    return taken_in(client, staff, **{"email": ADDRESS, "date_of_birth": BIRTHDAY, **fields})


def invite(client: Api, staff: User, customer: Json, key: str | None = None) -> Reply:
    return client.post(f"/v1/customers/{customer['id']}/invitation", token=staff.token, key=key)


def invitation_of(client: Api, staff: User, customer: Json) -> Reply:
    return client.get(f"/v1/customers/{customer['id']}/invitation", token=staff.token)


def withdraw(client: Api, staff: User, customer: Json) -> Reply:
    return client.delete(f"/v1/customers/{customer['id']}/invitation", token=staff.token)


def accept(client: Api, code: str, birthday: str = BIRTHDAY, password: str = PASSWORD) -> Reply:
    body = {"token": code, "date_of_birth": birthday, "password": password}
    return client.post("/v1/auth/invitations/accept", body)


def refused(reply: Reply, field: str = "token") -> str:
    """What is said of an invitation that lets nobody in."""
    assert reply.refused(422, "validation_failed").wrong_fields == [field]
    return str(reply.json["detail"])


def nobody_is_in(grace: Json) -> bool:
    """Return whether neither a user has the customer nor the customer a user."""
    users = [one for one in items(type="user") if one.get("customer_id") == grace["id"]]
    [customer] = items(type="customer", id=grace["id"])
    return not users and "user_id" not in customer
