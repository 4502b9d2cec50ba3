"""Opening an account: with and without money, for oneself and by staff for a customer."""

import re
from collections.abc import Callable

import pytest
from stdnum import iban as stdnum_iban

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from tests.api.helpers.accounts import as_listed, deposit, history, new_key, opened, read
from tests.api.helpers.bank import Api, Json, Reply, User, items

TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
UNKNOWN_BRANCH = "brn_01ARZ3NDEKTSV4RRFFQ69G5FAV"
UNKNOWN_CUSTOMER = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def open_(client: Api, user: User, key: str | None = None, **wanted: object) -> Reply:
    return client.post("/v1/accounts", {"type": "savings", **wanted}, token=user.token, key=key)


def test_a_customer_opens_an_account(client: Api, customer: User) -> None:
    reply = open_(client, customer)
    account = reply.ok(201)
    assert re.fullmatch("acc_[0-9A-HJKMNP-TV-Z]{26}", account.pop("id"))
    number = account.pop("account_number")
    assert re.fullmatch("[0-9]{12}", number)
    assert int(number) % 97 == 1
    iban = account.pop("iban")
    assert stdnum_iban.is_valid(iban)
    assert iban.endswith(f"FLRN0{number}")
    opened_at = account.pop("opened_at")
    assert re.fullmatch(TIMESTAMP, opened_at)
    assert account == {
        "type": "savings",
        "currency": "USD",
        "status": "active",
        "balance": "0.00",
        "held": "0.00",
        "available": "0.00",
        "overdraft_limit": "0.00",
        "branch_id": HEAD_OFFICE_ID,
        "customer_id": customer.customer_id,
        "holders": [],
        "statements": "none",
        "nickname": None,
        "updated_at": opened_at,
        "version": 1,
    }
    assert reply.headers["ETag"] == '"1"'


def test_every_choice_is_kept(client: Api, customer: User) -> None:
    wanted = {"type": "current", "currency": "EUR", "nickname": "Ferien ☀", "branch_id": HEAD_OFFICE_ID}
    account = open_(client, customer, customer_id=customer.customer_id, **wanted).ok(201)
    assert {name: account[name] for name in wanted} == wanted
    assert read(client, customer, account) == account | {"pending_approvals": None}


def test_a_currency_has_its_own_decimals(client: Api, customer: User) -> None:
    for currency, amount in {"USD": "12.34", "EUR": "0.01", "GBP": "1.00", "INR": "7.10", "JPY": "5"}.items():
        assert opened(client, customer, currency=currency)["balance"] == ("0" if currency == "JPY" else "0.00")
        assert opened(client, customer, amount, currency=currency)["available"] == amount


