"""Actions that can wait for a second person: for each how it is asked for, and what it changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.permissions import system
from chalicelib.domain.risk.thresholds import STANDARD
from chalicelib.services.approvals import decisions
from chalicelib.services.clearing import inquiries
from tests.api.helpers import orders
from tests.api.helpers.accounts import closed, deposit, new_key, opened, read, reverse
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.branches import cash_of, move, opened_branch
from tests.api.helpers.branches import create as create_branch
from tests.api.helpers.clearing import BANK, answer, connect, own, pay, send_return, stored, submit_instant
from tests.api.helpers.factors import enrolled_app
from tests.api.helpers.invitations import counter_customer, invite
from tests.api.helpers.nostro import state
from tests.api.helpers.received_recalls import ask_back, credit

APPROVALS, POLICIES, HOOKS = "/v1/approvals", "/v1/approval-policies", "/v1/webhook-endpoints"
PASSWORD = "correct horse battery staple"
PIN = "4711"
FAR = "2099-01-01T00:00:00.000000Z"


class Trying(Api):
    """A client that tries every change, and does none."""

    def send(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        return super().send(method, path if method == "GET" else f"{path}?dry_run=true", body, **options)


@dataclass
class World:
    """A bank with one person of each kind; a second admin comes when it is needed."""

    client: Api
    customer: User
    other_customer: User
    teller: User
    manager: User
    admin: User
    new_staff: Callable[[str], User]
    kept: Json = field(default_factory=dict)

    @cached_property
    def second_admin(self) -> User:
        return self.new_staff("admin")

    @cached_property
    def account(self) -> Json:
        return opened(self.client, self.customer, "100.00")

    @cached_property
    def payee(self) -> Json:
        return opened(self.client, self.other_customer)

    @property
    def path(self) -> str:
        return f"/v1/accounts/{self.account['id']}"

    def by(self, name: str) -> User:
        user: User = getattr(self, name)
        return user

    def set_policy(self, action: str, control: str = "require", **fields: object) -> Json:
        body = {"control": control, **fields}
        found: Json = self.client.put(f"{POLICIES}/{action}", body, token=self.admin.token).ok()
        return found

    def get(self, approval: Json, by: str = "admin") -> Json:
        found: Json = self.client.get(f"{APPROVALS}/{approval['id']}", token=self.by(by).token).ok()
        return found

    def decide(self, approval: Json, how: str, by: str, key: str | None = None, **body: object) -> Reply:
        if how == "reject":
            body = {"reason": "not plausible", **body}
        path = f"{APPROVALS}/{approval['id']}/{how}"
        return self.client.post(path, None if how == "cancel" else body, token=self.by(by).token, key=key)

    def approve(self, approval: Json, by: str = "manager", **options: Any) -> Reply:
        return self.decide(approval, "approve", by, **options)

    def waiting(self, reply: Reply) -> Json:
        """The approval of a request that was held back."""
        approval: Json = reply.ok(202)
        assert approval["status"] == "requested"
        assert reply.headers["Location"] == f"{APPROVALS}/{approval['id']}"
        return approval

    def limit(self, amount: str = "50.00", by: str = "teller", **edits: object) -> Reply:
        """Ask for an overdraft limit."""
        body = {"overdraft_limit": amount, **edits}
        return self.client.patch(self.path, body, token=self.by(by).token)

    def limit_now(self) -> str:
        return str(read(self.client, self.customer, self.account)["overdraft_limit"])


def expire_all() -> int:
    """As the sweep does when the time of everything is over."""
    return decisions.sweep(FAR, system("sweep"))


@dataclass(frozen=True)
class Case:
    """An action as its maker asks for it. `state` is what it changes; `prepare` is done before, by one person."""

    maker: str
    decider: str
    ask: Callable[[World], Reply]
    state: Callable[[World], Any]
    before: Any
    after: Any
    prepare: Callable[[World], object] = lambda world: world.account
    status: int = 200
    """The response's status where nobody else is needed."""


def _post(world: World, by: str, path: str, body: object = None) -> Reply:
    return world.client.post(path, body, token=world.by(by).token, key=new_key())


