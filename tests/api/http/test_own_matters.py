"""Staff who are customers: every route that they may use, tried on what is their own.

A new route for staff must be put into one of the tables here, or the first test fails.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from chalicelib.domain.permissions import PERMISSIONS
from chalicelib.handlers.http.openapi_problems import codes
from chalicelib.handlers.http.operation import operations
from chalicelib.services.clearing import adapter
from tests.api.helpers.accounts import deposit, new_key, opened, transfer
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.customers import Addresses
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.links import linked
from tests.api.helpers.orders import dated, day, ordered
from tests.api.helpers.requests import BODIES, QUERIES
from tests.api.helpers.risk import alerts, held_by_hand, raised
from tests.api.helpers.stream import Stream
from tests.api.helpers.tickets import raised as raise_ticket

STAFF = {"teller", "manager", "admin"}
OPERATIONS = {one.route.view: one for one in operations()}


class Try(NamedTuple):
    """A request about one's own: whom or what it names, in the path and in the body, by the names of the world."""

    path: dict[str, str]
    body: Json | None = None


def on(part: str, *names: str, **also: str) -> tuple[Try, ...]:
    return tuple(Try({part: name, **also}) for name in names)


def asks(*bodies: Json) -> tuple[Try, ...]:
    return tuple(Try({}, body) for body in bodies)


def pays(payer: str, payee: str) -> Json:
    return {"from_account_id": payer, "to_account_id": payee, "amount": "1.00"}


def orders(payer: str, payee: str) -> Json:
    return {**pays(payer, payee), "frequency": {"unit": "month"}, "start": "next_week"}


def pays_all(payer: str, payee: str) -> Json:
    return {
        "from_account_id": payer,
        "transfers": [{"idempotency_key": new_key(), "to_account_id": payee, "amount": "1.00"}],
    }


ACCOUNTS = on("account_id", "own", "joint")
"""One that the member of staff owns, and somebody else's that it may only view as a joint holder."""
PAYMENTS = on("transaction_id", "paid_in", "to_own", "from_joint")
ORDERS = on("order_id", "order_from_own", "order_from_joint")
HELD = on("transaction_id", "held_from_own", "held_to_own", "held_from_joint")
CUSTOMER = on("customer_id", "customer")
ADDRESS = on("customer_id", "customer", address_id="address")
TICKET = on("ticket_id", "ticket")
CASH = asks({"account_id": "own", "amount": "1.00"}, {"account_id": "joint", "amount": "1.00"})