def test_other_currencies_are_a_matter_of_configuration(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_(client, customer, currency="BHD").refused(422, "validation_failed")
    monkeypatch.setenv("BANK_CURRENCIES", "BHD")
    assert opened(client, customer, "1.234", currency="BHD")["balance"] == "1.234"
    assert open_(client, customer, currency="USD").refused(422, "validation_failed").wrong_fields == ["currency"]


def test_a_currency_that_is_none_is_named(client: Api, customer: User) -> None:
    for currency in ("usd", "US", "USDT", "XXX", "", None, 1):
        assert open_(client, customer, currency=currency).refused(422, "validation_failed").wrong_fields == ["currency"]


def test_account_and_money_arrive_together(client: Api, customer: User) -> None:
    account = opened(client, customer, "250.00")
    assert (account["balance"], account["available"]) == ("250.00", "250.00")
    [entry] = history(client, customer, account)["data"]
    assert (entry["type"], entry["direction"], entry["amount"], entry["seq"]) == ("deposit", "in", "250.00", 1)
    transaction = client.get(f"/v1/transactions/{entry['transaction_id']}", token=customer.token).ok()
    assert (transaction["status"], transaction["to_account_id"]) == ("posted", account["id"])


def test_an_initial_deposit_needs_a_key(client: Api, customer: User) -> None:
    open_(client, customer, initial_deposit="1.00").refused(400, "idempotency_key_missing")
    assert not items(type="account", customer_id=customer.customer_id)


def test_a_wrong_initial_deposit_opens_nothing(client: Api, customer: User) -> None:
    for amount in ("0", "-1.00", "1.001", "1e2", "1,00", " 1", "", "1" * 16, 1, 1.5, True):
        reply = open_(client, customer, new_key(), initial_deposit=amount).refused(422, "validation_failed")
        assert reply.wrong_fields == ["initial_deposit"], amount
    assert not items(type="account", customer_id=customer.customer_id)


@pytest.mark.parametrize("money", [{}, {"initial_deposit": "10.00"}])
def test_a_repeated_opening_opens_nothing_more(client: Api, customer: User, money: Json) -> None:
    key = new_key()
    first = open_(client, customer, key, pin="8371", **money)
    assert "Idempotent-Replayed" not in first.headers
    deposit(client, customer, first.ok(201), "5.00").ok(201)
    again = open_(client, customer, key, pin="8371", **money)
    assert again.ok(201) == as_listed(read(client, customer, first.json))
    assert (again.headers["Idempotent-Replayed"], again.headers["ETag"]) == ("true", f'"{again.json["version"]}"')
    assert len(items(type="account", customer_id=customer.customer_id)) == 1


@pytest.mark.parametrize("money", [{}, {"initial_deposit": "10.00"}])
def test_a_key_opens_one_account_only(client: Api, customer: User, other_customer: User, money: Json) -> None:
    key = new_key()
    account = open_(client, customer, key, **money).ok(201)
    for other in ({"nickname": "mine"}, {"type": "current"}, {"initial_deposit": "10.01"}):
        open_(client, customer, key, **(money | other)).refused(409, "idempotency_key_reused")
    deposit(client, customer, account, "1.00", key=key).refused(409, "idempotency_key_reused")
    deposit(client, customer, account, "1.00", key="paid").ok(201)
    open_(client, customer, "paid", **money).refused(409, "idempotency_key_reused")
    assert len(items(type="account", customer_id=customer.customer_id)) == 1
    assert open_(client, other_customer, key, **money).ok(201)["id"] != account["id"]


def test_a_refused_opening_is_remembered(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    first = open_(client, customer, key, initial_deposit="1000000.01").refused(422, "limit_exceeded")
    monkeypatch.setenv("TRANSACTION_LIMIT", "2000000")
    again = open_(client, customer, key, initial_deposit="1000000.01").refused(422, "limit_exceeded")
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert not items(type="account", customer_id=customer.customer_id)
    open_(client, customer, new_key(), initial_deposit="1000000.01").ok(201)


def test_a_pin_is_part_of_opening_and_never_told(client: Api, customer: User) -> None:
    key = new_key()
    account = open_(client, customer, key, pin="4711").ok(201)
    assert "pin" not in account
    assert open_(client, customer, key, pin="0815").ok(201) == account, "a PIN is no part of the fingerprint"
    [pin] = items(type="pin")
    assert pin["pin_hash"].startswith("$argon2id$")


@pytest.mark.parametrize("role", ["teller", "manager", "admin"])
def test_staff_open_for_a_customer(
    client: Api, customer: User, admin: User, new_staff: Callable[[str], User], role: str
) -> None:
    staff = admin if role == "admin" else new_staff(role)
    account = open_(client, staff, new_key(), customer_id=customer.customer_id, initial_deposit="1.00").ok(201)
    assert account["customer_id"] == customer.customer_id
    assert read(client, customer, account) == account | {"pending_approvals": None}
    assert open_(client, staff).refused(422, "validation_failed").wrong_fields == ["customer_id"]
    for unknown in (UNKNOWN_CUSTOMER, "cus_x", customer.user_id):
        open_(client, staff, customer_id=unknown).refused(404, "not_found")


def test_nobody_else_opens_for_a_customer(client: Api, customer: User, other_customer: User, auditor: User) -> None:
    open_(client, other_customer, customer_id=customer.customer_id).refused(404, "not_found")
    open_(client, other_customer, customer_id=UNKNOWN_CUSTOMER).refused(404, "not_found")
    open_(client, auditor, customer_id=customer.customer_id).refused(403, "forbidden")
    assert not items(type="account", customer_id=customer.customer_id)


def test_an_unknown_branch_is_not_found(client: Api, customer: User) -> None:
    for branch_id in (UNKNOWN_BRANCH, "brn_x", "head office"):
        open_(client, customer, new_key(), branch_id=branch_id, initial_deposit="1.00").refused(404, "not_found")
    assert not items(type="account", customer_id=customer.customer_id)
