"""Saved payees: whose they are, how well their names fit, and payments to them."""

from collections.abc import Callable

import pytest

from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.request_limits import LIMITS, Limit
from chalicelib.services.orders import beneficiaries
from tests.api.helpers.accounts import closed, new_key, opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.beneficiaries import PATH, saved
from tests.api.helpers.holders import put_holder
from tests.api.helpers.race import just_before

MISTYPED = "100000000001"
UNKNOWN = account_number(1_234_567_890)


def listed(client: Api, customer: User, query: str = "") -> list[Json]:
    return list(client.get(f"{PATH}{query}", token=customer.token).ok()["data"])


def named(customer: User, client: Api) -> str:
    found = client.get(f"/v1/customers/{customer.customer_id}", token=customer.token).ok()
    return f"{found['first_name']} {found['last_name']}"


def test_a_payee_is_saved_listed_edited_and_removed(client: Api, customer: User, other_customer: User) -> None:
    account = opened(client, other_customer)
    payee = saved(client, customer, account, nickname="Landlord")
    assert {name: payee[name] for name in ("name", "account_number", "iban", "nickname", "status")} == {
        "name": "Ben Okafor",
        "account_number": account["account_number"],
        "iban": account["iban"],
        "nickname": "Landlord",
        "status": "active",
    }
    assert listed(client, customer) == [payee]
    path = f"{PATH}/{payee['id']}"
    assert client.get(path, token=customer.token).ok() == payee
    assert client.patch(path, {"nickname": None}, token=customer.token).ok()["nickname"] is None
    client.delete(path, token=customer.token).ok(204)
    client.get(path, token=customer.token).refused(404, "not_found")
    client.delete(path, token=customer.token).refused(404, "not_found")
    client.patch(path, {"nickname": "n"}, token=customer.token).refused(404, "not_found")
    assert listed(client, customer) == []


def test_the_last_saved_payee_is_listed_first(client: Api, customer: User, other_customer: User) -> None:
    account = opened(client, other_customer)
    made = [saved(client, customer, account, f"Payee {number}")["id"] for number in range(3)]
    assert [one["id"] for one in listed(client, customer)] == made[::-1]
    page = client.get(f"{PATH}?limit=2", token=customer.token).ok()
    rest = listed(client, customer, f"?limit=2&cursor={page['next_cursor']}")
    assert [one["id"] for one in (*page["data"], *rest)] == made[::-1]


def test_a_name_is_compared_with_the_holder_when_saved_and_when_changed(
    client: Api, customer: User, other_customer: User
) -> None:
    account, right = opened(client, other_customer), named(other_customer, client)
    assert saved(client, customer, account, right.upper())["verification"]["result"] == "match"
    wrong = saved(client, customer, account, "Somebody Else")
    assert wrong["verification"]["result"] == "no_match"
    edited = client.patch(f"{PATH}/{wrong['id']}", {"name": right}, token=customer.token).ok()
    assert edited["verification"]["result"] == "match"
    assert edited["verification"]["at"] > wrong["verification"]["at"]


def test_the_right_name_is_never_told(client: Api, customer: User, other_customer: User) -> None:
    right = named(other_customer, client)
    payee = saved(client, customer, opened(client, other_customer), f"{right[0]}. {right.split()[-1]}")
    assert payee["verification"]["result"] == "close_match"
    assert right not in str(payee)


def test_a_joint_holder_s_name_fits_too(
    client: Api, customer: User, other_customer: User, new_customer: Callable[[], User], teller: User
) -> None:
    account, holder = opened(client, other_customer), new_customer()
    put_holder(client, teller, account, holder, "pay").ok()
    assert saved(client, customer, account, named(holder, client))["verification"]["result"] == "match"


def test_a_number_that_is_mistyped_unknown_or_of_a_closed_account_is_refused(
    client: Api, customer: User, other_customer: User
) -> None:
    def add(number: str) -> Reply:
        return client.post(PATH, {"name": "Ben", "account_number": number}, token=customer.token)

    account = opened(client, other_customer)
    add(MISTYPED).refused(422, "validation_failed")
    add(UNKNOWN).refused(404, "not_found")
    closed(client, other_customer, account)
    add(account["account_number"]).refused(422, "account_closed")
    assert listed(client, customer) == []


def test_a_payee_is_saved_by_its_iban_too(client: Api, customer: User, other_customer: User) -> None:
    account = opened(client, other_customer)
    payee = client.post(PATH, {"name": "Ben", "iban": account["iban"].lower()}, token=customer.token).ok(201)
    assert (payee["account_number"], payee["iban"]) == (account["account_number"], account["iban"])
    assert not any(account[name] in str(items(type="beneficiary")) for name in ("iban", "account_number"))
    for wrong in ("DE88370400440532013000", account["iban"] + "1", account["account_number"]):
        refused = client.post(PATH, {"name": "Ben", "iban": wrong}, token=customer.token)
        assert refused.refused(422, "validation_failed").wrong_fields == ["iban"]
    neither_or_both: list[Json] = [{}, {"iban": account["iban"], "account_number": account["account_number"]}]
    for named_by in neither_or_both:
        client.post(PATH, {"name": "Ben", **named_by}, token=customer.token).refused(422, "validation_failed")


