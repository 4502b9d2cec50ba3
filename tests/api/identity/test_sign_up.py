"""Registration."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.helpers.bank import Api, Json, User, counted_calls, items, revealed
from tests.api.helpers.network import ELSEWHERE, NEAR, guess, requests_from

PASSWORD = "correct horse battery staple"
ADDRESS = {"line1": "1 St James's Square", "city": "London", "postal_code": "SW1Y 4JU", "country": "GB"}


def registration(as_: str, **fields: object) -> Json:
    return {"email": as_, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace", **fields}


def test_a_customer_registers(client: Api) -> None:
    person = {"middle_name": "King", "phone": "+442071234567", "date_of_birth": "1990-12-10", "address": ADDRESS}
    with counted_calls() as calls:
        made = client.post("/v1/auth/register", registration("Ada.New@Example.com", **person)).ok(201)
    assert calls == {"GetItem": 1, "TransactWriteItems": 1, "GenerateDataKey": 1}
    assert made == {
        "user_id": made["user_id"],
        "customer_id": made["customer_id"],
        "email": "Ada.New@Example.com",
        "role": "customer",
    }
    [user] = items(type="user", id=made["user_id"])
    [customer] = items(type="customer", id=made["customer_id"])
    [address] = items(type="address", customer_id=made["customer_id"])
    [guard] = items(type="guard", owner_id=made["user_id"])
    assert user["password_hash"].startswith("$argon2id$")
    known = revealed(customer)
    assert {name: known[name] for name in ("middle_name", "phone", "date_of_birth")} | {"address": ADDRESS} == person
    assert {name: text for name, text in revealed(address).items() if text} == ADDRESS
    assert revealed(user)["email"] == "Ada.New@Example.com"
    for item in (user, customer, address, guard):
        assert item["updated_by"] == made["user_id"]
        assert item["version"] == 1
        key = f"{item['pk']}{item['sk']}".lower()
        assert "lovelace" not in key  # no id spells it: ids have no L and no O
        assert "ada.new" not in key  # nor a full stop


@pytest.mark.parametrize(
    "names",
    [
        {"first_name": "Nguyễn", "last_name": "Văn A"},
        {"first_name": "X", "last_name": "Æ"},
        {"first_name": "محمد", "last_name": "الفارسي"},
        {"first_name": "Seán", "last_name": "O'Súilleabháin-Ó Briain"},
        {"first_name": "नरेंद्र", "last_name": "क्‍षत्रिय"},
        {"first_name": "太郎", "last_name": "山田"},
        {"first_name": None, "last_name": "Suharto"},
    ],
)
def test_people_have_their_own_names(client: Api, names: dict[str, str | None]) -> None:
    email = f"{abs(hash(names['first_name']))}@example.com"
    made = client.post("/v1/auth/register", registration(email, **names)).ok(201)
    [customer] = items(type="customer", id=made["customer_id"])
    known = revealed(customer)
    assert {name: known[name] for name in names} == names


def test_an_address_serves_once_whatever_its_case(client: Api) -> None:
    client.post("/v1/auth/register", registration("Once@Example.com")).ok(201)
    before = len(items())
    for again in ("Once@Example.com", "once@example.COM", "ｏｎｃｅ@example.com"):
        client.post("/v1/auth/register", registration(again)).refused(409, "conflict")
    [counter] = items(type="source_attempts")
    assert (len(items()), counter["failures"]) == (before + 1, 3)


def test_network_that_asks_who_has_an_account_is_slowed_down(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known and free addresses get the same answer then, and log-ins from the network wait, too."""
    monkeypatch.setenv("SOURCE_FAILURES_MAX", "3")
    with requests_from(NEAR):
        for _ in range(3):
            client.post("/v1/auth/register", registration(customer.email)).refused(409, "conflict")
        before = len(items(type="user"))
        for email in (customer.email, "free@example.com"):
            slowed = client.post("/v1/auth/register", registration(email)).refused(429, "too_many_attempts")
            assert 0 < int(slowed.headers["Retry-After"]) <= 60
        guess(client, customer.email, customer.password).refused(429, "too_many_attempts")
    assert len(items(type="user")) == before
    with requests_from(ELSEWHERE):
        client.post("/v1/auth/register", registration("free@example.com")).ok(201)


