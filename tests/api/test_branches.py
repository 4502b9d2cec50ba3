"""Branches: opened once, with their cash or not at all; and cash that goes from vault to vault."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import config
from chalicelib.models import shards
from chalicelib.models.account import Account
from chalicelib.services import bootstrap
from chalicelib.services.verify import verify_bank
from tests.api.accounts import deposit, new_key, opened, read, reverse, withdraw
from tests.api.bank import Api, Json, User, counted_calls, items, make_tables
from tests.api.branches import HEAD_OFFICE, LONDON, UNKNOWN, cash_of, create, move, opened_branch
from tests.api.conftest import ADMIN_EMAIL, PASSWORD
from tests.api.race import just_before
from tests.api.stream import Stream
from tests.api.tampering import change

HOURS = {"monday": ["09:00-12:30", "13:30-17:00"], "saturday": ["10:00-24:00"]}


@pytest.fixture
def stream(moto: Any, bank: None) -> Stream:
    """A bank whose stream is read from its very first item."""
    make_tables(moto)
    stream = Stream()
    bootstrap.ensure_head_office_and_admin(ADMIN_EMAIL, PASSWORD)
    return stream


def hours(**by_day: list[str]) -> Json:
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return {day: by_day.get(day, []) for day in week}


def test_a_branch_is_opened_and_read(client: Api, manager: User, customer: User) -> None:
    made = create(client, manager, opening_hours=HOURS).ok(201)
    assert made == {
        **LONDON,
        "id": made["id"],
        "opening_hours": hours(**HOURS),
        "cash_position": [{"currency": "USD", "amount": "0.00"}],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
    }
    reply = client.get(f"/v1/branches/{made['id']}", token=manager.token)
    assert (reply.ok(), reply.headers["ETag"]) == (made, '"1"')
    # A customer sees everything but the cash.
    assert client.get(f"/v1/branches/{made['id']}", token=customer.token).ok() == made | {"cash_position": None}


def test_who_may_do_what(client: Api, customer: User, teller: User, auditor: User, manager: User, admin: User) -> None:
    branch = opened_branch(client, admin, "ONE", "10.00")["id"]
    path = f"/v1/branches/{branch}"
    for user in (customer, teller, auditor):
        create(client, user).refused(403, "forbidden")
        client.patch(path, {"name": "n"}, token=user.token).refused(403, "forbidden")
        move(client, user, branch, HEAD_OFFICE, "1.00").refused(403, "forbidden")
    for user in (manager, admin):
        client.patch(path, {"name": "n"}, token=user.token).ok()
        move(client, user, branch, HEAD_OFFICE, "1.00").ok(201)
    for user in (teller, auditor, manager, admin):
        assert cash_of(client, user, branch) == {"USD": "8.00"}
        client.get(f"{path}/report", token=user.token).ok()
    client.get(f"{path}/report", token=customer.token).refused(403, "forbidden")
    for one in (path, "/v1/branches", f"{path}/report"):
        client.get(one).refused(401, "unauthorized")


def test_the_list_is_newest_first_and_without_cash(client: Api, manager: User, customer: User) -> None:
    for number in range(3):
        opened_branch(client, manager, f"B{number}", "1.00")
    first = client.get("/v1/branches?limit=2", token=manager.token).ok()
    rest = client.get(f"/v1/branches?limit=2&cursor={first['next_cursor']}", token=customer.token).ok()
    assert [one["code"] for one in first["data"] + rest["data"]] == ["B2", "B1", "B0", "HEAD"]
    assert not rest["has_more"]
    assert {one["cash_position"] for one in first["data"]} == {None}
    client.get("/v1/branches?cursor=x", token=customer.token).refused(400, "invalid_cursor")
    for limit in ("0", "101", "x"):
        client.get(f"/v1/branches?limit={limit}", token=customer.token).refused(422, "validation_failed")


def test_the_list_is_kept_until_a_branch_changes(
    client: Api, manager: User, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "600")
    branch = opened_branch(client, manager)
    reply = client.get("/v1/branches", token=customer.token)
    assert [one["code"] for one in reply.ok()["data"]] == ["LDN", "HEAD"]
    with counted_calls() as calls:
        client.get("/v1/branches", token=manager.token).ok()
        again = client.get("/v1/branches", token=customer.token, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
    assert +calls == {"GetItem": 2}, "the authorizer's alone"
    client.patch(f"/v1/branches/{branch['id']}", {"name": "Tower"}, token=manager.token).ok()
    changed = client.get("/v1/branches", token=customer.token, headers={"If-None-Match": reply.headers["ETag"]}).ok()
    assert [one["name"] for one in changed["data"]] == ["Tower", "Head office"]
    opened_branch(client, manager, "NEW")
    assert len(client.get("/v1/branches", token=customer.token).ok()["data"]) == 3


def test_a_code_serves_once(client: Api, manager: User, admin: User) -> None:
    create(client, manager).ok(201)
    create(client, admin, name="Another").refused(409, "conflict")
    create(client, admin, key="k", initial_balance="5.00").refused(409, "conflict")
    create(client, admin, code="HEAD").refused(409, "conflict")
    with just_before("TransactWriteItems", lambda: create(client, manager, code="NEW").ok(201)):
        create(client, admin, code="NEW").refused(409, "conflict")
    assert len(items(type="branch")) == 3
    assert items(type="transaction") == items(account_type="general_ledger") == []


def test_a_repeated_request_opens_one_branch(client: Api, manager: User, admin: User) -> None:
    for wanted in ({}, {"initial_balance": "5.00", "code": "RICH"}):
        key = new_key()
        made = create(client, manager, key=key, **wanted).ok(201)
        again = create(client, manager, key=key, **wanted)
        assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (made, "true")
        create(client, manager, key=key, **wanted, opening_hours=HOURS).refused(409, "idempotency_key_reused")
        create(client, admin, key=key, **wanted).refused(409, "conflict")  # the key is another one's, the code is not
    assert len(items(type="branch")) == 3


def test_two_of_one_key_at_once_open_one_branch(client: Api, manager: User) -> None:
    wanted = {"initial_balance": "5.00"}
    with just_before("TransactWriteItems", lambda: create(client, manager, key="k", **wanted).ok(201)):
        reply = create(client, manager, key="k", **wanted)
    assert reply.headers["Idempotent-Replayed"] == "true"
    assert reply.ok(201)["cash_position"] == [{"currency": "USD", "amount": "5.00"}]
    assert len(items(type="branch")) == 2


def test_initial_cash_comes_out_of_equity_with_the_branch(client: Api, manager: User, auditor: User) -> None:
    create(client, manager, initial_balance="5.00").refused(400, "idempotency_key_missing")
    assert len(items(type="branch")) == 1
    with counted_calls() as calls:
        made = create(client, manager, key="k", initial_balance="5000.00").ok(201)
    assert calls["TransactWriteItems"] == 1
    assert made["cash_position"] == [{"currency": "USD", "amount": "5000.00"}]
    [funding] = items(type="transaction")
    told = client.get(f"/v1/transactions/{funding['id']}", token=auditor.token).ok()
    assert (told["type"], told["status"], told["amount"]) == ("funding", "posted", "5000.00")
    assert (told["from_account_id"], told["to_account_id"]) == (None, None)
    moved = {entry["account_id"].rpartition(".")[0]: entry["amount"] for entry in told["entries"]}
    assert moved == {f"gl.cash.{made['id']}.USD": "-5000.00", "gl.equity.USD": "5000.00"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("initial_balance", "0.00"),
        ("initial_balance", "-1.00"),
        ("initial_balance", "1.001"),
        ("initial_balance", "9" * 18),
        ("currency", "XTS"),
        ("currency", "BHD"),
        ("code", "ldn"),
        ("code", "L N"),
        ("code", "X" * 13),
        ("country", "XX"),
        ("country", "gb"),
        ("opening_hours.monday", ["9-17"]),
        ("opening_hours.monday", ["17:00-09:00"]),
        ("opening_hours.monday", ["09:00-09:00"]),
        ("opening_hours.monday", ["09:00-12:00", "11:00-17:00"]),
        ("opening_hours.monday", ["09:00-25:00"]),
        ("opening_hours.monday", ["01:00-02:00", "03:00-04:00", "05:00-06:00", "07:00-08:00", "09:00-10:00"]),
        ("opening_hours.holiday", ["09:00-17:00"]),
    ],
)
def test_what_is_wrong_is_named(client: Api, manager: User, field: str, value: object) -> None:
    name, _, inner = field.partition(".")
    wrong = {name: {inner: value} if inner else value}
    before = items()
    reply = create(client, manager, key="k", **{"initial_balance": "5.00"} | wrong).refused(422, "validation_failed")
    assert [told.partition(".0")[0] for told in reply.wrong_fields] == [field]
    assert items() == before


def test_currencies_have_their_own_decimals(client: Api, manager: User) -> None:
    create(client, manager, key="a", initial_balance="1.5", currency="JPY").refused(422, "validation_failed")
    branch = opened_branch(client, manager, cash="150000", currency="JPY")["id"]
    move(client, manager, branch, HEAD_OFFICE, "50000.0", currency="JPY").refused(422, "validation_failed")
    moved = move(client, manager, branch, HEAD_OFFICE, "50000", currency="JPY").ok(201)
    assert (moved["amount"], moved["currency"]) == ("50000", "JPY")
    assert cash_of(client, manager, branch) == {"USD": "0.00", "JPY": "100000"}
    assert cash_of(client, manager, HEAD_OFFICE) == {"USD": "0.00", "JPY": "50000"}


def test_a_branch_is_edited(client: Api, manager: User, admin: User) -> None:
    branch = opened_branch(client, manager, opening_hours=HOURS)
    path = f"/v1/branches/{branch['id']}"
    edits = {"name": "Tower", "city": "York", "country": "IE", "opening_hours": {"friday": ["08:00-09:00"]}}
    reply = client.patch(path, edits, token=admin.token, headers={"If-Match": '"1"'})
    changed = reply.ok()
    assert changed == branch | edits | {
        "opening_hours": hours(friday=["08:00-09:00"]),
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert reply.headers["ETag"] == '"2"'
    client.patch(path, {"name": "Late"}, token=manager.token, headers={"If-Match": '"1"'}).refused(409, "conflict")
    assert client.patch(path, {}, token=manager.token, headers={"If-Match": '"2"'}).ok() == changed
    assert client.patch(path, {"opening_hours": None}, token=manager.token).ok()["opening_hours"] is None
    for wrong in ({"name": None}, {"country": "XX"}, {"code": "NEW"}, {"initial_balance": "1.00"}, {"city": ""}):
        reply = client.patch(path, wrong, token=manager.token).refused(422, "validation_failed")
        assert reply.wrong_fields == list(wrong)


def test_of_two_edits_at_once_both_take_effect(client: Api, manager: User, admin: User) -> None:
    path = f"/v1/branches/{opened_branch(client, manager)['id']}"
    with just_before("TransactWriteItems", lambda: client.patch(path, {"city": "York"}, token=admin.token).ok()):
        both = client.patch(path, {"name": "Tower"}, token=manager.token).ok()
    assert (both["name"], both["city"], both["version"]) == ("Tower", "York", 3)
    with just_before("TransactWriteItems", lambda: client.patch(path, {"city": "Hull"}, token=admin.token).ok()):
        stale = client.patch(path, {"name": "Late"}, token=manager.token, headers={"If-Match": '"3"'})
    stale.refused(409, "conflict")


@pytest.mark.parametrize("branch_id", [UNKNOWN, "brn_x", "x", "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_an_unknown_branch_is_not_found(client: Api, manager: User, branch_id: str) -> None:
    client.get(f"/v1/branches/{branch_id}", token=manager.token).refused(404, "not_found")
    client.get(f"/v1/branches/{branch_id}/report", token=manager.token).refused(404, "not_found")
    client.patch(f"/v1/branches/{branch_id}", {"name": "n"}, token=manager.token).refused(404, "not_found")
    move(client, manager, branch_id, HEAD_OFFICE, "1.00").refused(404, "not_found")
    move(client, manager, HEAD_OFFICE, branch_id, "1.00").refused(404, "not_found")
    assert items(type="transaction") == []


def test_cash_follows_every_deposit_and_withdrawal(
    client: Api, admin: User, customer: User, log_in: Callable[[str], User]
) -> None:
    branch = opened_branch(client, admin, cash="100.00")["id"]
    person = {"email": "t@florin.example", "first_name": "T", "last_name": "T", "role": "teller", "branch_id": branch}
    client.post("/v1/users", person | {"password": customer.password}, token=admin.token).ok(201)
    teller = log_in(person["email"])
    account = opened(client, customer)
    made = deposit(client, teller, account, "40.00").ok(201)
    assert cash_of(client, teller, branch) == {"USD": "140.00"}
    withdraw(client, teller, account, "15.50").ok(201)
    assert cash_of(client, teller, branch) == {"USD": "124.50"}
    withdraw(client, teller, account, "1000.00").refused(422, "insufficient_funds")
    deposit(client, customer, account, "7.00").ok(201)  # online: the head office's
    deposit(client, customer, account, "1.00", branch_id=branch).ok(201)
    assert cash_of(client, teller, branch) == {"USD": "125.50"}
    assert cash_of(client, teller, HEAD_OFFICE) == {"USD": "7.00"}
    reverse(client, teller, made, allow_overdrawn=False).refused(422, "insufficient_funds")
    reverse(client, admin, made, allow_overdrawn=True).ok(201)
    assert cash_of(client, teller, branch) == {"USD": "85.50"}


def test_cash_goes_from_vault_to_vault(client: Api, manager: User, auditor: User) -> None:
    pays, receives = (opened_branch(client, manager, code, "100.00")["id"] for code in ("A", "B"))
    with counted_calls() as calls:
        moved = move(client, manager, pays, receives, "30.00", reason="Weekly supply").ok(201)
    assert +calls == {"GetItem": 1, "BatchGetItem": 1, "TransactWriteItems": 1}
    assert moved == {
        "id": moved["id"],
        "type": "vault_movement",
        "status": "posted",
        "from_branch_id": pays,
        "to_branch_id": receives,
        "amount": "30.00",
        "currency": "USD",
        "reason": "Weekly supply",
        "created_at": moved["created_at"],
        "posted_at": moved["created_at"],
    }
    assert [cash_of(client, auditor, one) for one in (pays, receives)] == [{"USD": "70.00"}, {"USD": "130.00"}]
    told = client.get(f"/v1/transactions/{moved['id']}", token=auditor.token).ok()
    assert (told["type"], told["amount"]) == ("vault_movement", "30.00")
    move(client, manager, receives, pays, "130.00").ok(201)
    assert [cash_of(client, auditor, one) for one in (pays, receives)] == [{"USD": "200.00"}, {"USD": "0.00"}]


def test_a_vault_movement_is_made_once(client: Api, manager: User) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    body = {"to_branch_id": HEAD_OFFICE, "amount": "30.00"}
    path = f"/v1/branches/{branch}/vault-movements"
    client.post(path, body, token=manager.token).refused(400, "idempotency_key_missing")
    made = client.post(path, body, token=manager.token, key="k").ok(201)
    again = client.post(path, body, token=manager.token, key="k")
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (made, "true")
    client.post(path, body | {"amount": "31.00"}, token=manager.token, key="k").refused(409, "idempotency_key_reused")
    back = {"to_branch_id": branch, "amount": "30.00"}
    client.post(f"/v1/branches/{HEAD_OFFICE}/vault-movements", back, token=manager.token, key="k").refused(
        409, "idempotency_key_reused"
    )
    assert cash_of(client, manager, branch) == {"USD": "70.00"}


def test_a_branch_gives_no_more_than_it_has(client: Api, manager: User, customer: User) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    account = opened(client, customer)
    deposit(client, customer, account, "50.00", branch_id=branch).ok(201)  # in another shard than the vault
    refused = move(client, manager, branch, HEAD_OFFICE, "150.01", key="k").refused(422, "insufficient_funds")
    assert refused.json["transaction_id"]
    move(client, manager, branch, HEAD_OFFICE, "1.00", currency="EUR").refused(422, "insufficient_funds")
    move(client, manager, branch, HEAD_OFFICE, "150.00").ok(201)
    assert cash_of(client, manager, branch) == {"USD": "0.00"}
    deposit(client, customer, account, "1000.00", branch_id=branch).ok(201)
    again = move(client, manager, branch, HEAD_OFFICE, "150.01", key="k").refused(422, "insufficient_funds")
    assert again.headers["Idempotent-Replayed"] == "true", "the answer of a key does not change"


def test_vault_movements_at_once_never_take_more_than_there_was(client: Api, manager: User, admin: User) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    with just_before("TransactWriteItems", lambda: move(client, admin, branch, HEAD_OFFICE, "60.00").ok(201)):
        move(client, manager, branch, HEAD_OFFICE, "60.00").refused(422, "insufficient_funds")
    assert cash_of(client, manager, branch) == {"USD": "40.00"}


def test_vault_movements_do_not_wait_for_tellers(client: Api, manager: User, customer: User) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    account = opened(client, customer)
    with (
        just_before("TransactWriteItems", lambda: deposit(client, customer, account, "1.00", branch_id=branch).ok(201)),
        counted_calls() as calls,
    ):
        move(client, manager, branch, HEAD_OFFICE, "60.00").ok(201)
    assert calls["TransactWriteItems"] == 2, "one of each"


@pytest.mark.parametrize("amount", ["0", "0.00", "-1.00", "1.001", "1e2", 1, None, "9" * 18])
def test_what_is_no_amount_is_refused(client: Api, manager: User, amount: object) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    reply = move(client, manager, branch, HEAD_OFFICE, amount).refused(422, "validation_failed")
    assert reply.wrong_fields == ["amount"]


def test_a_branch_does_not_supply_itself(client: Api, manager: User) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    move(client, manager, branch, branch, "1.00").refused(422, "same_account")
    reply = move(client, manager, branch, HEAD_OFFICE, "1.00", currency="BHD").refused(422, "validation_failed")
    assert reply.wrong_fields == ["currency"]


def test_the_limits_of_customers_do_not_bind_the_bank(
    client: Api, manager: User, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSACTION_LIMIT", "10")
    branch = opened_branch(client, manager, cash="1000.00")["id"]
    move(client, manager, branch, HEAD_OFFICE, "500.00").ok(201)
    deposit(client, customer, opened(client, customer), "500.00").refused(422, "limit_exceeded")


def test_a_mistake_is_reversed_by_managers_within_the_cash_there_is(client: Api, manager: User, teller: User) -> None:
    pays, receives = (opened_branch(client, manager, code, "100.00")["id"] for code in ("A", "B"))
    moved = move(client, manager, pays, receives, "30.00").ok(201)
    reverse(client, teller, moved).refused(403, "forbidden")
    taken = move(client, manager, receives, HEAD_OFFICE, "101.00").ok(201)
    reverse(client, manager, moved).refused(422, "insufficient_funds")
    reverse(client, manager, taken).ok(201)
    undone = reverse(client, manager, moved).ok(201)
    assert (undone["type"], undone["reverses"]) == ("reversal", moved["id"])
    assert [cash_of(client, manager, one) for one in (pays, receives)] == [{"USD": "100.00"}] * 2
    reverse(client, manager, moved).refused(409, "conflict")
    reverse(client, manager, undone).refused(409, "conflict")
    funding = next(one for one in items(transaction_type="funding") if one["branch_id"] == pays)
    reverse(client, manager, {"id": funding["id"]}).ok(201)
    assert cash_of(client, manager, pays) == {"USD": "0.00"}
    refused = move(client, manager, pays, receives, "1.00", key="r").refused(422, "insufficient_funds")
    reverse(client, manager, {"id": refused.json["transaction_id"]}).refused(409, "conflict")


def test_everything_is_audited_and_proven(
    stream: Stream, client: Api, manager: User, auditor: User, customer: User
) -> None:
    branch = opened_branch(client, manager, cash="100.00", opening_hours=HOURS)["id"]
    client.patch(f"/v1/branches/{branch}", {"city": "York"}, token=manager.token).ok()
    move(client, manager, branch, HEAD_OFFICE, "30.00").ok(201)
    deposit(client, customer, opened(client, customer), "5.00", branch_id=branch).ok(201)
    stream.deliver()
    records = client.get(f"/v1/audit?entity={branch}", token=auditor.token).ok()["data"]
    assert [(one["event"], one["actor"]) for one in records] == [
        ("branch.updated", manager.user_id),
        ("branch.created", manager.user_id),
    ]
    assert records[0]["after"] == {"city": "York"}
    assert records[1]["after"]["opening_hours"] == HOURS
    verdict = verify_bank(lambda _: None)
    assert verdict.ok, verdict.broken


def test_counts_of_accounts_are_audited_and_proven(
    stream: Stream, client: Api, manager: User, auditor: User, customer: User
) -> None:
    branch = opened_branch(client, manager)["id"]
    for _ in range(3):
        opened(client, customer, "1.00", branch_id=branch)
    stream.deliver()
    records = client.get(f"/v1/audit?entity={branch}", token=auditor.token).ok()["data"]
    assert [one["event"].partition(".")[0] for one in records] == ["branch_accounts"] * 3 + ["branch"]
    assert all(one["after"]["opened"] for one in records[:3])
    assert verify_bank(lambda _: None).ok
    [counts, *_] = items(type="branch_accounts")
    change("bank", counts["pk"], counts["sk"], opened=7)
    broken = verify_bank(lambda _: None).broken
    assert broken
    assert broken.where == f"{counts['pk']} {counts['sk']}: opened"


def test_a_branch_that_was_altered_is_found(stream: Stream, client: Api, manager: User) -> None:
    branch = opened_branch(client, manager)["id"]
    stream.deliver()
    assert verify_bank(lambda _: None).ok
    change("bank", f"BRANCH#{branch}", "BRANCH", city="Elsewhere")
    verdict = verify_bank(lambda _: None)
    assert verdict.broken
    assert verdict.broken.where == f"BRANCH#{branch} BRANCH: city"


def test_an_account_moves_to_another_branch(
    stream: Stream, client: Api, manager: User, customer: User, auditor: User
) -> None:
    branch = opened_branch(client, manager)["id"]
    account = opened(client, customer, "10.00")
    path = f"/v1/accounts/{account['id']}"
    client.patch(path, {"branch_id": UNKNOWN}, token=customer.token).refused(404, "not_found")
    client.patch(path, {"branch_id": None}, token=customer.token).refused(422, "validation_failed")
    client.patch(path, {"branch_id": branch}, token=customer.token, headers={"If-Match": '"9"'}).refused(
        409, "conflict"
    )
    client.patch(path, {"branch_id": branch}, token=auditor.token).refused(403, "forbidden")
    moved = client.patch(path, {"branch_id": branch}, token=customer.token).ok()
    assert (moved["branch_id"], moved["balance"]) == (branch, "10.00")
    assert read(client, customer, account) == moved
    assert [cash_of(client, manager, one)["USD"] for one in (branch, HEAD_OFFICE)] == ["0.00", "10.00"]
    stream.deliver()
    [moved_at, _] = client.get(f"{path}/changes", token=customer.token).ok()["data"]
    assert (moved_at["before"], moved_at["after"]) == ({"branch_id": HEAD_OFFICE}, {"branch_id": branch})


def test_the_bank_grows_shards_without_losing_cash(
    client: Api, manager: User, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = opened_branch(client, manager, cash="1.00")["id"]
    account = opened(client, customer)
    deposit(client, customer, account, "2.00", branch_id=branch).ok(201)
    monkeypatch.setattr(config, "ledger_shards", lambda: 64)
    monkeypatch.setattr(shards, "_worker", threading.local())  # draws anew, and only in this test
    deposit(client, customer, account, "4.00", branch_id=branch).ok(201)
    assert cash_of(client, manager, branch) == {"USD": "7.00"}
    vault = Account.by_id(f"gl.cash.{branch}.USD.vault")
    assert vault
    assert vault.balance == -100
