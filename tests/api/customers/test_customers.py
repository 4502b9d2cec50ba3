"""Customers: taken in by staff, seen and edited by themselves and by staff."""

import pytest

from chalicelib.domain.ledger import idempotency
from chalicelib.domain.permissions import system
from chalicelib.models import transact
from chalicelib.models.customers.customer import Customer
from tests.api.helpers import persons
from tests.api.helpers.accounts import as_listed, new_key
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.customers import ADDRESS, PERSON, Addresses, edit, found, listed_under, read, review, taken_in
from tests.api.helpers.persons import erase
from tests.api.helpers.race import just_before

WHOLE = {
    **PERSON,
    "middle_name": "Brewster",
    "email": "Grace@Example.com",
    "phone": "+12025550147",
    "date_of_birth": "1976-12-09",
    "national_id": "ab-123",
}


def test_what_a_key_was_used_for_cannot_be_guessed(client: Api, teller: User) -> None:
    key = new_key()
    made = client.post("/v1/customers", PERSON, token=teller.token, key=key).ok(201)
    again = client.post("/v1/customers", PERSON, token=teller.token, key=key)
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (made, "true")
    other = PERSON | {"last_name": "Murray"}
    client.post("/v1/customers", other, token=teller.token, key=key).refused(409, "idempotency_key_reused")
    [record] = items(type="key", resource_id=made["id"])
    guessed = idempotency.derive_key(teller.user_id, key, "POST /v1/customers", PERSON)
    assert (record["id"], len(record["fingerprint"])) == (guessed.transaction_id, 64)
    assert record["fingerprint"] != guessed.fingerprint


def test_staff_take_in_somebody_who_does_not_sign_in(client: Api, teller: User, auditor: User) -> None:
    with counted_calls() as calls:
        reply = client.post("/v1/customers", {**WHOLE, "address": ADDRESS}, token=teller.token)
    made = reply.ok(201)
    assert calls["TransactWriteItems"] == 1
    assert reply.headers["ETag"] == '"1"'
    assert {name: made[name] for name in WHOLE} == {**WHOLE, "national_id": "AB-123"}
    assert (made["id"], made["user_id"], made["version"]) == (made["customer_id"], None, 1)
    assert made["kyc"] == {
        "status": "pending",
        "reviewed_at": None,
        "expires_on": None,
        "reason": None,
        "reviewed_by": None,
    }
    seen = made | {"pending_approvals": []}
    assert seen == read(client, teller, made["id"]) == read(client, auditor, made["id"])
    address = client.get(f"/v1/customers/{made['id']}/addresses/{made['primary_address_id']}", token=teller.token).ok()
    assert {name: address[name] for name in ADDRESS} == ADDRESS
    assert address["is_primary"]
    written = [*items(type="lookup", customer_id=made["id"]), *items(type="customer", id=made["id"])]
    assert {(item["version"], item["updated_by"]) for item in written} == {(1, teller.user_id)}
    assert len(written) == 4


def test_the_same_request_takes_in_one(client: Api, teller: User) -> None:
    key = new_key()
    first = client.post("/v1/customers", WHOLE, token=teller.token, key=key).ok(201)
    with just_before("TransactWriteItems", lambda: client.post("/v1/customers", WHOLE, token=teller.token, key="k")):
        second = client.post("/v1/customers", WHOLE, token=teller.token, key="k").ok(201)
    reply = client.post("/v1/customers", WHOLE, token=teller.token, key=key)
    assert (reply.ok(201), reply.headers["Idempotent-Replayed"]) == (first, "true")
    assert set(found(client, teller, "last_name=hopper")) == {first["id"], second["id"]}
    client.post("/v1/customers", PERSON, token=teller.token, key=key).refused(409, "idempotency_key_reused")


def test_only_staff_take_in_and_only_staff_and_auditors_list(
    client: Api, customer: User, auditor: User, manager: User
) -> None:
    client.post("/v1/customers", WHOLE, token=customer.token).refused(403, "forbidden")
    client.post("/v1/customers", WHOLE, token=auditor.token).refused(403, "forbidden")
    client.get("/v1/customers", token=customer.token).refused(403, "forbidden")
    assert found(client, auditor, "") == [customer.customer_id]
    assert taken_in(client, manager)["id"] in found(client, manager, "")