def test_network_may_ask_once_a_minute_after_too_many(
    client: Api, at_time: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_FAILURES_MAX", "1")
    at_time(timedelta())
    client.post("/v1/auth/register", registration("taken@example.com")).ok(201)
    client.post("/v1/auth/register", registration("taken@example.com")).refused(409, "conflict")
    client.post("/v1/auth/register", registration("free@example.com")).refused(429, "too_many_attempts")
    at_time(timedelta(seconds=60))
    client.post("/v1/auth/register", registration("taken@example.com")).refused(409, "conflict")
    client.post("/v1/auth/register", registration("free@example.com")).refused(429, "too_many_attempts")


def test_successful_sign_ups_of_one_network_count_nothing(client: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_FAILURES_MAX", "1")
    for number in range(3):
        client.post("/v1/auth/register", registration(f"office-{number}@example.com")).ok(201)


def test_a_domain_is_one_however_it_is_written_and_two_mailboxes_are_two(
    client: Api, log_in: Callable[[str], User]
) -> None:
    made = client.post("/v1/auth/register", registration("ada@bücher.example")).ok(201)
    for again in ("ada@xn--bcher-kva.example", "Ada@BÜCHER.example"):
        client.post("/v1/auth/register", registration(again)).refused(409, "conflict")
        assert log_in(again).user_id == made["user_id"]
    one, other = (
        client.post("/v1/auth/register", registration(address)).ok(201)["user_id"]
        for address in ("straße@example.de", "strasse@example.de")
    )
    assert (log_in("STRASSE@example.de").user_id, log_in("STRAẞE@example.de").user_id) == (other, one)


def test_an_idempotency_key_means_nothing_here(client: Api) -> None:
    client.post("/v1/auth/register", registration("key-1@example.com"), key="one").ok(201)
    client.post("/v1/auth/register", registration("key-2@example.com"), key="one").ok(201)
    assert not items(type="key")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("email", ["ada", "ada@localhost", "a@b@c.de", "", 1, None, ["a@b.de"], "a" * 250 + "@b.de", "a\u0000@b.de"]),
        ("password", ["nine char", "", "x" * 201, 1234567890, None, "control\u0007character", "\ud800" * 10]),
        ("first_name", ["", " ", "x" * 101, 1, "Ad\na", "\ud800", {}]),
        ("last_name", ["", "\t", "x" * 101, True, None, "Love\u0085lace"]),
        ("middle_name", ["", "x" * 101, 1]),
        (
            "phone",
            ["030 123456", "+0301234567", "+4930123456789012", "+49", "＋4930123456", "+٤٩٣٠١٢٣٤٥٦", 4930123456, ""],
        ),
        ("date_of_birth", ["1850-01-01", "2999-01-01", "2001-02-29", "01.02.2000", "20000101", 19900101, ""]),
        (
            "address",
            [
                "London",
                [],
                {},
                {**ADDRESS, "country": "UK"},
                {**ADDRESS, "country": "gb"},
                {**ADDRESS, "zip": "1"},
                {**ADDRESS, "postal_code": None},
            ],
        ),
        ("role", ["admin"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(client: Api, field: str, values: list[object]) -> None:
    before = len(items())
    for value in values:
        reply = client.post("/v1/auth/register", registration("wrong@example.com", **{field: value}))
        assert reply.refused(422, "validation_failed").wrong_fields[0].split(".")[0] == field, value
        assert "wrong@example.com" not in reply.text
    assert len(items()) == before


def test_every_required_field_is_missed(client: Api) -> None:
    reply = client.post("/v1/auth/register", {}).refused(422, "validation_failed")
    assert set(reply.wrong_fields) == {"email", "password", "last_name"}


def test_a_signed_in_user_may_register_somebody_else(client: Api, customer: User) -> None:
    made = client.post("/v1/auth/register", registration("child@example.com"), token=customer.token).ok(201)
    [user] = items(type="user", id=made["user_id"])
    assert user["updated_by"] == made["user_id"]


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaa", "password2026", "ada.new@example.com", "Lovelace1815", "adalovelace!"]
)
def test_a_password_that_is_tried_first_registers_nobody(client: Api, password: str) -> None:
    before = items(type="user")
    wanted = registration("ada.new@example.com", password=password)
    reply = client.post("/v1/auth/register", wanted).refused(422, "validation_failed")
    assert reply.wrong_fields == ["password"]
    assert "lovelace" not in reply.text.lower()
    assert items(type="user") == before