def _freeze(world: World) -> None:
    _post(world, "teller", f"{world.path}/freeze", {"reason": "suspicion"}).ok()


def _set_pin(world: World) -> None:
    world.client.put(f"{world.path}/pin", {"pin": PIN}, token=world.customer.token).ok(204)


def _has_pin(world: World) -> bool:
    return any("pin_hash" in item for item in items(type="pin", account_id=world.account["id"]))


def _holders(world: World) -> Json:
    listed = world.client.get(f"{world.path}/holders", token=world.admin.token).ok()["data"]
    return {one["customer_id"]: one["rights"] for one in listed if one["rights"] != "own"}


def _put_holder(world: World) -> Reply:
    path = f"{world.path}/holders/{world.other_customer.customer_id}"
    return world.client.put(path, {"rights": "view"}, token=world.teller.token)


def _customer(world: World) -> Json:
    path = f"/v1/customers/{world.other_customer.customer_id}"
    found: Json = world.client.get(path, token=world.admin.token).ok()
    return found


def _verify(world: World) -> Reply:
    body = {"status": "verified", "reason": "Passport seen at the counter"}
    return _post(world, "teller", f"/v1/customers/{world.other_customer.customer_id}/kyc", body)


def new_user(role: str = "auditor", email: str = "held@florin.example") -> Json:
    return {"email": email, "password": PASSWORD, "role": role, "first_name": "Mary-Ann", "last_name": "Somerville"}


def _role_of_teller(world: World) -> str:
    return str(world.client.get(f"/v1/users/{world.teller.user_id}", token=world.admin.token).ok()["role"])


def _rates(world: World) -> list[str]:
    path = "/v1/interest-rates/savings/history"
    return [one["annual_rate"] for one in world.client.get(path, token=world.admin.token).ok()["data"]]


def _put_rate(world: World) -> Reply:
    body = {"annual_rate": "0.0400", "effective_from": "2098-01-01"}
    return world.client.put("/v1/interest-rates/savings", body, token=world.manager.token)


def _get(world: World, path: str, name: str) -> Any:
    return world.client.get(path, token=world.admin.token).ok()[name]


def _leave_unanswered(world: World) -> None:
    """Send a payment to a clearing that does not answer, and ask after it."""
    with pytest.MonkeyPatch.context() as patch:
        connect(patch)
        payer = opened(world.client, world.customer, "100.00", currency="EUR")
        world.kept["payment"] = payment = pay(world.client, world.customer, payer, rail="instant")
        submit_instant(payment)
        inquiries.inquire(BANK, [stored(payment)])


def _end_payment(world: World, how: str) -> Reply:
    path = f"/v1/clearing/payments/{world.kept['payment']['id']}/{how}"
    return _post(world, "manager", path, {"reason": "The clearing has said so by telephone"})


def _return_to_erased(world: World) -> None:
    """Let a payment come back when its customer is erased."""
    with pytest.MonkeyPatch.context() as patch:
        clearing = connect(patch)
        payer = opened(world.client, world.customer, "10.00", currency="EUR")
        world.kept["payment"] = payment = pay(world.client, world.customer, payer)
        world.kept["comes_back"] = opened(world.client, world.other_customer, currency="EUR")
        clearing.cut_off(payment)
        answer(clearing, "ACSC", payment)
        closed(world.client, world.customer, payer)
        path = f"/v1/customers/{world.customer.customer_id}"
        world.client.delete(path, token=world.admin.token).ok()
        send_return(clearing, payment, 1_000)


def _forward(world: World) -> Reply:
    path = f"/v1/clearing/payments/{world.kept['payment']['id']}/forward"
    return _post(world, "manager", path, {"account_id": world.kept["comes_back"]["id"]})


def _state_fee(world: World) -> None:
    """Let the clearing state a fee of 5.00 that belongs to no payment."""
    with pytest.MonkeyPatch.context() as patch:
        connect(patch)
        state(clock.now().date(), clock.now(), ("", "-5.00"))


def _book_fee(world: World) -> Reply:
    today = clock.now().date().isoformat()
    body = {"date": today, "currency": "EUR", "entry": f"entry {today} STM-1-1-0", "reason": "Fees of November"}
    return _post(world, "manager", "/v1/clearing/fees", body)


