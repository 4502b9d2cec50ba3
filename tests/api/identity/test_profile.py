"""The signed-in user's own data."""

import pytest

from tests.api.helpers.accounts import as_listed
from tests.api.helpers.bank import Api, Json, User, counted_calls, items


def read(client: Api, user: User) -> Json:
    found: Json = client.get("/v1/user/profile", token=user.token).ok()
    return found


def test_a_customer_reads_its_own(client: Api, customer: User) -> None:
    assert read(client, customer) == {
        "user_id": customer.user_id,
        "email": customer.email,
        "email_verified": False,
        "role": "customer",
        "status": "active",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "branch_id": None,
        "customer": as_listed(client.get(f"/v1/customers/{customer.customer_id}", token=customer.token).ok()),
    }


def test_staff_have_no_customer(client: Api, teller: User) -> None:
    profile = read(client, teller)
    assert (profile["role"], profile["first_name"], profile["customer"]) == ("teller", "Grace", None)


def test_a_customer_corrects_its_data(client: Api, customer: User) -> None:
    corrected = {"last_name": "King", "middle_name": "Noel", "phone": "+442071234567", "date_of_birth": "1990-12-10"}
    with counted_calls() as calls:
        answered = client.patch("/v1/user/profile", corrected, token=customer.token).ok()
    assert calls == {"GetItem": 4, "BatchGetItem": 1, "TransactWriteItems": 1}
    assert answered == read(client, customer)
    assert {name: answered["customer"][name] for name in corrected} == corrected
    assert (answered["first_name"], answered["last_name"]) == ("Ada", "King")


def test_null_takes_away_what_need_not_be_known(client: Api, customer: User) -> None:
    client.patch("/v1/user/profile", {"phone": "+442071234567"}, token=customer.token).ok()
    assert client.patch("/v1/user/profile", {"phone": None}, token=customer.token).ok()["customer"]["phone"] is None
    assert read(client, customer)["customer"]["phone"] is None
    [item] = items(type="customer", id=customer.customer_id)
    assert "phone" not in item


def test_what_is_the_same_already_is_not_written(client: Api, customer: User) -> None:
    client.patch("/v1/user/profile", {"first_name": "Ada"}, token=customer.token).ok()
    client.patch("/v1/user/profile", {}, token=customer.token).ok()
    [item] = items(type="customer", id=customer.customer_id)
    assert item["version"] == 1


def test_staff_change_their_names_only(client: Api, teller: User) -> None:
    assert client.patch("/v1/user/profile", {"first_name": None}, token=teller.token).ok()["first_name"] is None
    assert client.patch("/v1/user/profile", {"last_name": "Murray"}, token=teller.token).ok()["last_name"] == "Murray"
    reply = client.patch("/v1/user/profile", {"phone": "+442071234567"}, token=teller.token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["phone"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"last_name": None}, "last_name"),
        ({"first_name": ""}, "first_name"),
        ({"last_name": "x" * 101}, "last_name"),
        ({"last_name": "a\u0007"}, "last_name"),
        ({"phone": "12"}, "phone"),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth"),
        ({"email": "other@example.com"}, "email"),
        ({"role": "admin"}, "role"),
    ],
)
def test_a_bad_correction_is_named_and_nothing_is_written(
    client: Api, customer: User, body: object, field: str
) -> None:
    reply = client.patch("/v1/user/profile", body, token=customer.token).refused(422, "validation_failed")
    assert reply.wrong_fields == [field]
    [item] = items(type="customer", id=customer.customer_id)
    assert item["version"] == 1
