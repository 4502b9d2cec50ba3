"""Rights at the moment of the act: API Gateway lets a token in for a minute after its session has ended."""

from collections.abc import Callable
from functools import cache

import pytest

from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.permissions import PERMISSIONS, Caller
from chalicelib.handlers.http.operation import Operation
from chalicelib.models.identity.session import Session
from chalicelib.services.identity import authenticate
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from tests.api.helpers.accounts import balance, deposit, new_key, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls, items
from tests.api.helpers.beneficiaries import saved
from tests.api.helpers.branches import HEAD_OFFICE, move, opened_branch
from tests.api.helpers.customers import Addresses
from tests.api.helpers.orders import ordered_ids
from tests.api.helpers.race import just_before
from tests.api.helpers.requests import BODIES, GUARDED
from tests.api.helpers.risk import held_by_hand, raised
from tests.api.helpers.tickets import raised as raise_ticket

WRITING = "TransactWriteItems"
CHANGES = [one for one in GUARDED if one.route.method != "GET"]


@pytest.fixture(autouse=True)
def gateways_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway keeps what the authorizer said of a token."""
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))


def let_in(client: Api, *users: User) -> None:
    """Have the gateway ask the authorizer about their tokens, and keep the answers."""
    for user in users:
        client.get("/v1/user/profile", token=user.token).ok()


@pytest.fixture
def ids(client: Api, customer: User, other_customer: User, admin: User) -> dict[str, str]:
    """Something for every route, so that nothing but the session stands in the way."""
    account, other = opened(client, customer, "90.00"), opened(client, customer, "90.00")
    announcement = client.post("/v1/announcements", {"title": "t", "message": "m"}, token=admin.token).ok(201)
    rule = {"contains": "rent", "field": "memo", "category": "housing"}
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["*"]}
    return {
        "account_id": account["id"],
        "other_account_id": other["id"],
        "transaction_id": deposit(client, customer, account, "1.00").ok(201)["id"],
        "ticket_id": raise_ticket(client, customer)["id"],
        "announcement_id": announcement["id"],
        "user_id": other_customer.user_id,
        "customer_id": str(customer.customer_id),
        "address_id": Addresses(client, customer).added(),
        "branch_id": opened_branch(client, admin, "X", "90.00")["id"],
        "alert_id": raised(customer, account, "low"),
        "endpoint_id": client.post("/v1/webhook-endpoints", hook, token=customer.token).ok(201)["id"],
        "upload_id": "upl_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "recall_id": "rcl_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "delivery_id": "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "beneficiary_id": saved(client, customer, opened(client, customer))["id"],
        **ordered_ids(client, customer, account, other),
        "rule_id": client.post("/v1/category-rules", rule, token=customer.token).ok(201)["id"],
        "session_id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "account_type": "savings",
        "factor_id": "fac_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "approval_id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "action": "unfreeze",
    }


def ask(client: Api, operation: Operation, ids: dict[str, str], token: str) -> Reply:
    wanted = {**BODIES.get(operation.route.view, {})}
    if operation.route.view == "branches.branches.move_vault":
        wanted["to_branch_id"] = HEAD_OFFICE
    body = {name: value.format(**ids) if isinstance(value, str) else value for name, value in wanted.items()}
    key = None if operation.key == "ignored" else new_key()
    path = operation.route.path.format(**ids)
    document = operation.about.document
    headers = {"Content-Type": document.media_types[0]} if document else None
    return client.send(operation.route.method, path, body or None, token=token, key=key, headers=headers)


@pytest.mark.parametrize("how", ["logged out", "disabled"])
def test_after_the_end_of_a_session_every_change_is_refused_at_once(
    client: Api, admin: User, customer: User, new_staff: Callable[[str], User], ids: dict[str, str], how: str
) -> None:
    staff = {role: new_staff(role) for role in ("teller", "manager", "admin")}
    everybody = {"customer": customer, **staff}
    let_in(client, *everybody.values())
    for user in everybody.values():
        if how == "logged out":
            client.post("/v1/auth/logout", {}, token=user.token).ok(204)
        else:
            client.patch(f"/v1/users/{user.user_id}", {"status": "disabled"}, token=admin.token).ok()
    before = items()
    for operation in CHANGES:
        assert operation.route.permission
        for role, user in everybody.items():
            if role in PERMISSIONS[operation.route.permission]:
                reply = ask(client, operation, ids, user.token)
                assert (reply.status, reply.code) == (401, "unauthorized"), (operation.route, role, reply)
    assert sorted(map(str, items())) == sorted(map(str, before))
    let_in(client, *everybody.values())


def test_a_demoted_manager_moves_nothing_more_with_the_old_token(
    client: Api, admin: User, customer: User, manager: User, log_in: Callable[[str], User]
) -> None:
    account = opened(client, customer, "90.00")
    branch = opened_branch(client, admin, "X", "90.00")["id"]
    held = held_by_hand(customer, account, opened(client, customer), "1.00")
    let_in(client, manager)
    client.patch(f"/v1/users/{manager.user_id}", {"role": "teller"}, token=admin.token).ok()
    move(client, manager, branch, HEAD_OFFICE, "1.00").refused(401, "unauthorized")
    deposit(client, manager, account, "1.00").refused(401, "unauthorized")
    path = f"/v1/transactions/{held}"
    client.post(f"{path}/approve", token=manager.token, key=new_key()).refused(401, "unauthorized")
    client.post(f"{path}/reject", {"reason": "r"}, token=manager.token).refused(401, "unauthorized")
    client.post(f"{path}/approve", token=log_in(manager.email).token, key=new_key()).refused(403, "forbidden")


def test_money_that_is_asked_for_with_one_read_is_refused_with_that_read(
    client: Api, customer: User, teller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is an item of the read that the ledger makes anyway. A reversal may wait for an approval, so that
    it reads the session first."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")  # a window of 30 seconds may end in between
    account = opened(client, customer, "90.00")
    made = deposit(client, customer, account, "1.00").ok(201)
    withdraw(client, customer, account, "1.00").ok(201)  # thresholds of risk are kept from now on
    let_in(client, teller)
    client.post("/v1/auth/logout", {}, token=teller.token).ok(204)
    asked: list[tuple[Callable[[], Reply], dict[str, int]]] = [
        (lambda: deposit(client, teller, account, "1.00"), {"BatchGetItem": 1}),
        (lambda: withdraw(client, teller, account, "1.00"), {"BatchGetItem": 1}),
        (lambda: reverse(client, teller, made), {"GetItem": 1}),
    ]
    for request, reads in asked:
        with counted_calls() as calls:
            request().refused(401, "unauthorized")
        assert calls == reads
    assert balance(account) == 9000


def test_a_log_out_while_a_payment_is_on_its_way_stops_it_until_it_is_read(
    client: Api, customer: User, other_customer: User
) -> None:
    """The workflow was started before the end of the session."""
    payer, payee = opened(client, customer, "90.00"), opened(client, other_customer)
    [session] = items(type="session", user_id=customer.user_id)
    caller = Caller(customer.user_id, "customer", "r", customer.customer_id, session_id=session["id"])
    key = derive_key(customer.user_id, "k", "POST /v1/transactions/transfer", {})
    asked = TransferRequest(payer["id"], payee["id"], "1.00", None, Annotations(), caller, key)
    client.post("/v1/auth/logout", {}, token=customer.token).ok(204)
    for step in (transfer_steps.post, transfer_steps.hold):
        result = step(asked)
        assert (result["status"], result["code"]) == ("rejected", "unauthorized")
    assert (balance(payer), balance(payee)) == (9000, 0)
    assert not items(type="transaction", id=key.transaction_id), "the key is free for who logs in again"


def test_a_payment_that_was_read_before_the_log_out_is_posted(client: Api, customer: User) -> None:
    """It was asked for before the log-out was answered. A check in the write would make payments of one session
    conflict."""
    account = opened(client, customer)
    with just_before(WRITING, lambda: client.post("/v1/auth/logout", {}, token=customer.token).ok(204)):
        deposit(client, customer, account, "1.00").ok(201)
    deposit(client, customer, account, "1.00").refused(401, "unauthorized")


def test_a_replay_after_the_log_out_only_tells_what_was_done(client: Api, customer: User) -> None:
    account = opened(client, customer)
    first = deposit(client, customer, account, "1.00", key="k").ok(201)
    client.post("/v1/auth/logout", {}, token=customer.token).ok(204)
    again = deposit(client, customer, account, "1.00", key="k")
    assert (again.ok(201)["id"], again.headers["Idempotent-Replayed"]) == (first["id"], "true")
    assert balance(account) == 100


def test_a_session_that_is_over_by_its_age_moves_nothing(
    client: Api, customer: User, teller: User, other_customer: User
) -> None:
    account, payee = opened(client, customer, "90.00"), opened(client, other_customer)
    let_in(client, customer)
    [item] = items(type="session", user_id=customer.user_id)
    session = Session.find(item["pk"], item["sk"])
    assert session
    session.expires_at = 1
    session.save()
    withdraw(client, customer, account, "1.00").refused(401, "unauthorized")
    transfer(client, customer, account, payee, "1.00").refused(401, "unauthorized")
    client.patch(f"/v1/accounts/{account['id']}", {"nickname": "n"}, token=customer.token).refused(401, "unauthorized")


@pytest.mark.parametrize("pin", [None, "0000", "4711"])
def test_ended_session_guesses_no_pin(client: Api, customer: User, other_customer: User, pin: str | None) -> None:
    """Neither by a transfer, whose PIN is checked before its workflow, nor by a withdrawal or a change of the PIN."""
    payer, payee = opened(client, customer, "90.00", pin="4711"), opened(client, other_customer)
    let_in(client, customer)
    client.post("/v1/auth/logout", {}, token=customer.token).ok(204)
    before = items(type="pin")
    given = {} if pin is None else {"pin": pin}
    transfer(client, customer, payer, payee, "1.00", **given).refused(401, "unauthorized")
    withdraw(client, customer, payer, "1.00", **given).refused(401, "unauthorized")
    change = {"pin": "8371", "current_pin": pin or "0000"}
    client.put(f"/v1/accounts/{payer['id']}/pin", change, token=customer.token).refused(401, "unauthorized")
    assert items(type="pin") == before


def test_pin_of_a_transfer_takes_three_units_of_reading_and_two_calls(
    client: Api, customer: User, other_customer: User
) -> None:
    """Account, session and what the key has led to are read in one call, only where the account has a PIN."""
    payer, payee = opened(client, customer, "90.00", pin="4711"), opened(client, other_customer)
    let_in(client, customer)
    with counted_calls() as calls:
        transfer(client, customer, payer, payee, "1.00", pin="0000").refused(422, "pin_incorrect")
    assert calls == {"GetItem": 1, "BatchGetItem": 1, "TransactWriteItems": 1}


def test_a_wrong_session_of_the_same_user_does_not_count(client: Api, customer: User) -> None:
    """Each token has its own session: another one that runs does not make up for it."""
    account = opened(client, customer)
    let_in(client, customer)
    other: Json = client.post("/v1/auth/login", {"email": customer.email, "password": customer.password}).ok()
    client.post("/v1/auth/logout", {}, token=customer.token).ok(204)
    deposit(client, customer, account, "1.00").refused(401, "unauthorized")
    body = {"account_id": account["id"], "amount": "1.00"}
    client.post("/v1/transactions/deposit", body, token=other["access_token"], key=new_key()).ok(201)