def _receive_recall(world: World) -> None:
    """Let another bank pay 25.00 to the customer, and recall it."""
    with pytest.MonkeyPatch.context() as patch:
        clearing = connect(patch)
        world.kept["payee"] = payee = opened(world.client, world.customer, "100.00", currency="EUR")
        credit(clearing, payee["iban"])
        ask_back(clearing)


def _give_back(world: World) -> Reply:
    [recall] = items(type="clearing_recall")
    return _post(world, "manager", f"/v1/clearing/recalls/{recall['id']}/accept", {"reason": "The payee agrees"})


def _pay_in(world: World) -> None:
    world.kept["deposit"] = deposit(world.client, world.customer, world.account, "40.00").ok(201)


def _hold_legally(world: World) -> None:
    _post(world, "admin", _legal_hold(world), {"reason": "Court order 4 O 112/26"}).ok()


def _legal_hold(world: World) -> str:
    return f"/v1/customers/{world.other_customer.customer_id}/legal-hold"


def _open_vaults(world: World) -> None:
    for name, cash in (("pays", "90.00"), ("receives", "10.00")):
        world.kept[name] = opened_branch(world.client, world.admin, name.upper(), cash)["id"]


CASES: dict[ActionName, Case] = {
    "overdraft_limit": Case("teller", "manager", World.limit, World.limit_now, "0.00", "50.00"),
    "standing_order": Case(
        "teller",
        "manager",
        lambda world: orders.ask(world.client, world.teller, world.account, world.payee),
        lambda world: [
            one["amount"]
            for one in world.client.get(
                f"{orders.PATH}?account_id={world.account['id']}", token=world.admin.token
            ).ok()["data"]
        ],
        [],
        ["12.50"],
        lambda world: (world.account, world.payee),
        status=201,
    ),
    "unfreeze": Case(
        "teller",
        "manager",
        lambda world: _post(world, "teller", f"{world.path}/unfreeze", {"reason": "it was the customer"}),
        lambda world: read(world.client, world.customer, world.account)["status"],
        "frozen",
        "active",
        _freeze,
    ),
    "pin_reset": Case(
        "teller",
        "manager",
        lambda world: _post(world, "teller", f"{world.path}/pin/reset"),
        _has_pin,
        before=True,
        after=False,
        prepare=_set_pin,
        status=204,
    ),
    "holder": Case("teller", "manager", _put_holder, lambda world: [*_holders(world).values()], [], ["view"]),
    "kyc": Case("teller", "manager", _verify, lambda world: _customer(world)["kyc"]["status"], "pending", "verified"),
    "user.create": Case(
        "admin",
        "second_admin",
        lambda world: _post(world, "admin", "/v1/users", new_user()),
        lambda _: [item["status"] for item in items(type="user", role="auditor")],
        [],
        ["active"],
        status=201,
    ),
    "user.role": Case(
        "admin",
        "second_admin",
        lambda world: world.client.patch(
            f"/v1/users/{world.teller.user_id}", {"role": "manager"}, token=world.admin.token
        ),
        _role_of_teller,
        "teller",
        "manager",
    ),
    "user.factors": Case(
        "admin",
        "manager",
        lambda world: world.client.delete(f"/v1/users/{world.teller.user_id}/factors", token=world.admin.token),
        lambda world: [one["kind"] for one in items(type="factor", user_id=world.teller.user_id, status="active")],
        ["totp"],
        [],
        prepare=lambda world: enrolled_app(world.client, world.teller),
        status=204,
    ),
    "interest_rate": Case("manager", "admin", _put_rate, _rates, [], ["0.0400"]),
    "risk_thresholds": Case(
        "manager",
        "admin",
        lambda world: world.client.put("/v1/risk-thresholds", STANDARD.to_json(), token=world.manager.token),
        lambda world: _get(world, "/v1/risk-thresholds", "number"),
        0,
        1,
    ),
    "customer.erase": Case(
        "manager",
        "admin",
        lambda world: world.client.delete(
            f"/v1/customers/{world.other_customer.customer_id}", token=world.manager.token
        ),
        lambda world: [one["status"] for one in items(type="customer", id=world.other_customer.customer_id)],
        ["active"],
        ["erased"],
    ),
    "customer.invite": Case(
        "teller",
        "manager",
        lambda world: invite(world.client, world.teller, world.kept["invited"]),
        lambda _: [one["status"] for one in items(type="invitation")],
        [],
        ["sent"],
        lambda world: world.kept.update(invited=counter_customer(world.client, world.admin)),
        status=201,
    ),
    "legal_hold": Case(
        "manager",
        "admin",
        lambda world: world.client.delete(_legal_hold(world), token=world.manager.token),
        lambda world: _customer(world)["legal_hold"] is not None,
        before=True,
        after=False,
        prepare=_hold_legally,
    ),
    "branch_funding": Case(
        "manager",
        "admin",
        lambda world: create_branch(world.client, world.manager, key=new_key(), initial_balance="90.00"),
        lambda _: [one["code"] for one in items(type="branch") if one["code"] != "HEAD"],
        [],
        ["LDN"],
        status=201,
    ),
    "vault_movement": Case(
        "manager",
        "admin",
        lambda world: move(world.client, world.manager, world.kept["pays"], world.kept["receives"], "5.00"),
        lambda world: cash_of(world.client, world.admin, world.kept["receives"])["USD"],
        "10.00",
        "15.00",
        _open_vaults,
        status=201,
    ),
    "payment.settle": Case(
        "manager",
        "admin",
        lambda world: _end_payment(world, "settle"),
        lambda world: stored(world.kept["payment"]).status,
        "submitted",
        "settled",
        _leave_unanswered,
    ),
    "payment.void": Case(
        "manager",
        "admin",
        lambda world: _end_payment(world, "void"),
        lambda world: stored(world.kept["payment"]).status,
        "submitted",
        "rejected",
        _leave_unanswered,
    ),
    "payment.forward": Case(
        "manager",
        "admin",
        _forward,
        lambda world: read(world.client, world.other_customer, world.kept["comes_back"])["balance"],
        "0.00",
        "10.00",
        _return_to_erased,
    ),
    "clearing.fee": Case(
        "manager",
        "admin",
        _book_fee,
        lambda _: own("clearing_fees"),
        0,
        -500,
        _state_fee,
        status=201,
    ),
    "recall.accept": Case(
        "manager",
        "admin",
        _give_back,
        lambda world: read(world.client, world.customer, world.kept["payee"])["balance"],
        "125.00",
        "100.00",
        _receive_recall,
    ),
    "webhook_endpoint": Case(
        "manager",
        "admin",
        lambda world: _post(world, "manager", HOOKS, {"url": "http://127.0.0.1:9/hook", "events": ["*"]}),
        lambda world: [one["url"] for one in world.client.get(HOOKS, token=world.admin.token).ok()["data"]],
        [],
        ["http://127.0.0.1:9/hook"],
        status=201,
    ),
    "announcement": Case(
        "teller",
        "manager",
        lambda world: _post(world, "teller", "/v1/announcements", {"title": "Closed", "message": "On Friday."}),
        lambda world: [one["title"] for one in world.client.get("/v1/announcements").ok()["data"]],
        [],
        ["Closed"],
        status=201,
    ),
    "approval_policy": Case(
        "admin",
        "second_admin",
        lambda world: world.client.put(f"{POLICIES}/unfreeze", {"control": "block"}, token=world.admin.token),
        lambda world: _get(world, f"{POLICIES}/unfreeze", "control"),
        "off",
        "block",
        lambda world: world.second_admin,
    ),
    "authority": Case(
        "admin",
        "second_admin",
        lambda world: world.client.put("/v1/authority", {"ceilings": {}}, token=world.admin.token),
        lambda world: _get(world, "/v1/authority", "number"),
        0,
        1,
    ),
    "reverse": Case(
        "teller",
        "manager",
        lambda world: reverse(world.client, world.teller, world.kept["deposit"]),
        lambda world: read(world.client, world.customer, world.account)["balance"],
        "140.00",
        "100.00",
        _pay_in,
        status=201,
    ),
}