REFUSED: dict[str, tuple[Try, ...]] = {
    "accounts.accounts.open_account": asks({"type": "current", "customer_id": "customer"}),
    "accounts.accounts.edit_account": ACCOUNTS,
    "accounts.accounts.close_account": ACCOUNTS,
    "accounts.accounts.freeze_account": ACCOUNTS,
    "accounts.accounts.unfreeze_account": ACCOUNTS,
    "accounts.accounts.reset_pin": ACCOUNTS,
    "accounts.holders.put_holder": (
        *on("account_id", "own", "joint", customer_id="other"),
        Try({"account_id": "foreign", "customer_id": "customer"}),
    ),
    "accounts.holders.end_holder": (
        Try({"account_id": "own", "customer_id": "other"}),
        Try({"account_id": "joint", "customer_id": "customer"}),
    ),
    "customers.customers.edit_customer": CUSTOMER,
    "customers.customers.review_kyc": CUSTOMER,
    "customers.customers.add_address": CUSTOMER,
    "customers.customers.edit_address": ADDRESS,
    "customers.customers.delete_address": ADDRESS,
    "customers.legal_holds.set_legal_hold": CUSTOMER,
    "customers.legal_holds.end_legal_hold": CUSTOMER,
    "identity.invitations.invite_customer": CUSTOMER,
    "identity.invitations.withdraw_invitation": CUSTOMER,
    "privacy.privacy.erase_customer": CUSTOMER,
    "privacy.reads.list_reads": CUSTOMER,
    "payments.cash.deposit": CASH,
    "payments.cash.withdraw": CASH,
    "payments.transfers.transfer": asks(
        pays("own", "foreign"), pays("foreign", "own"), pays("own", "joint"), pays("foreign", "joint")
    ),
    "payments.batches.transfer_batch": asks(pays_all("own", "foreign"), pays_all("joint", "foreign")),
    "orders.standing_orders.make_standing_order": asks(
        orders("own", "foreign"), orders("foreign", "own"), orders("own", "joint"), orders("foreign", "joint")
    ),
    "orders.standing_orders.edit_standing_order": ORDERS,
    "orders.standing_orders.suspend_standing_order": ORDERS,
    "orders.standing_orders.resume_standing_order": ORDERS,
    "orders.standing_orders.skip_standing_order": ORDERS,
    "orders.standing_orders.end_standing_order": ORDERS,
    "orders.scheduled_payments.cancel_scheduled_payment": on("payment_id", "dated_from_own", "dated_from_joint"),
    "payments.transactions.annotate_transaction": PAYMENTS,
    "payments.transactions.reverse_transaction": PAYMENTS,
    "clearing.payments.inquire_payment": PAYMENTS,
    "clearing.payments.send_payment": PAYMENTS,
    "clearing.payments.settle_payment": PAYMENTS,
    "clearing.payments.void_payment": PAYMENTS,
    "clearing.payments.forward_payment": PAYMENTS,
    "clearing.recalls.recall_payment": PAYMENTS,
    "payments.transactions.approve_transaction": HELD,
    "payments.transactions.reject_transaction": HELD,
    "interest.interest.apply_interest": ACCOUNTS,
    "support.tickets.raise_ticket": asks(
        {"subject": "s", "message": "m", "customer_id": "customer"},
        {"subject": "s", "message": "m", "account_id": "own"},
    ),
    "support.tickets.edit_ticket": TICKET,
    "support.tickets.write_message": TICKET,
    "identity.users.edit_user": on("user_id", "user"),
    "identity.factors.remove_factors": on("user_id", "user"),
    "identity.users.unlock_user": on("user_id", "user"),
}
"""What changes something of one's own, or tells who looks at it: 403, and nothing is changed."""

READING: dict[str, tuple[Try, ...]] = {
    "customers.customers.get_customer": CUSTOMER,
    "customers.customers.list_addresses": CUSTOMER,
    "customers.customers.get_address": ADDRESS,
    "identity.invitations.get_invitation": CUSTOMER,
    "privacy.privacy.export_customer": CUSTOMER,
    "accounts.accounts.get_account": ACCOUNTS,
    "accounts.accounts.get_balance": ACCOUNTS,
    "accounts.accounts.get_history": ACCOUNTS,
    "orders.forecasts.get_forecast": ACCOUNTS,
    "accounts.holders.list_holders": ACCOUNTS,
    "audit.audit.list_account_changes": ACCOUNTS,
    "statements.statements.list_statements": ACCOUNTS,
    "statements.statements.get_statement": on("account_id", "own", "joint", month="this_month"),
    "verification.digests.prove_entry": ACCOUNTS,
    "interest.interest.get_interest": ACCOUNTS,
    "payments.transactions.get_transaction": PAYMENTS,
    "orders.standing_orders.get_standing_order": ORDERS,
    "orders.standing_orders.list_executions": ORDERS,
    "orders.scheduled_payments.get_scheduled_payment": on("payment_id", "dated_from_own", "dated_from_joint"),
    "support.tickets.get_ticket": TICKET,
    "support.tickets.list_messages": TICKET,
    "identity.users.get_user": on("user_id", "user"),
}
"""What only reads one's own, by an id: allowed."""
NOTHING_YET = {"verification.digests.prove_entry": 404, "identity.invitations.get_invitation": 404}
"""Nothing is sealed here, and who has a user was not invited."""

ALERTS = {"risk.risk.list_alerts", "risk.risk.get_alert", "risk.risk.settle_alert", "audit.audit.list_audit_records"}
ALERTS |= {"events.events.list_events", "events.events.get_event"}
RECALLS = {f"clearing.received_recalls.{what}" for what in ("list_received_recalls", "accept_recall", "refuse_recall")}
"""What could tell of a suspicion: nothing about oneself. Those of recalls are in
tests/api/clearing/test_received_recalls.py."""

