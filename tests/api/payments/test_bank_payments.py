"""Payments to accounts at other banks: what may be paid, what the payer sees, and how it ends before it is sent."""

from collections.abc import Callable

import pytest

from chalicelib import clock, config
from chalicelib.domain.orders.business_calendar import TARGET
from chalicelib.domain.time import moment
from tests.api.helpers.accounts import deposit, new_key, opened, read
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.holders import put_holder

IBAN = "DE89370400440532013000"
PAYEE = {"to_iban": "de89 3704 0044 0532 0130 00", "to_name": "Zoë Müller", "remittance": "Invoice 7"}
PATH = "/v1/transactions/transfer"


@pytest.fixture(autouse=True)
def clearing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARING", "on")


@pytest.fixture
def payer(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00", currency="EUR")


def pay(client: Api, user: User, payer: Json, amount: str = "40.00", key: str | None = None, **also: object) -> Reply:
    body = {"from_account_id": payer["id"], "amount": amount, **PAYEE, **also}
    body = {name: value for name, value in body.items() if value is not None}
    return client.post(PATH, body, token=user.token, key=key or new_key())


def verified(client: Api, user: User, iban: str, name: str) -> str:
    asked = {"iban": iban, "name": name}
    return str(client.post("/v1/payee-verifications", asked, token=user.token).ok(201)["id"])


def money(client: Api, user: User, account: Json) -> tuple[str, str, str]:
    found = read(client, user, account)
    return found["balance"], found["held"], found["available"]


def test_payment_to_another_bank_is_held_and_shown(client: Api, customer: User, teller: User, payer: Json) -> None:
    made = pay(client, customer, payer, rail="standard").ok(202)
    assert (made["type"], made["status"], made["waiting"], made["to_account_id"]) == ("payment", "pending", None, None)
    payment = made["payment"]
    assert (payment["rail"], payment["state"], payment["reason"]) == ("standard", "queued", None)
    assert (payment["to_iban"], payment["to_name"], payment["remittance"]) == (IBAN, "Zoë Müller", "Invoice 7")
    assert moment(payment["submit_by"]) > clock.now()
    settled_on = moment(payment["submit_by"]).date()
    assert settled_on == TARGET.following(settled_on)
    assert [one["what"] for one in payment["trace"]] == ["queued"]
    assert money(client, customer, payer) == ("100.00", "40.00", "60.00")
    for user in (customer, teller):
        found = client.get(f"/v1/transactions/{made['id']}", token=user.token).ok()
        assert found["payment"] == payment
    [listed] = [one for one in client.get("/v1/transactions", token=customer.token).ok()["data"] if one["payment"]]
    assert listed["payment"] == payment


def test_instant_payment_is_submitted_within_seconds(client: Api, customer: User, payer: Json) -> None:
    before = clock.now()
    payment = pay(client, customer, payer).ok(202)["payment"]
    assert payment["rail"] == "instant"
    assert (moment(payment["submit_by"]) - before).total_seconds() < 20


def test_names_and_ibans_are_stored_encrypted(client: Api, customer: User, payer: Json) -> None:
    pay(client, customer, payer).ok(202)
    [item] = items(type="clearing_payment")
    assert not {IBAN, "Zoë Müller", "Invoice 7"} & {str(value) for value in item.values()}
    assert all(str(item[name]).startswith("v1.") for name in ("to_iban", "to_name", "remittance"))


def test_same_key_pays_once(client: Api, customer: User, payer: Json) -> None:
    first, again = (pay(client, customer, payer, key="k") for _ in range(2))
    assert (first.ok(202), again.headers["Idempotent-Replayed"]) == (again.ok(202), "true")
    pay(client, customer, payer, key="k", to_name="Another").refused(409, "idempotency_key_reused")
    assert money(client, customer, payer)[1] == "40.00"


def test_strangers_see_nothing_of_it(client: Api, customer: User, other_customer: User, payer: Json) -> None:
    made = pay(client, customer, payer).ok(202)
    client.get(f"/v1/transactions/{made['id']}", token=other_customer.token).refused(404, "not_found")
    client.post(f"/v1/transactions/{made['id']}/cancel", token=other_customer.token).refused(404, "not_found")
    pay(client, other_customer, payer).refused(404, "not_found")


def test_holder_with_the_right_to_view_cannot_pay(
    client: Api, customer: User, new_customer: Callable[[], User], teller: User, payer: Json
) -> None:
    holder = new_customer()
    put_holder(client, teller, payer, holder, "view").ok()
    pay(client, holder, payer).refused(403, "forbidden")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"amount": "100.01"}, "insufficient_funds"),
        ({"to_name": None}, "validation_failed"),
        ({"to_iban": "DE88370400440532013000"}, "validation_failed"),
        ({"remittance": "x" * 141}, "validation_failed"),
        ({"rail": "sea"}, "validation_failed"),
        ({"execution_date": "2099-01-01"}, "validation_failed"),
        ({"verification_id": "pvf_1"}, "verification_expired"),
        ({"currency": "USD"}, "currency_mismatch"),
    ],
)
def test_what_cannot_be_paid_is_refused(client: Api, customer: User, payer: Json, wrong: Json, code: str) -> None:
    pay(client, customer, payer, **wrong).refused(422, code)
    assert money(client, customer, payer) == ("100.00", "0.00", "100.00")
    assert items(type="clearing_payment") == []


def test_account_in_another_currency_cannot_pay_other_banks(client: Api, customer: User) -> None:
    pay(client, customer, opened(client, customer, "100.00", currency="USD")).refused(422, "currency_mismatch")


