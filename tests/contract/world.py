"""A bank in which every route finds something: people of each role, and whatever a path or a body names.

An operation that changes something is tried by people of its own on things of their own, so that it is in nobody's way:
whoever changes a password or logs out is alone affected. What operations only read, they read in one world.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.month import Month
from tests.workflow.bank import PASSWORD, Client, Json, Reply, make_staff, register


@dataclass
class World:
    """People and things are made when something asks for them first. `root` is the bank's first admin."""

    root: Client
    _people: dict[str, Client] = field(default_factory=dict)
    _things: Json = field(default_factory=dict)

    def person(self, role: str) -> Client:
        if role not in self._people:
            self._people[role] = register(self.root.url) if role == "customer" else make_staff(self.root, role)
        return self._people[role]

    @property
    def customer(self) -> Client:
        return self.person("customer")

    def thing(self, name: str) -> Any:
        """What a parameter or a field of this name should be."""
        if name in VALUES:
            return VALUES[name]
        if name in NEW:
            return NEW[name]()
        if name not in self._things:
            self._things[name] = THINGS[name](self)
        return self._things[name]

    def part(self, view: str, name: str, role: str | None) -> Any:
        """What the part of a path is to be, where somebody of a role asks for a view."""
        if (view, name) in PARTS:
            return PARTS[view, name](self, self.person(role or "customer"))
        return self.thing(name)


def _made(reply: Reply) -> str:
    assert reply.status == 201, reply
    return str(reply.body["id"])


RULE = {"contains": "rent", "field": "memo", "category": "housing"}
ADDRESS = {"line1": "1 Main Street", "city": "York", "postal_code": "YO1 7HH", "country": "GB"}


def _account(world: World) -> str:
    return str(world.customer.open_account(initial_deposit="1000.00", type="savings")["id"])


def _address(world: World) -> str:
    return _made(world.customer.post(f"/v1/customers/{world.thing('customer_id')}/addresses", ADDRESS))


def _payee(world: World) -> str:
    payee = {"name": "Ada", "account_number": world.thing("account_number")}
    return _made(world.customer.post("/v1/beneficiaries", payee))


def _sides(world: World) -> Json:
    return {"from_account_id": world.thing("account_id"), "to_account_id": world.thing("to_account_id")}


def _order(world: World) -> str:
    body = {**_sides(world), "amount": "1.00", "frequency": {"unit": "month"}, "start": _tomorrow()}
    return _made(world.customer.post("/v1/standing-orders", body))


def _dated_payment(world: World) -> str:
    body = {**_sides(world), "amount": "1.00", "execution_date": _tomorrow()}
    reply = world.customer.post("/v1/transactions/transfer", body)
    assert reply.status == 202, reply
    return str(reply.body["id"])


def _tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def _suspended(world: World) -> Json:
    reply = world.customer.post(f"/v1/standing-orders/{world.thing('order_id')}/suspend")
    assert reply.status == 200, reply
    return {}


def _calendar_token(world: World) -> Json:
    reply = world.customer.post(f"/v1/accounts/{world.thing('account_id')}/calendar-link")
    assert reply.status == 201, reply
    return {"token": reply.body["url"].partition("token=")[2]}


def _of_customer(world: World) -> Json:
    return {"customer_id": world.thing("customer_id")}


def _branch(world: World) -> str:
    branch = {"name": "B", "code": _code(), "city": "York", "country": "GB", "initial_balance": "5000.00"}
    return _made(world.root.post("/v1/branches", branch))


def _last_month(world: World) -> str:
    return str(Month.of(datetime.now(UTC).date()).before)


def _code() -> str:
    return uuid.uuid4().hex[:12].upper()


THINGS: dict[str, Callable[[World], Any]] = {
    "account_id": _account,
    "from_account_id": lambda world: world.thing("account_id"),
    "to_account_id": _account,
    "transaction_id": lambda world: _made(world.customer.deposit(world.thing("account_id"), "10.00")),
    "branch_id": _branch,
    "ticket_id": lambda world: _made(world.customer.post("/v1/tickets", {"subject": "Card", "message": "Gone."})),
    "announcement_id": lambda world: _made(world.root.post("/v1/announcements", {"title": "T", "message": "M"})),
    "user_id": lambda world: world.customer.user["user_id"],
    "address_id": _address,
    "account_number": lambda world: world.customer.open_account(type="current")["account_number"],
    "iban": lambda world: world.customer.open_account(type="current")["iban"],
    "customer_id": lambda world: world.customer.user["customer_id"],
    "assigned_to": lambda world: world.person("manager").user["user_id"],
    "month": lambda _: str(Month.of(datetime.now(UTC).date())),
    "entity": lambda world: world.thing("account_id"),
    "period": _last_month,
    "date": lambda _: "2026-01-01",
    "rule_id": lambda world: _made(world.customer.post("/v1/category-rules", RULE)),
    "beneficiary_id": _payee,
    "order_id": _order,
    "payment_id": _dated_payment,
    "refresh_token": lambda world: _tokens(world)["refresh_token"],
}
"""By the name of a parameter or of a field. A name that is new in a path needs a line here."""


def _friend(world: World, _: Client) -> str:
    return str(register(world.root.url).user["customer_id"])


def _walk_in(world: World, _: Client) -> str:
    """Somebody without a user, whose e-mail address staff may edit."""
    return _made(world.root.post("/v1/customers", {"first_name": "Ada", "last_name": "B"}))


