"""Deposits and withdrawals: who may, how much, in what words, and what is remembered of a refusal."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.helpers.accounts import closed, deposit, frozen, history, new_key, opened, read, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, items

Move = Callable[..., Reply]
UNKNOWN = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"
WRONG_AMOUNTS: list[object] = [
    1, 1.5, True, None, [], {}, "", " ", "0", "0.00", "-1.00", "+1.00", "1e2", "1E2", "0x10", "1.001", "1.", ".5", "01",
    "1,000.00", "1 000", " 1.00", "1.00 ", "1.00\n", "NaN", "Infinity", "１.00", "٣", "1" * 16, "9" * 40, "1_0",
]  # fmt: skip
both = pytest.mark.parametrize("move", [deposit, withdraw])


def written() -> list[Json]:
    """What money leaves behind."""
    return [item for item in items() if item["type"] in ("transaction", "account", "label", "pin", "key")]


def test_a_deposit(client: Api, customer: User) -> None:
    account = opened(client, customer)
    reply = deposit(client, customer, account, "125.50", memo="wages", category="income", tags=["job", "may", "job"])
    made = reply.ok(201)
    assert made["id"].startswith("txn_")
    assert made["posted_at"] == made["created_at"]
    del made["id"], made["posted_at"], made["created_at"]
    assert made == {
        "type": "deposit",
        "status": "posted",
        "amount": "125.50",
        "currency": "USD",
        "from_account_id": None,
        "to_account_id": account["id"],
        "entries": [{"account_id": account["id"], "seq": 1, "amount": "125.50", "balance_after": "125.50"}],
        "failure": None,
        "waiting": None,
        "payment": None,
        "reverses": None,
        "reversed_by": None,
        "order_id": None,
        "occurrence": None,
        "memo": "wages",
        "category": "income",
        "tags": ["job", "may"],
    }
    after = read(client, customer, account)
    assert (after["balance"], after["available"], after["held"]) == ("125.50", "125.50", "0.00")
    assert client.get(f"/v1/transactions/{reply.json['id']}", token=customer.token).ok() == reply.json | {
        "pending_approvals": None
    }
    assert "Idempotent-Replayed" not in reply.headers


def test_a_withdrawal(client: Api, customer: User) -> None:
    account = opened(client, customer, "100.00")
    made = withdraw(client, customer, account, "99.99", currency="USD").ok(201)
    assert (made["type"], made["amount"], made["from_account_id"], made["to_account_id"]) == (
        "withdrawal",
        "99.99",
        account["id"],
        None,
    )
    assert made["entries"] == [{"account_id": account["id"], "seq": 2, "amount": "-99.99", "balance_after": "0.01"}]
    assert read(client, customer, account)["balance"] == "0.01"


@both
def test_a_wrong_amount_is_named(client: Api, customer: User, move: Move) -> None:
    account = opened(client, customer, "100.00")
    before = written()
    for amount in WRONG_AMOUNTS:
        reply = move(client, customer, account, amount).refused(422, "validation_failed")
        assert reply.wrong_fields == ["amount"], amount
    assert written() == before


@pytest.mark.parametrize(
    ("currency", "right", "wrong"),
    [
        ("JPY", ["1", "500"], ["1.0", "0.5", "1.00"]),
        ("BHD", ["0.001", "1", "1.5"], ["0.0001", "1.0000"]),
        ("INR", ["0.01", "1.5"], ["0.001"]),
    ],
)
def test_every_currency_has_its_decimals(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch, currency: str, right: list[str], wrong: list[str]
) -> None:
    monkeypatch.setenv("BANK_CURRENCIES", "JPY,BHD,INR")
    account = opened(client, customer, currency=currency)
    for amount in wrong:
        reply = deposit(client, customer, account, amount).refused(422, "validation_failed")
        assert reply.wrong_fields == ["amount"]
    for amount in right:
        deposit(client, customer, account, amount).ok(201)
    withdraw(client, customer, account, right[0]).ok(201)
    assert len(history(client, customer, account)["data"]) == len(right) + 1


@both
def test_another_currency_is_a_mismatch(client: Api, customer: User, move: Move) -> None:
    account = opened(client, customer, "100.00")
    before = written()
    for currency in ("EUR", "JPY", "XXX"):
        move(client, customer, account, "1.00", currency=currency).refused(422, "currency_mismatch")
    assert move(client, customer, account, "1.00", currency="us").refused(422, "validation_failed").wrong_fields == [
        "currency"
    ]
    assert written() == before


@both
def test_a_key_is_required_and_well_formed(client: Api, customer: User, move: Move) -> None:
    account = opened(client, customer, "100.00")
    before = written()
    path = f"/v1/transactions/{move.__name__}"
    body = {"account_id": account["id"], "amount": "1.00"}
    client.post(path, body, token=customer.token).refused(400, "idempotency_key_missing")
    client.post(path, body, token=customer.token, key="").refused(400, "idempotency_key_missing")
    for malformed in ("x" * 65, "schlüssel", "tab\there", "\x7f", "a\u2028b"):
        client.post(path, body, token=customer.token, key=malformed).refused(422, "validation_failed")
    assert written() == before
    for key in ("x" * 64, "~ !", "0"):
        client.post(path, body, token=customer.token, key=key).ok(201)


@both
def test_other_peoples_accounts_are_unknown(
    client: Api, customer: User, other_customer: User, auditor: User, move: Move
) -> None:
    account = opened(client, customer, "100.00")
    before = written()
    move(client, other_customer, account, "1.00").refused(404, "not_found")
    move(client, auditor, account, "1.00").refused(403, "forbidden")
    for unknown in (UNKNOWN, "acc_x", account["account_number"], "gl.cash.brn_00000000000000000000000000.USD.000"):
        move(client, customer, {"id": unknown}, "1.00").refused(404, "not_found")
    move(client, customer, account, "1.00", branch_id="brn_01ARZ3NDEKTSV4RRFFQ69G5FAV").refused(404, "not_found")
    assert written() == before


@pytest.mark.parametrize("role", ["teller", "manager", "admin"])
def test_staff_act_for_any_customer(
    client: Api, customer: User, admin: User, new_staff: Callable[[str], User], role: str
) -> None:
    account = opened(client, customer)
    staff = admin if role == "admin" else new_staff(role)
    deposit(client, staff, account, "10.00").ok(201)
    made = withdraw(client, staff, account, "4.00").ok(201)
    assert client.get(f"/v1/transactions/{made['id']}", token=customer.token).ok()["amount"] == "4.00"
    assert read(client, customer, account)["balance"] == "6.00"


def test_a_transaction_is_seen_by_its_parties_staff_and_auditors(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User
) -> None:
    made = deposit(client, customer, opened(client, customer), "10.00").ok(201)
    for user in (teller, auditor):
        seen = client.get(f"/v1/transactions/{made['id']}", token=user.token).ok()
        assert [entry["amount"] for entry in seen["entries"]] == ["10.00", "-10.00"], "the branch's cash as well"
    client.get(f"/v1/transactions/{made['id']}", token=other_customer.token).refused(404, "not_found")
    for unknown in ("txn_01ARZ3NDEKTSV4RRFFQ69G5FAV", "txn_x", made["to_account_id"], made["id"].lower()):
        client.get(f"/v1/transactions/{unknown}", token=customer.token).refused(404, "not_found")


def test_what_is_too_much_is_refused_and_remembered(client: Api, customer: User) -> None:
    account, key = opened(client, customer, "50.00"), new_key()
    first = withdraw(client, customer, account, "50.01", key=key, memo="too much").refused(422, "insufficient_funds")
    failed = client.get(f"/v1/transactions/{first.json['transaction_id']}", token=customer.token).ok()
    assert (failed["status"], failed["entries"], failed["posted_at"]) == ("failed", [], None)
    assert failed["failure"] == {"code": "insufficient_funds", "detail": first.json["detail"]}
    deposit(client, customer, account, "50.00").ok(201)
    again = withdraw(client, customer, account, "50.01", key=key, memo="too much").refused(422, "insufficient_funds")
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert {**again.json, "request_id": ""} == {**first.json, "request_id": ""}
    withdraw(client, customer, account, "50.01").ok(201)
    assert read(client, customer, account)["balance"] == "49.99"
    assert len(history(client, customer, account)["data"]) == 3


def test_status_refusals_are_remembered(client: Api, customer: User, teller: User) -> None:
    account, other, key = opened(client, customer, "5.00"), opened(client, customer), new_key()
    frozen(client, teller, account)
    closed(client, customer, other)
    withdraw(client, customer, account, "1.00", key=key).refused(422, "account_frozen")
    deposit(client, customer, other, "1.00", key="closed").refused(422, "account_closed")
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "x"}, token=teller.token).ok()
    again = withdraw(client, customer, account, "1.00", key=key).refused(422, "account_frozen")
    assert again.headers["Idempotent-Replayed"] == "true"
    again = deposit(client, customer, other, "1.00", key="closed").refused(422, "account_closed")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_limits_of_a_transaction_and_a_day(client: Api, customer: User) -> None:
    account = opened(client, customer, "1000000.00")
    deposit(client, customer, account, "1000000.01").refused(422, "limit_exceeded")
    deposit(client, customer, account, "999999999999.99").refused(422, "limit_exceeded")
    deposit(client, customer, account, "1000000.00").ok(201)
    withdraw(client, customer, account, "1000000.01").refused(422, "limit_exceeded")
    withdraw(client, customer, account, "600000.00").ok(201)
    withdraw(client, customer, account, "400000.01").refused(422, "limit_exceeded")
    withdraw(client, customer, account, "400000.00").ok(201)
    withdraw(client, customer, account, "0.01").refused(422, "limit_exceeded")
    assert read(client, customer, account)["balance"] == "1000000.00"


def test_a_new_day_has_a_new_limit(
    client: Api,
    customer: User,
    log_in: Callable[[str], User],
    at_time: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "10")
    account, key = opened(client, customer, "100.00"), new_key()
    withdraw(client, customer, account, "10.00").ok(201)
    withdraw(client, customer, account, "1.00", key=key).refused(422, "limit_exceeded")
    at_time(timedelta(days=1))
    again = log_in(customer.email)
    withdraw(client, again, account, "1.00", key=key).refused(422, "limit_exceeded")
    withdraw(client, again, account, "10.00").ok(201)


@both
def test_a_repeated_request_moves_nothing_more(client: Api, customer: User, move: Move) -> None:
    account, key = opened(client, customer, "100.00"), new_key()
    annotations: Json = {"memo": "once", "category": "c", "tags": ["t"]}
    first = move(client, customer, account, "10.00", key=key, **annotations)
    before = written()
    for _ in range(2):
        again = move(client, customer, account, "10.00", key=key, **annotations)
        assert (again.status, again.json) == (201, first.ok(201))
        assert again.headers["Idempotent-Replayed"] == "true"
    assert written() == before


def test_a_replay_shows_the_transaction_as_it_stands(client: Api, customer: User, teller: User) -> None:
    account, key = opened(client, customer, "10.00"), new_key()
    made = withdraw(client, customer, account, "10.00", key=key).ok(201)
    client.patch(f"/v1/transactions/{made['id']}", {"category": "rent"}, token=customer.token).ok()
    closed(client, customer, account)
    assert withdraw(client, customer, account, "10.00", key=key).ok(201) == made | {"category": "rent"}


@both
def test_a_key_serves_one_request_only(client: Api, customer: User, move: Move) -> None:
    account, other, key = opened(client, customer, "100.00"), opened(client, customer, "100.00"), new_key()
    move(client, customer, account, "10.00", key=key).ok(201)
    before = written()
    reused = (409, "idempotency_key_reused")
    move(client, customer, account, "10.01", key=key).refused(*reused)
    move(client, customer, account, "10.00", key=key, memo="x").refused(*reused)
    move(client, customer, account, "10.00", key=key, currency="EUR").refused(*reused)
    move(client, customer, account, "999.00", key=key).refused(*reused)
    move(client, customer, other, "10.00", key=key).refused(*reused)
    move(client, customer, {"id": UNKNOWN}, "10.00", key=key).refused(*reused)
    (withdraw if move is deposit else deposit)(client, customer, account, "10.00", key=key).refused(*reused)
    client.post("/v1/accounts", {"type": "savings"}, token=customer.token, key=key).refused(*reused)
    assert written() == before


def test_the_same_body_said_otherwise_is_the_same_request(client: Api, customer: User) -> None:
    account, key = opened(client, customer), new_key()
    first = deposit(client, customer, account, "10.00", key=key, memo="ä").ok(201)
    raw = f' {{"memo": "\\u00e4", "amount":"10.00",\n"account_id": "{account["id"]}"}} '.encode()
    again = client.post("/v1/transactions/deposit", token=customer.token, key=key, raw=raw)
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first, "true")


def test_two_users_may_use_the_same_key(client: Api, customer: User, other_customer: User, teller: User) -> None:
    account, other, key = opened(client, customer), opened(client, other_customer), new_key()
    made = [
        deposit(client, customer, account, "1.00", key=key).ok(201)["id"],
        deposit(client, other_customer, other, "1.00", key=key).ok(201)["id"],
        deposit(client, teller, account, "1.00", key=key).ok(201)["id"],
    ]
    assert len(set(made)) == 3
    assert read(client, customer, account)["balance"] == "2.00"


def test_a_request_that_was_wrong_leaves_its_key_free(client: Api, customer: User) -> None:
    account, key = opened(client, customer), new_key()
    deposit(client, customer, account, "1.001", key=key).refused(422, "validation_failed")
    deposit(client, customer, {"id": UNKNOWN}, "1.00", key=key).refused(404, "not_found")
    deposit(client, customer, account, "1.00", key=key, currency="EUR").refused(422, "currency_mismatch")
    deposit(client, customer, account, "1.00", key=key).ok(201)


def test_customers_handle_no_cash_where_the_bank_leaves_it_to_staff(
    client: Api, customer: User, teller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = opened(client, customer, "10.00")
    monkeypatch.setenv("CUSTOMER_CASH", "off")
    before = written()
    deposit(client, customer, account, "11000000.00").refused(403, "forbidden")
    withdraw(client, customer, account, "1.00").refused(403, "forbidden")
    body = {"type": "savings", "initial_deposit": "11000000.00"}
    client.post("/v1/accounts", body, token=customer.token, key=new_key()).refused(403, "forbidden")
    assert written() == before
    deposit(client, teller, account, "5.00").ok(201)
    withdraw(client, teller, account, "1.00").ok(201)
    of_customer = {"type": "savings", "initial_deposit": "1.00", "customer_id": customer.customer_id}
    client.post("/v1/accounts", of_customer, token=teller.token, key=new_key()).ok(201)
    transfer(client, customer, account, opened(client, customer), "1.00").ok(201)