OF_NOBODY = {
    *("accounts.accounts.list_accounts", "accounts.accounts.list_closed_accounts"),
    "accounts.hot_accounts.list_hot_accounts",
    *("customers.customers.list_customers", "customers.customers.create_customer"),
    *("orders.standing_orders.list_standing_orders", "orders.scheduled_payments.list_scheduled_payments"),
    *("payments.transactions.list_transactions", "support.tickets.list_tickets"),
    *("reports.reports.get_transactions", "reports.reports.get_export", "reports.reports.get_summary"),
    *("events.events.list_event_types", "reports.reports.get_trial_balance"),
    *("audit.audit.list_logins", "audit.audit.verify_bank"),
    *(
        "audit.audit.get_verification",
        "verification.digests.list_digests",
        "operations.health.ready",
        "operations.metrics.metrics",
    ),
    *("identity.users.create_user", "identity.users.list_users", "identity.users.read_profile"),
    *("identity.users.edit_profile", "identity.users.list_own_logins", "identity.users.list_own_sessions"),
    *("identity.users.end_own_session", "identity.auth.log_out", "identity.auth.change_password"),
    *("identity.auth.change_email", "identity.auth.request_email_verification", "identity.auth.verify_email"),
    *("identity.factors.list_own_factors", "identity.factors.enrol_factor", "identity.factors.confirm_factor"),
    *("identity.factors.remove_own_factor", "identity.factors.renew_recovery_codes"),
    *("identity.factors.request_step_up", "identity.factors.step_up_session"),
    *("branches.branches.create_branch", "branches.branches.list_branches", "branches.branches.get_branch"),
    *("branches.branches.edit_branch", "branches.branches.move_vault", "branches.branches.get_branch_report"),
    *("interest.interest.list_rates", "interest.interest.get_rate", "interest.interest.put_rate"),
    *("interest.interest.list_rate_history", "interest.runs.start_run", "interest.runs.list_runs"),
    *("interest.runs.get_run", "interest.runs.list_failures", "statements.runs.start_statement_run"),
    *("statements.runs.list_statement_runs", "statements.runs.get_statement_run"),
    *("statements.runs.list_statement_failures", "support.announcements.list_own_announcements"),
    *("orders.runs.list_order_runs", "orders.runs.get_order_run", "orders.runs.list_order_run_failures"),
    *("support.announcements.list_all_announcements", "support.announcements.publish_announcement"),
    *("support.announcements.get_announcement", "support.announcements.edit_announcement"),
    *("support.announcements.withdraw_announcement", "risk.risk.get_thresholds", "risk.risk.put_thresholds"),
    *(
        "approvals.approvals.list_approvals",
        "approvals.approvals.get_approval",
        "approvals.policies.put_approval_policy",
    ),
    *(
        "approvals.approvals.approve_request",
        "approvals.approvals.reject_request",
        "approvals.approvals.cancel_request",
    ),
    *("approvals.policies.list_approval_policies", "approvals.policies.get_approval_policy"),
    "approvals.policies.list_approval_policy_history",
    *("approvals.authority.get_authority", "approvals.authority.put_authority"),
    "approvals.authority.list_authority_history",
    *("clearing.payments.list_clearing_payments", "clearing.payments.list_clearing_cycles"),
    *("clearing.reconciliation.get_clearing_reconciliation", "clearing.reconciliation.book_fee"),
    "risk.risk.list_threshold_history",
    "payments.transactions.cancel_transaction",
    *("webhooks.endpoints.create_webhook_endpoint", "webhooks.endpoints.list_webhook_endpoints"),
    *("webhooks.endpoints.get_webhook_endpoint", "webhooks.endpoints.edit_webhook_endpoint"),
    *("webhooks.endpoints.delete_webhook_endpoint", "webhooks.endpoints.enable_webhook_endpoint"),
    *("webhooks.endpoints.rotate_webhook_secret", "webhooks.endpoints.test_webhook_endpoint"),
    *("webhooks.deliveries.list_deliveries", "webhooks.deliveries.get_delivery"),
    *("webhooks.deliveries.replay_delivery", "webhooks.deliveries.replay_events"),
}
"""Lists and documents that are read, what is the whole bank's, one's own user; and a payment that one made as staff,
which cannot be one's own: giving it up is free."""