def _joint_holder(world: World, _: Client) -> str:
    customer_id = _friend(world, world.root)
    path = f"/v1/accounts/{world.thing('account_id')}/holders/{customer_id}"
    assert world.root.call("PUT", path, {"rights": "view"}).status == 200
    return customer_id


def _session(_: World, asker: Client) -> str:
    return str(asker.call("GET", "/v1/user/sessions").body["data"][0]["session_id"])


def _endpoint(_: World, asker: Client) -> str:
    """A webhook endpoint with a secret, of whoever asks. They are bounded: one that is there will do, or takes the
    place of another."""
    found = asker.call("GET", "/v1/webhook-endpoints").body["data"]
    with_secret = [str(one["id"]) for one in found if one["signature"] == "hmac"]
    if with_secret:
        return with_secret[0]
    if found:
        asker.call("DELETE", f"/v1/webhook-endpoints/{found[0]['id']}")
    body = {"url": VALUES["url"], "events": VALUES["events"], "signature": "hmac"}
    return _made(asker.post("/v1/webhook-endpoints", body))


ENDPOINT_VIEWS = (
    *("endpoints.get_webhook_endpoint", "endpoints.edit_webhook_endpoint", "endpoints.delete_webhook_endpoint"),
    *("endpoints.enable_webhook_endpoint", "endpoints.rotate_webhook_secret", "endpoints.test_webhook_endpoint"),
    *("deliveries.list_deliveries", "deliveries.replay_events"),
)

PARTS: dict[tuple[str, str], Callable[[World, Client], Any]] = {
    ("accounts.holders.put_holder", "customer_id"): _friend,
    ("accounts.holders.end_holder", "customer_id"): _joint_holder,
    ("customers.customers.edit_customer", "customer_id"): _walk_in,
    ("identity.users.edit_user", "user_id"): lambda world, _: str(world.person("teller").user["user_id"]),
    ("identity.users.end_own_session", "session_id"): _session,
    **{(f"webhooks.{view}", "endpoint_id"): _endpoint for view in ENDPOINT_VIEWS},
}
"""By view and name, where it is not what goes by that name elsewhere; made for the world and whoever asks."""

VALUES: Json = {
    "alert_id": "alr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "export_id": "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "event_id": "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "file_id": "pfl_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "upload_id": "upl_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "verification_id": "ver_1",
    "factor_id": "fac_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "approval_id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "recall_id": "rcl_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "delivery_id": "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "url": "http://127.0.0.1:9/hook",
    "events": ["endpoint.disabled"],
    "action": "overdraft_limit",
    "account_type": "savings",
    "to_branch_id": HEAD_OFFICE_ID,
    "currency": "USD",
    "country": "GB",
    "effective_from": "2099-01-01",
    "phone": "+442071234567",
    "current_password": PASSWORD,
}
NEW: dict[str, Callable[[], str]] = {"email": lambda: f"{_code()}@example.com"}
"""What may be there once only."""

KNOWN = {*THINGS, *VALUES, *NEW}


def _credentials(world: World) -> Json:
    return {"email": world.customer.user["email"], "password": PASSWORD}


def _tokens(world: World) -> Json:
    reply = world.customer.call("POST", "/v1/auth/login", _credentials(world))
    assert reply.status == 200, reply
    return dict(reply.body)


def _empty(world: World) -> Json:
    assert world.customer.withdraw(world.thing("account_id"), "1000.00").status == 201
    return {}


def _transfers(world: World) -> Json:
    payee_id = world.thing("to_account_id")
    return {"transfers": [{"idempotency_key": uuid.uuid4().hex, "to_account_id": payee_id, "amount": "1.00"}]}


def _frozen(world: World) -> Json:
    reply = world.root.post(f"/v1/accounts/{world.thing('account_id')}/freeze", {"reason": "Lost"})
    assert reply.status == 200, reply
    return {}


def _run(world: World) -> Json:
    """A monthly run, which finds nobody to pay; one for everybody who asks."""
    reply = world.root.post("/v1/interest-runs", {"period": world.thing("period")}, key="contract")
    assert reply.status == 202, reply
    return {}


def _statement_run(world: World) -> Json:
    reply = world.root.post("/v1/statement-runs", {"period": world.thing("period")}, key="contract-statements")
    assert reply.status == 202, reply
    return {}


WANTS: dict[str, Callable[[World], Json]] = {
    "identity.auth.log_in": _credentials,
    "branches.branches.create_branch": lambda _: {"code": _code()},
    "accounts.accounts.open_account": lambda world: {"customer_id": world.thing("customer_id")},
    "accounts.accounts.list_accounts": lambda world: {"customer_id": world.thing("customer_id")},
    "accounts.accounts.close_account": _empty,
    "accounts.accounts.unfreeze_account": _frozen,
    "interest.runs.get_run": _run,
    "interest.runs.list_failures": _run,
    "statements.runs.get_statement_run": _statement_run,
    "statements.runs.list_statement_failures": _statement_run,
    "payments.batches.transfer_batch": _transfers,
    "orders.standing_orders.make_standing_order": lambda _: {"start": _tomorrow()},
    "orders.standing_orders.list_standing_orders": _of_customer,
    "orders.scheduled_payments.list_scheduled_payments": _of_customer,
    "orders.standing_orders.resume_standing_order": _suspended,
    "orders.standing_orders.skip_standing_order": lambda _: {"date": None},
    "orders.calendar_links.get_calendar": _calendar_token,
    "audit.audit.list_audit_records": lambda world: {"entity": world.thing("entity")},
    "audit.audit.verify_bank": lambda world: {"account_id": world.thing("account_id")},
}
"""What some views want besides before they can do anything: what must be so, and what must be in the request."""