def test_somebody_else_is_nobody(client: Api, customer: User, other_customer: User, auditor: User) -> None:
    read(client, customer, customer.customer_id)
    path = f"/v1/customers/{other_customer.customer_id}"
    for method, where, body in [
        ("GET", path, None),
        ("PATCH", path, {"phone": None}),
        ("GET", f"{path}/addresses", None),
        ("POST", f"{path}/addresses", ADDRESS),
    ]:
        client.send(method, where, body, token=customer.token).refused(404, "not_found")
    edit(client, auditor, customer.customer_id, phone=None).refused(403, "forbidden")


def test_registering_makes_the_same_customer(client: Api, admin: User) -> None:
    whole = {name: value for name, value in WHOLE.items() if name != "national_id"}
    made = client.post("/v1/auth/register", {**whole, "password": "long enough to do", "address": ADDRESS}).ok(201)
    customer = read(client, admin, made["customer_id"])
    assert {name: customer[name] for name in whole} == whole
    assert customer["user_id"] == made["user_id"]
    assert customer["primary_address_id"]
    assert set(listed_under(made["customer_id"])) == {"email", "phone", "last_name"}


def test_an_address_that_staff_wrote_down_opens_no_door(client: Api, teller: User, admin: User) -> None:
    """Whoever registers with it has proven nothing: they get a customer of their own."""
    walked_in = taken_in(client, teller, email="grace@example.com")
    person = {**PERSON, "email": "Grace@example.com", "password": "long enough to do"}
    made = client.post("/v1/auth/register", person).ok(201)
    assert made["customer_id"] != walked_in["id"]
    assert read(client, admin, walked_in["id"]) == walked_in | {"pending_approvals": []}
    assert found(client, teller, "email=grace@example.com") == [made["customer_id"], walked_in["id"]]


def test_a_customer_edits_itself_and_staff_edit_anyone(client: Api, customer: User, teller: User) -> None:
    reply = edit(client, customer, customer.customer_id, last_name="King", phone="+442071234567", national_id="x-12 34")
    edited = reply.ok()
    assert (edited["first_name"], edited["last_name"], edited["national_id"]) == ("Ada", "King", "X-12 34")
    assert (edited["version"], reply.headers["ETag"]) == (2, '"2"')
    assert edit(client, teller, customer.customer_id, phone=None, middle_name="N").ok()["phone"] is None
    assert edit(client, teller, customer.customer_id, phone=None, middle_name="N").ok()["version"] == 3
    profile = client.get("/v1/user/profile", token=customer.token).ok()["customer"]
    assert profile == as_listed(read(client, customer, customer.customer_id))


def test_a_person_may_have_one_name(client: Api, teller: User) -> None:
    one = client.post("/v1/customers", {"last_name": "Suharto"}, token=teller.token).ok(201)
    assert (one["first_name"], one["last_name"]) == (None, "Suharto")
    assert found(client, teller, "last_name=suharto") == [one["id"]]
    review(client, teller, one["id"], "verified").ok()
    named = edit(client, teller, one["id"], first_name="Haji").ok()
    assert (named["first_name"], named["kyc"]["status"]) == ("Haji", "pending")
    assert edit(client, teller, one["id"], first_name=None).ok()["first_name"] is None


def test_two_edits_at_once_both_hold_unless_one_says_what_it_read(client: Api, customer: User) -> None:
    mine = customer.customer_id
    with just_before("TransactWriteItems", lambda: edit(client, customer, mine, phone="+442071234567").ok()):
        edited = edit(client, customer, mine, last_name="King").ok()
    assert (edited["phone"], edited["last_name"], edited["version"]) == ("+442071234567", "King", 3)
    with just_before("TransactWriteItems", lambda: edit(client, customer, mine, phone=None).ok()):
        edit(client, customer, mine, '"3"', last_name="Byron").refused(409, "conflict")
    edit(client, customer, mine, '"3"', last_name="Byron").refused(409, "conflict")
    edit(client, customer, mine, '"4"', last_name="Byron").ok()
    assert read(client, customer, mine)["last_name"] == "Byron"