def test_without_a_clearing_no_other_bank_is_paid(
    client: Api, customer: User, payer: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "clearing_connected", lambda: False)  # requests have the stage's own settings
    pay(client, customer, payer).refused(422, "clearing_unavailable")


def test_fields_of_payments_to_other_banks_go_with_an_iban_only(
    client: Api, customer: User, other_customer: User, payer: Json
) -> None:
    payee = opened(client, other_customer, currency="EUR")
    body = {"from_account_id": payer["id"], "to_account_id": payee["id"], "amount": "1.00", "rail": "instant"}
    client.post(PATH, body, token=customer.token, key=new_key()).refused(422, "validation_failed")


def test_iban_of_this_bank_is_a_transfer_whose_remittance_is_its_memo(
    client: Api, customer: User, other_customer: User, payer: Json
) -> None:
    payee = opened(client, other_customer, currency="EUR")
    made = pay(client, customer, payer, to_iban=payee["iban"]).ok(201)
    assert (made["type"], made["status"], made["memo"], made["payment"]) == ("transfer", "posted", "Invoice 7", None)


def test_verification_is_used_up_by_one_payment(client: Api, customer: User, other_customer: User, payer: Json) -> None:
    used = verified(client, customer, IBAN, PAYEE["to_name"])
    first = pay(client, customer, payer, "1.00", key="k", verification_id=used).ok(202)
    assert pay(client, customer, payer, "1.00", key="k", verification_id=used).ok(202)["id"] == first["id"]
    pay(client, customer, payer, "1.00", verification_id=used).refused(422, "verification_expired")
    other = verified(client, customer, IBAN, "Somebody Else")
    pay(client, customer, payer, "1.00", verification_id=other).refused(422, "verification_expired")
    payee = opened(client, other_customer, currency="EUR")
    wrong = verified(client, customer, payee["iban"], "Nobody Known")
    named = {"to_iban": payee["iban"], "to_name": "Nobody Known", "verification_id": wrong}
    pay(client, customer, payer, "1.00", **named).refused(422, "payee_mismatch")
    pay(client, customer, payer, "1.00", **named, accept_mismatch=True).ok(201)
    pay(client, customer, payer, "1.00", **named, accept_mismatch=True).refused(422, "verification_expired")


def test_queued_payment_is_cancelled(client: Api, customer: User, payer: Json) -> None:
    made = pay(client, customer, payer, rail="standard").ok(202)
    path = f"/v1/transactions/{made['id']}/cancel"
    ended = client.post(path, token=customer.token).ok()
    assert (ended["status"], ended["payment"]["state"]) == ("voided", "rejected")
    assert ended["payment"]["reason"] == {"code": "CUST", "detail": "The payer asked for it."}
    assert client.post(path, token=customer.token).ok() == ended
    assert money(client, customer, payer) == ("100.00", "0.00", "100.00")


def test_account_with_a_payment_on_its_way_cannot_be_closed(client: Api, customer: User, payer: Json) -> None:
    pay(client, customer, payer, "100.00").ok(202)
    client.delete(f"/v1/accounts/{payer['id']}", token=customer.token).refused(422, "account_not_empty")


def test_policy_holds_a_payment_back_until_it_is_approved(
    client: Api, customer: User, manager: User, admin: User, payer: Json
) -> None:
    policy = {"control": "require", "above": {"EUR": "10.00"}}
    client.put("/v1/approval-policies/transfer", policy, token=admin.token).ok()
    made = pay(client, customer, payer, rail="standard").ok(202)
    assert (made["waiting"]["code"], made["payment"]["state"]) == ("approval", "waiting")
    approved = client.post(f"/v1/transactions/{made['id']}/approve", token=manager.token, key=new_key()).ok(202)
    assert (approved["status"], approved["waiting"], approved["payment"]["state"]) == ("pending", None, "queued")
    rejected = pay(client, customer, payer, "20.00", rail="standard").ok(202)
    asked = {"reason": "not plausible"}
    ended = client.post(f"/v1/transactions/{rejected['id']}/reject", asked, token=manager.token).ok()
    assert (ended["status"], ended["payment"]["state"]) == ("voided", "rejected")
    assert money(client, customer, payer) == ("100.00", "40.00", "60.00")


def test_dry_run_changes_nothing(client: Api, customer: User, payer: Json) -> None:
    body = {"from_account_id": payer["id"], "amount": "1.00", **PAYEE}
    client.post(f"{PATH}?dry_run=true", body, token=customer.token, key=new_key()).ok()
    assert items(type="clearing_payment") == []
    assert money(client, customer, payer)[1] == "0.00"


def test_pin_is_asked_for(client: Api, customer: User) -> None:
    account = opened(client, customer, "100.00", currency="EUR", pin="4711")
    pay(client, customer, account).refused(422, "pin_required")
    pay(client, customer, account, pin="4711").ok(202)
    deposit(client, customer, account, "1.00").ok(201)


def test_export_has_the_payee(client: Api, customer: User, payer: Json) -> None:
    pay(client, customer, payer).ok(202)
    path, records = f"/v1/customers/{customer.customer_id}/export?limit=100", list[Json]()
    page = client.get(path, token=customer.token).ok()
    records += page["data"]
    while page["next_cursor"]:
        page = client.get(f"{path}&cursor={page['next_cursor']}", token=customer.token).ok()
        records += page["data"]
    [payment] = [one for one in records if one["kind"] == "clearing_payment"]
    assert "Zoë Müller" in str(payment)