def test_every_route_of_staff_is_in_one_table() -> None:
    tables = (set(REFUSED), set(READING), ALERTS, RECALLS, OF_NOBODY)
    assert sum(map(len, tables)) == len(set.union(*tables)), "in two tables"
    staffs = {
        view for view, one in OPERATIONS.items() if one.route.permission and PERMISSIONS[one.route.permission] & STAFF
    }
    assert set.union(*tables) == staffs


def test_what_is_refused_is_described_and_nothing_else() -> None:
    described = {view for view, one in OPERATIONS.items() if "conflict_of_interest" in codes(one)}
    decisions = {f"approvals.approvals.{how}_request" for how in ("approve", "reject", "cancel")}
    assert described == {*REFUSED, "risk.risk.settle_alert", *decisions}, "those of tests/api/approvals/test_parties.py"


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


class World:
    """`oneself` is an admin, and in private the customer; `colleague` is another admin."""

    def __init__(self, client: Api, oneself: User, colleague: User, customer: User, stranger: User) -> None:
        self.client, self.oneself, self.colleague = client, oneself, colleague
        self.customer, self.stranger = customer, stranger
        own, foreign = opened(client, customer, "90.00"), opened(client, stranger, "90.00")
        joint = opened(client, stranger, "90.00")
        put_holder(client, colleague, joint, customer, "view").ok()
        self.accounts = {"own": own, "joint": joint, "foreign": foreign}
        self.ids = {name: account["id"] for name, account in self.accounts.items()} | {
            "this_month": own["opened_at"][:7],
            "next_week": day(7).isoformat(),
            "customer": customer.customer_id,
            "other": stranger.customer_id,
            "user": customer.user_id,
            "address": Addresses(client, customer).added(),
            "ticket": raise_ticket(client, customer)["id"],
            "paid_in": deposit(client, customer, own, "1.00").ok(201)["id"],
            "to_own": transfer(client, stranger, foreign, own, "1.00").ok(201)["id"],
            "from_joint": transfer(client, stranger, joint, foreign, "1.00").ok(201)["id"],
            "between_others": deposit(client, stranger, foreign, "1.00").ok(201)["id"],
            "order_from_own": ordered(client, customer, own, foreign)["id"],
            "order_from_joint": ordered(client, stranger, joint, foreign)["id"],
            "dated_from_own": dated(client, customer, own, foreign).ok(202)["id"],
            "dated_from_joint": dated(client, stranger, joint, foreign).ok(202)["id"],
            "held_from_own": held_by_hand(customer, own, foreign),
            "held_to_own": held_by_hand(stranger, foreign, own),
            "held_from_joint": held_by_hand(stranger, joint, foreign),
        }

    def ask(self, view: str, one: Try, user: User) -> Reply:
        operation = OPERATIONS[view]
        path = operation.route.path.format(**self._named(one.path)) + QUERIES.get(view, "")
        asked = one.body or (BODIES[view] if operation.about.body else None)
        body = None if asked is None else self._named(asked)
        key = None if operation.key == "ignored" else new_key()
        return self.client.send(operation.route.method, path, body, token=user.token, key=key)

    def _named(self, values: Json) -> Json:
        """Put ids in the place of names."""
        return {field: self._id(value) for field, value in values.items()}

    def _id(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._named(one) if isinstance(one, dict) else one for one in value]
        return self.ids.get(str(value), value)