def test_the_address_of_a_log_in_stays(client: Api, customer: User, teller: User) -> None:
    edit(client, teller, customer.customer_id, email="other@example.com").refused(409, "conflict")
    walked_in = taken_in(client, teller)["id"]
    assert edit(client, teller, walked_in, email="other@example.com").ok()["email"] == "other@example.com"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("first_name", ["", "R2D2", "Ada\u202e", "x" * 101]),
        ("last_name", [None, "\u3164", "Ada  King", 1]),
        ("email", ["x", "a@b@c.de"]),
        ("phone", ["030 1234", "+49"]),
        ("date_of_birth", ["2999-01-01", "31.12.1990"]),
        ("national_id", ["", "!", "1"]),
        ("kyc", [{"status": "verified"}]),
        ("user_id", ["usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    client: Api, teller: User, customer: User, field: str, values: list[object]
) -> None:
    before = len(items())
    for value in values:
        reply = edit(client, teller, customer.customer_id, None, **{field: value})
        assert reply.refused(422, "validation_failed").wrong_fields == [field], value
        if field in PERSON and value is None:
            continue
        reply = client.post("/v1/customers", {**PERSON, field: value}, token=teller.token)
        assert reply.refused(422, "validation_failed").wrong_fields == [field], value
    assert len(items()) == before
    assert read(client, teller, customer.customer_id)["version"] == 1


def test_a_list_is_newest_first_and_goes_on(client: Api, teller: User) -> None:
    made: list[Json] = [taken_in(client, teller) for _ in range(3)]
    page = client.get("/v1/customers?limit=2", token=teller.token).ok()
    rest = client.get(f"/v1/customers?limit=2&cursor={page['next_cursor']}", token=teller.token).ok()
    assert [*page["data"], *rest["data"]] == made[::-1]
    assert (page["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)


def test_of_whoever_was_erased_nothing_is_known(client: Api, manager: User) -> None:
    one = taken_in(client, manager, **WHOLE, address=ADDRESS)["id"]
    Addresses(client, manager, one).added(line2="Garret Qoph")
    review(client, manager, one, "verified").ok()
    told = client.get(f"/v1/customers/{one}/export", token=manager.token).ok()["data"]
    kinds = [held["kind"] for held in told]
    assert (kinds.count("customer"), kinds.count("address")) == (1, 2)
    assert erase(client, manager, one)["status"] == "erased"
    after = read(client, manager, one)
    assert {name: after[name] for name in WHOLE} == dict.fromkeys(WHOLE)
    assert {address["line1"] for address in Addresses(client, manager, one).page()["data"]} == {None}
    for query in ("email=grace@example.com", "last_name=hopper", "phone=12025550147"):
        assert found(client, manager, query) == []
    kept = persons.raw()
    assert [text for text in ("Hopper", "AB-123", "Brewster", "Garret") if text in kept] == []
    assert set(listed_under(one).values()) == {None}


def test_customers_export_no_words_of_the_bank_about_them(client: Api, customer: User, teller: User) -> None:
    review(client, teller, customer.customer_id, "rejected", reason="A suspicion").ok()
    told = client.get(f"/v1/customers/{customer.customer_id}/export", token=customer.token)
    [mine] = [held["data"] for held in told.ok()["data"] if held["kind"] == "customer"]
    assert mine == as_listed(read(client, customer, customer.customer_id))
    assert "A suspicion" not in told.text


def test_of_whoever_is_being_erased_nothing_is_written(client: Api, customer: User, teller: User) -> None:
    theirs = Addresses(client, teller, customer.customer_id)
    one = theirs.added()
    found = Customer.by_id(str(customer.customer_id))
    assert found
    begun = found.set_as_read({"status": "erasing"}, system("test"), "2026-11-21T08:30:00.000000Z")
    transact.commit([begun], "test")
    mine = f"/v1/customers/{customer.customer_id}"
    for method, path, body in [
        ("PATCH", mine, {"phone": "+442071234567"}),
        ("POST", f"{mine}/kyc", {"status": "verified", "reason": "r"}),
        ("POST", f"{mine}/addresses", ADDRESS),
        ("PATCH", f"{mine}/addresses/{one}", {"city": "York"}),
        ("DELETE", f"{mine}/addresses/{one}", None),
    ]:
        client.send(method, path, body, token=teller.token).refused(409, "conflict")
    assert read(client, teller, customer.customer_id)["status"] == "erasing"
