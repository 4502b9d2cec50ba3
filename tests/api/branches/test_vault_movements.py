"""The cash of branches: it follows tellers, and goes from vault to vault."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib import config
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger import shards
from tests.api.helpers.accounts import deposit, opened, reverse, withdraw
from tests.api.helpers.bank import Api, User, counted_calls, items
from tests.api.helpers.branches import HEAD_OFFICE, cash_of, create, move, opened_branch
from tests.api.helpers.race import just_before


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


def test_currencies_have_their_own_decimals(client: Api, manager: User) -> None:
    create(client, manager, key="a", initial_balance="1.5", currency="JPY").refused(422, "validation_failed")
    branch = opened_branch(client, manager, cash="150000", currency="JPY")["id"]
    move(client, manager, branch, HEAD_OFFICE, "50000.0", currency="JPY").refused(422, "validation_failed")
    moved = move(client, manager, branch, HEAD_OFFICE, "50000", currency="JPY").ok(201)
    assert (moved["amount"], moved["currency"]) == ("50000", "JPY")
    assert cash_of(client, manager, branch) == {"USD": "0.00", "JPY": "100000"}
    assert cash_of(client, manager, HEAD_OFFICE) == {"USD": "0.00", "JPY": "50000"}


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
    reverse(client, teller, made, allow_overdrawn=False).refused(403, "conflict_of_interest")
    reverse(client, admin, made, allow_overdrawn=False).refused(422, "insufficient_funds")
    reverse(client, admin, made, allow_overdrawn=True).ok(201)
    assert cash_of(client, teller, branch) == {"USD": "85.50"}


def test_cash_goes_from_vault_to_vault(client: Api, manager: User, auditor: User) -> None:
    pays, receives = (opened_branch(client, manager, code, "100.00")["id"] for code in ("A", "B"))
    with counted_calls() as calls:
        moved = move(client, manager, pays, receives, "30.00", reason="Weekly supply").ok(201)
    # The session twice: the authorizer's, and before what may wait. The policies are cached afterwards.
    assert +calls == {"GetItem": 2, "Query": 1, "BatchGetItem": 1, "TransactWriteItems": 1}
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


def test_a_mistake_is_reversed_by_other_managers_within_the_cash_there_is(
    client: Api, manager: User, admin: User, teller: User
) -> None:
    pays, receives = (opened_branch(client, manager, code, "100.00")["id"] for code in ("A", "B"))
    moved = move(client, manager, pays, receives, "30.00").ok(201)
    reverse(client, teller, moved).refused(403, "forbidden")
    taken = move(client, manager, receives, HEAD_OFFICE, "101.00").ok(201)
    reverse(client, manager, moved).refused(403, "conflict_of_interest")
    reverse(client, admin, moved).refused(422, "insufficient_funds")
    reverse(client, admin, taken).ok(201)
    undone = reverse(client, admin, moved).ok(201)
    assert (undone["type"], undone["reverses"]) == ("reversal", moved["id"])
    assert [cash_of(client, manager, one) for one in (pays, receives)] == [{"USD": "100.00"}] * 2
    reverse(client, manager, moved).refused(409, "conflict")
    reverse(client, manager, undone).refused(409, "conflict")
    funding = next(one for one in items(transaction_type="funding") if one["branch_id"] == pays)
    reverse(client, manager, {"id": funding["id"]}).refused(403, "conflict_of_interest")
    reverse(client, admin, {"id": funding["id"]}).ok(201)
    assert cash_of(client, manager, pays) == {"USD": "0.00"}
    refused = move(client, manager, pays, receives, "1.00", key="r").refused(422, "insufficient_funds")
    reverse(client, manager, {"id": refused.json["transaction_id"]}).refused(409, "conflict")


@pytest.fixture
def shard() -> Iterator[Callable[[int], None]]:
    """Choose the shard that this worker posts to; afterwards it is one that every bank has."""
    yield shards.take
    shards.take(0)


def test_the_bank_grows_shards_without_losing_cash(
    client: Api, manager: User, customer: User, shard: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = opened_branch(client, manager, cash="1.00")["id"]
    account = opened(client, customer)
    deposit(client, customer, account, "2.00", branch_id=branch).ok(201)
    monkeypatch.setattr(config, "ledger_shards", lambda: 64)
    shard(63)
    deposit(client, customer, account, "4.00", branch_id=branch).ok(201)
    assert cash_of(client, manager, branch) == {"USD": "7.00"}
    vault = Account.by_id(f"gl.cash.{branch}.USD.vault")
    assert vault
    assert vault.balance == -100