def test_another_customer_s_payees_are_not_there(client: Api, customer: User, other_customer: User) -> None:
    account = opened(client, other_customer)
    path = f"{PATH}/{saved(client, customer, account)['id']}"
    client.get(path, token=other_customer.token).refused(404, "not_found")
    client.patch(path, {"name": "Eve"}, token=other_customer.token).refused(404, "not_found")
    client.delete(path, token=other_customer.token).refused(404, "not_found")
    assert listed(client, other_customer) == []


def test_a_payee_is_paid_by_its_id(client: Api, customer: User, other_customer: User) -> None:
    mine, account = opened(client, customer, "100.00"), opened(client, other_customer)
    payee = saved(client, customer, account)
    payment = {"from_account_id": mine["id"], "beneficiary_id": payee["id"], "amount": "10.00"}
    paid = client.post("/v1/transactions/transfer", payment, token=customer.token, key=new_key()).ok(201)
    assert paid["to_account_id"] == account["id"]
    client.delete(f"{PATH}/{payee['id']}", token=customer.token).ok(204)
    client.post("/v1/transactions/transfer", payment, token=customer.token, key=new_key()).refused(404, "not_found")


def test_a_stranger_cannot_pay_by_another_s_payee(client: Api, customer: User, other_customer: User) -> None:
    payee = saved(client, customer, opened(client, other_customer))
    mine = opened(client, other_customer, "100.00")
    payment = {"from_account_id": mine["id"], "beneficiary_id": payee["id"], "amount": "10.00"}
    refused = client.post("/v1/transactions/transfer", payment, token=other_customer.token, key=new_key())
    refused.refused(404, "not_found")


def test_a_payment_names_one_payee(client: Api, customer: User, other_customer: User) -> None:
    mine, account = opened(client, customer, "100.00"), opened(client, other_customer)
    payee = saved(client, customer, account)
    both = {"beneficiary_id": payee["id"], "to_account_id": account["id"]}
    payment = {"from_account_id": mine["id"], "amount": "10.00", **both}
    client.post("/v1/transactions/transfer", payment, token=customer.token, key=new_key()).refused(
        422, "validation_failed"
    )


def test_a_key_saves_one_payee(client: Api, customer: User, other_customer: User) -> None:
    payee = {"name": "Ben", "account_number": opened(client, other_customer)["account_number"]}
    first, again = (client.post(PATH, payee, token=customer.token, key="k").ok(201) for _ in range(2))
    assert first == again
    assert len(listed(client, customer)) == 1


def test_names_cannot_be_tried_without_end(
    client: Api, customer: User, other_customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removing a payee gives nothing back, and edits have an end, too."""
    monkeypatch.setattr(beneficiaries, "BENEFICIARIES_MAX", 2)
    monkeypatch.setattr(beneficiaries, "EDITS_MAX", 2)
    account = opened(client, other_customer)
    for name in ("Eve", "Mallory"):
        path = f"{PATH}/{saved(client, customer, account, name)['id']}"
        for tried in ("Peggy", "Victor"):
            client.patch(path, {"name": tried}, token=customer.token).ok()
        client.patch(path, {"name": "Walter"}, token=customer.token).refused(409, "conflict")
        client.delete(path, token=customer.token).ok(204)
    another = {"name": "Trent", "account_number": account["account_number"]}
    client.post(PATH, another, token=customer.token).refused(409, "conflict")


def test_nothing_of_a_payee_is_stored_in_clear_and_nothing_is_left_of_a_removed_one(
    client: Api, customer: User, other_customer: User
) -> None:
    account = opened(client, other_customer)
    payee = saved(client, customer, account, "Grace Hopper", nickname="Amazing")
    stored = str(items(type="beneficiary"))
    assert payee["id"] in stored
    assert not any(text in stored for text in ("Grace", "Amazing", account["account_number"]))
    client.delete(f"{PATH}/{payee['id']}", token=customer.token).ok(204)
    [left] = items(type="beneficiary")
    assert not {"name", "nickname", "account_number"} & left.keys()


def test_two_changes_at_once_are_one_after_the_other(client: Api, customer: User, other_customer: User) -> None:
    path = f"{PATH}/{saved(client, customer, opened(client, other_customer))['id']}"

    def rename() -> None:
        client.patch(path, {"nickname": "first"}, token=customer.token).ok()

    with just_before("TransactWriteItems", rename):
        client.patch(path, {"name": "Second"}, token=customer.token).ok()
    found = client.get(path, token=customer.token).ok()
    assert (found["name"], found["nickname"]) == ("Second", "first")


def test_staff_have_no_payees(client: Api, teller: User, auditor: User) -> None:
    for user in (teller, auditor):
        client.get(PATH, token=user.token).refused(403, "forbidden")


def test_names_are_not_tried_one_after_the_other_without_end(
    client: Api, customer: User, other_customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer says how well a name fits the holders of an account, as that of a verification does."""
    monkeypatch.setenv("CALLER_LIMITS", "on")
    monkeypatch.setitem(LIMITS, "beneficiaries", Limit(3, 3))
    account = opened(client, other_customer)
    payee = saved(client, customer, account, "Adam")
    for name in ("Bella", "Carl"):
        client.patch(f"{PATH}/{payee['id']}", {"name": name}, token=customer.token).ok()
    client.patch(f"{PATH}/{payee['id']}", {"name": "Dora"}, token=customer.token).refused(429, "too_many_attempts")
    body = {"name": "Dora", "account_number": account["account_number"]}
    client.post(PATH, body, token=customer.token, key=new_key()).refused(429, "too_many_attempts")