@pytest.fixture
def world(
    stream: Stream,
    client: Api,
    admin: User,
    customer: User,
    other_customer: User,
    new_staff: Callable[[str], User],
    log_in: Callable[[str], User],
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setattr(adapter, "send", lambda _: None)
    oneself = linked(client, admin, new_staff("admin"), customer, log_in)
    return World(client, oneself, admin, customer, other_customer)


def everything() -> list[Json]:
    return sorted(items(), key=lambda item: (item["pk"], item["sk"]))


def test_nothing_of_ones_own_is_changed_as_staff_and_a_colleague_may(world: World) -> None:
    before = everything()
    for view, tries in REFUSED.items():
        for one in tries:
            refused = world.ask(view, one, world.oneself)
            assert (refused.status, refused.json.get("code")) == (403, "conflict_of_interest"), (view, one, refused)
            assert "Another member of staff" in refused.json["detail"]
    assert everything() == before
    for view, tries in REFUSED.items():
        for one in tries:
            assert world.ask(view, one, world.colleague).status != 403, (view, one)


def test_ones_own_is_read_as_staff(world: World) -> None:
    for view, tries in READING.items():
        for one in tries:
            assert world.ask(view, one, world.oneself).status == NOTHING_YET.get(view, 200), (view, one)


def test_a_customer_manages_ones_own_as_a_customer(world: World) -> None:
    """The link takes nothing from the customer."""
    own, foreign = world.accounts["own"], world.accounts["foreign"]
    transfer(world.client, world.customer, own, foreign, "1.00").ok(201)
    nickname = {"nickname": "mine"}
    world.client.patch(f"/v1/accounts/{own['id']}", nickname, token=world.customer.token).ok()


def test_a_payment_of_strangers_is_not_ones_own(world: World) -> None:
    one = Try({"transaction_id": "between_others"})
    assert world.ask("payments.transactions.annotate_transaction", one, world.oneself).status == 200
    assert world.ask("payments.transactions.reverse_transaction", one, world.oneself).status == 201


def alert_on(world: World, account: str, transaction: str) -> str:
    """The id of an alert about an account's side of a payment."""
    owner = world.customer if account == "own" else world.stranger
    return raised(owner, world.accounts[account], "high", transaction_id=world.ids[transaction])


@pytest.mark.parametrize(
    ("account", "transaction"), [("own", "paid_in"), ("foreign", "to_own"), ("joint", "from_joint")]
)
def test_an_alert_about_oneself_is_not_there(world: World, stream: Stream, account: str, transaction: str) -> None:
    """About the own account, about a payment of a stranger to it, and about an account that one holds jointly."""
    alert = alert_on(world, account, transaction)
    stream.deliver()
    customer = world.ids["customer" if account == "own" else "other"]
    lists = ("", "status=open", "severity=high", f"customer_id={customer}", f"account_id={world.ids[account]}")
    seen, settled = f"/v1/reports/risk/{alert}", {"outcome": "dismissed", "note": "n"}
    audits = (f"/v1/audit?entity={alert}", "/v1/audit?actor=system")
    for user, is_there in ((world.oneself, False), (world.colleague, True)):
        for query in lists:
            assert [one["id"] for one in alerts(world.client, user, query)] == [alert] * is_there, query
        for path in audits:
            records = world.client.get(path, token=user.token).ok()["data"]
            assert any(alert in one["pk"] for one in records) is is_there, path
        assert world.client.get(seen, token=user.token).status == (200 if is_there else 404)
        reply = world.client.post(f"{seen}/settle", settled, token=user.token)
        assert reply.status == (200 if is_there else 404), reply


def test_the_audit_does_not_tell_of_a_hold_on_oneself_nor_who_reads_one(world: World, stream: Stream) -> None:
    own, client = world.ids["customer"], world.client
    world.ask("customers.legal_holds.set_legal_hold", CUSTOMER[0], world.colleague).ok()
    client.get(f"/v1/customers/{own}", token=world.colleague.token).ok()
    stream.deliver()
    for path in (f"/v1/audit?limit=100&entity={own}", f"/v1/audit?limit=100&actor={world.colleague.user_id}"):
        assert own in client.get(path, token=world.colleague.token).text
        page = client.get(path, token=world.oneself.token)
        told = [one for one in page.ok()["data"] if one["pk"].startswith(("CUSTOMER#", "READER#"))]
        assert own not in str(told), path
        assert page.json["has_more"] is False
    page = client.get(f"/v1/audit?entity={world.ids['other']}", token=world.oneself.token).ok()
    assert page["data"], "what happened to strangers is there"


def test_no_short_page_tells_of_an_alert_about_oneself(world: World, stream: Stream) -> None:
    """The other one is neither the first nor the last."""
    alert_on(world, "own", "paid_in")
    other = alert_on(world, "foreign", "between_others")
    about_oneself = [alert_on(world, *sides) for sides in (("foreign", "to_own"), ("own", "to_own"))]
    stream.deliver()
    nothing = {"data": [], "has_more": False, "next_cursor": None}
    token, client = world.oneself.token, world.client
    for query in (f"customer_id={world.ids['customer']}", f"account_id={world.ids['own']}"):
        assert client.get(f"/v1/reports/risk?limit=1&{query}", token=token).ok() == nothing
    for alert in about_oneself:
        assert client.get(f"/v1/audit?limit=1&entity={alert}", token=token).ok() == nothing
    for query in ("limit=1", "limit=1&status=open", "limit=1&severity=high", "limit=2"):
        assert [one["id"] for one in alerts(client, world.oneself, query)] == [other]
    path, found = "/v1/audit?actor=system&limit=1", list[Json]()
    page = client.get(path, token=token).ok()
    while page["has_more"]:
        assert len(page["data"]) == 1
        found += page["data"]
        page = client.get(f"{path}&cursor={page['next_cursor']}", token=token).ok()
    found += page["data"]
    assert {other in one["pk"] for one in found if one["pk"].startswith("ALERT#")} == {True}
    assert len(alerts(client, world.colleague)) == 4


def test_what_one_paid_as_a_joint_holder_stays_ones_own_after_the_holding(world: World, stream: Stream) -> None:
    """Else one pays from a stranger's account, leaves it, and undoes or dismisses it as staff."""
    joint, foreign = world.accounts["joint"], world.accounts["foreign"]
    put_holder(world.client, world.colleague, joint, world.customer, "pay").ok()
    world.ids["paid_as_holder"] = transfer(world.client, world.customer, joint, foreign, "1.00").ok(201)["id"]
    end_holder(world.client, world.customer, joint, world.customer).ok(204)
    one = Try({"transaction_id": "paid_as_holder"})
    alert = alert_on(world, "joint", "paid_as_holder")
    world.ask("payments.transactions.reverse_transaction", one, world.oneself).refused(403, "conflict_of_interest")
    assert alerts(world.client, world.oneself) == []
    world.client.get(f"/v1/reports/risk/{alert}", token=world.oneself.token).refused(404, "not_found")
    assert world.ask("payments.transactions.reverse_transaction", one, world.colleague).status == 201


def test_an_alert_about_strangers_is_there(world: World, stream: Stream) -> None:
    alert = alert_on(world, "foreign", "between_others")
    stream.deliver()
    path = f"/v1/reports/risk/{alert}"
    assert [one["id"] for one in alerts(world.client, world.oneself)] == [alert]
    assert world.client.get(f"/v1/audit?entity={alert}", token=world.oneself.token).ok()["data"]
    world.client.get(path, token=world.oneself.token).ok()
    world.client.post(f"{path}/settle", {"outcome": "dismissed", "note": "n"}, token=world.oneself.token).ok()


def test_the_maker_of_a_payment_does_not_dismiss_the_alert_that_it_raised(
    client: Api, customer: User, other_customer: User, teller: User, manager: User
) -> None:
    """One teller alone moved a stranger's money to a friend, and dismissed the alert."""
    payer, payee = opened(client, customer, "90.00"), opened(client, other_customer)
    made = transfer(client, teller, payer, payee, "80.00").ok(201)
    found = raised(customer, payer, "high", transaction_id=made["id"])
    path, body = f"/v1/reports/risk/{found}/settle", {"outcome": "dismissed", "note": "Ada knew."}
    refused = client.post(path, body, token=teller.token, key="k").refused(403, "conflict_of_interest")
    assert "You made the payment" in refused.json["detail"]
    assert client.get(f"/v1/reports/risk/{found}", token=teller.token).ok()["status"] == "open"
    client.post(path, body, token=manager.token).ok()


def test_a_pending_payment_by_staff_ends_where_it_is_ones_own(
    client: Api, admin: User, manager: User, customer: User, other_customer: User, teller: User
) -> None:
    """It was made before the link was."""
    own, foreign = opened(client, customer, "90.00"), opened(client, other_customer)
    held = held_by_hand(teller, own, foreign, role="teller")
    client.patch(f"/v1/users/{teller.user_id}", {"customer_id": customer.customer_id}, token=admin.token).ok()
    path = f"/v1/transactions/{held}/approve"
    client.post(path, token=manager.token, key=new_key()).refused(409, "conflict")
    assert client.get(f"/v1/transactions/{held}", token=manager.token).ok()["status"] == "voided"
