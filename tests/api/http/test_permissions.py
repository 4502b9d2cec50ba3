"""Every route, asked as every role: who may is never turned away, who may not is told so in one way.

A new route is walked by being a route; the bodies are those of `helpers/requests.py`.
"""

from collections.abc import Callable
from itertools import count
from typing import Any, get_args

import pytest

from chalicelib import clock
from chalicelib.domain.permissions import PERMISSIONS, ROLES, SHARED_RESOURCE_PERMISSIONS, Role
from chalicelib.handlers.http.operation import Operation
from chalicelib.services.operations import bootstrap
from tests.api.helpers import cloud
from tests.api.helpers.accounts import deposit, new_key, opened
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.beneficiaries import saved
from tests.api.helpers.branches import HEAD_OFFICE
from tests.api.helpers.cloud import Saved
from tests.api.helpers.customers import Addresses
from tests.api.helpers.mailbox import open_mailbox
from tests.api.helpers.orders import ordered_ids
from tests.api.helpers.problems import flaw
from tests.api.helpers.requests import ALL, BODIES, GUARDED, PASSWORD, QUERIES, each
from tests.api.helpers.risk import raised
from tests.api.helpers.run_machine import RunMachine

ADMIN = "root@florin.example"
ENDS_SESSIONS = {"identity.auth.log_out", "identity.users.end_own_session", "identity.factors.remove_factors"}
QUERIES_HERE = {
    **QUERIES,
    "audit.audit.list_audit_records": "?actor=system",
    "audit.audit.verify_bank": "?account_id=none",
}
"""What is asked of the audit is cheap."""
numbers = count()


class World:
    """A user of each role, a customer who has things, and another one who has none of them."""

    def __init__(self, client: Api, by_role: dict[Role, User], stranger: User, ids: dict[str, str]) -> None:
        self.client, self.by_role, self.stranger, self.ids = client, by_role, stranger, ids

    def ask(self, operation: Operation, token: str | None) -> Reply:
        route = operation.route
        path = route.path.format(**self.ids) + QUERIES_HERE.get(route.view, "")
        key = None if operation.key == "ignored" else new_key()
        return self.client.send(route.method, path, self.body(operation), token=token, key=key)

    def body(self, operation: Operation) -> Json | None:
        wanted = BODIES.get(operation.route.view)
        return None if wanted is None else {name: self._filled(value) for name, value in wanted.items()}

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str) and "@" in value:
            return f"somebody-{next(numbers)}@example.com"
        return value.format(**self.ids) if isinstance(value, str) else value


@pytest.fixture(scope="module", autouse=True)
def bank(empty_tables: Saved) -> None:
    """One bank for all of these tests; what they do to it is no matter, as long as everything asked for was there."""
    cloud.restore(empty_tables)
    bootstrap.ensure_head_office_and_admin(ADMIN, PASSWORD)


@pytest.fixture(scope="module")
def world(
    bank: None, gateways_cache: None, client: Api, new_customer: Callable[[], User], log_in: Callable[[str], User]
) -> World:
    by_role: dict[Role, User] = {"customer": new_customer(), "admin": log_in(ADMIN)}
    admin, customer = by_role["admin"], by_role["customer"]
    for role in get_args(Role):
        if role not in by_role:
            staff = {"email": f"{role}@florin.example", "password": PASSWORD, "role": role}
            client.post("/v1/users", {**staff, "first_name": "A", "last_name": "B"}, token=admin.token).ok(201)
            by_role[role] = log_in(staff["email"])
    account, other = opened(client, customer, "100.00"), opened(client, customer)
    made = deposit(client, customer, account, "1.00").ok(201)
    ticket = client.post("/v1/tickets", {"subject": "s", "message": "m"}, token=customer.token).ok(201)
    said = client.post("/v1/announcements", {"title": "t", "message": "m"}, token=admin.token).ok(201)
    ids = {
        "account_id": account["id"],
        "other_account_id": other["id"],
        "transaction_id": made["id"],
        "ticket_id": ticket["id"],
        "announcement_id": said["id"],
        "user_id": customer.user_id,
        "customer_id": customer.customer_id or "",
        "branch_id": HEAD_OFFICE,
        "account_type": "savings",
        "period": "2026-10",
        "date": "2026-12-01",
        "month": f"{clock.now():%Y-%m}",
    }
    ids |= {"address_id": Addresses(client, customer).added()}
    [session] = client.get("/v1/user/sessions", token=customer.token).ok()["data"]
    ids |= {"session_id": session["session_id"], "export_id": "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"event_id": "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV", "file_id": "pfl_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"upload_id": "upl_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"verification_id": "ver_1", "factor_id": "fac_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"approval_id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "action": "overdraft_limit"}
    ids |= {"alert_id": raised(customer, account, "low")}
    ids |= {"beneficiary_id": saved(client, customer, other)["id"], **ordered_ids(client, customer, account, other)}
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["*"], "signature": "hmac"}
    with open_mailbox() as mailbox:
        mailbox.held = True
        ids |= {"endpoint_id": client.post("/v1/webhook-endpoints", hook, token=customer.token).ok(201)["id"]}
    ids |= {"recall_id": "rcl_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"delivery_id": "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    rule = {"contains": "rent", "field": "memo", "category": "housing"}
    ids |= {"rule_id": client.post("/v1/category-rules", rule, token=customer.token).ok(201)["id"]}
    for principal in (*by_role.values(), stranger := new_customer()):
        client.get("/v1/user/profile", token=principal.token).ok()  # the gateway knows everybody from here on
    return World(client, by_role, stranger, ids)


def is_of_a_customer(operation: Operation) -> bool:
    """Whether a customer may do this to something of its own that the request names."""
    permission = operation.route.permission
    if permission is None or "customer" not in PERMISSIONS[permission] or permission in SHARED_RESOURCE_PERMISSIONS:
        return False
    return "{" in operation.route.path or "_id}" in str(BODIES.get(operation.route.view))


@each([one for one in GUARDED if is_of_a_customer(one)])
def test_what_is_somebody_elses_is_not_there(world: World, operation: Operation) -> None:
    """Before those who may ask, for they close and freeze."""
    assert not flaw(world.ask(operation, world.stranger.token).refused(404, "not_found"))


@each(GUARDED)
def test_a_role_gets_in_or_is_told_that_it_may_not(
    world: World,
    operation: Operation,
    interest_machine: RunMachine,
    statement_machine: RunMachine,
    log_in: Callable[[str], User],
) -> None:
    interest_machine.idle = statement_machine.idle = True
    permission = operation.route.permission
    assert permission
    for role in sorted(ROLES, key=lambda role: role in PERMISSIONS[permission]):
        reply = world.ask(operation, world.by_role[role].token)
        if role in PERMISSIONS[permission]:
            assert reply.status < 500, (role, reply)
            assert reply.status not in (401, 403), (role, reply)
        else:
            assert not flaw(reply.refused(403, "forbidden")), role
            assert permission in reply.json["detail"]
    if operation.route.view in ENDS_SESSIONS:
        world.by_role |= {role: log_in(user.email) for role, user in world.by_role.items()}


@each(ALL)
def test_nobody_gets_in_where_a_permission_is_needed(world: World, signing_key: str, operation: Operation) -> None:
    reply = world.ask(operation, None)
    if operation.route.permission:
        reply.refused(401, "unauthorized")
    else:
        assert reply.status != 403
        assert reply.status < 500
