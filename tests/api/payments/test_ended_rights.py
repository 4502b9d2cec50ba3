"""Payments that wait rest on rights: when the right ends they are voided, and never approved."""

from collections.abc import Callable

import pytest

from chalicelib.domain.errors import Contention
from chalicelib.models.ledger import ledger
from chalicelib.services import payment_rights
from chalicelib.services.payments import hold_expiry
from tests.api.helpers.accounts import new_key, opened, read
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.race import just_before
from tests.api.helpers.risk import held_by_hand


@pytest.fixture
def account(client: Api, customer: User, other_customer: User, admin: User) -> Json:
    """The account of a customer, jointly held by another who may pay from it."""
    account = opened(client, customer, "100.00")
    put_holder(client, admin, account, other_customer, "pay").ok()
    return account


@pytest.fixture
def payee(client: Api, other_customer: User) -> Json:
    return opened(client, other_customer)


@pytest.fixture
def held(other_customer: User, account: Json, payee: Json) -> str:
    """What the joint holder has asked for."""
    return held_by_hand(other_customer, account, payee, "60.00")


def status(transaction_id: str) -> str:
    [item] = items(type="transaction", id=transaction_id)
    return str(item["status"])


def approve(client: Api, user: User, transaction_id: str) -> Json:
    path = f"/v1/transactions/{transaction_id}/approve"
    refused: Json = client.post(path, token=user.token, key=new_key()).refused(409, "conflict").json
    return refused


@pytest.mark.parametrize("by", ["owner", "holder", "staff"])
def test_an_ended_holding_voids_what_its_holder_has_asked_for(
    client: Api, customer: User, other_customer: User, admin: User, account: Json, payee: Json, held: str, by: str
) -> None:
    owners = held_by_hand(customer, account, payee, "10.00")
    end_holder(client, {"owner": customer, "holder": other_customer, "staff": admin}[by], account, other_customer).ok(
        204
    )
    assert (status(held), status(owners)) == ("voided", "pending")
    assert read(client, customer, account)["held"] == "10.00"
    [item] = items(type="transaction", id=held)
    assert (item["updated_by"], item["reason"]) == ("system", payment_rights.ENDED)
    approve(client, admin, held)
    client.post(f"/v1/transactions/{owners}/approve", token=admin.token, key=new_key()).ok()
    assert read(client, other_customer, payee)["balance"] == "10.00"


@pytest.mark.parametrize(("right", "ends"), [("view", "voided"), ("manage", "pending")])
def test_a_holding_that_loses_the_right_to_pay_voids(
    client: Api, other_customer: User, admin: User, account: Json, held: str, right: str, ends: str
) -> None:
    put_holder(client, admin, account, other_customer, right).ok()
    assert status(held) == ends


def test_a_disabled_customer_pays_no_more(
    client: Api, customer: User, other_customer: User, admin: User, account: Json, payee: Json, held: str
) -> None:
    owners = held_by_hand(customer, account, payee, "10.00")
    client.patch(f"/v1/users/{other_customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert (status(held), status(owners)) == ("voided", "pending")
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert status(owners) == "voided"
    assert read(client, admin, account)["held"] == "0.00"


@pytest.mark.parametrize(
    ("change", "ends"),
    [({"status": "disabled"}, "voided"), ({"role": "auditor"}, "voided"), ({"role": "manager"}, "pending")],
)
def test_staff_that_may_move_no_money_any_more_pay_none(
    client: Api, admin: User, teller: User, account: Json, payee: Json, change: Json, ends: str
) -> None:
    held = held_by_hand(teller, account, payee, role="teller")
    client.patch(f"/v1/users/{teller.user_id}", change, token=admin.token).ok()
    assert status(held) == ends


def test_an_erased_customer_pays_no_more(
    client: Api, customer: User, other_customer: User, admin: User, account: Json
) -> None:
    """Not even what it asks for when the erasure begins, after the bank has looked for payments that wait."""
    payee, asked = opened(client, customer), list[str]()
    with just_before("TransactWriteItems", lambda: asked.append(held_by_hand(other_customer, account, payee, "60.00"))):
        client.delete(f"/v1/customers/{other_customer.customer_id}", token=admin.token).ok()
    assert status(asked[0]) == "voided"
    assert read(client, customer, account)["held"] == "0.00"


def busy(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Nothing can be voided, until the function that is returned is called."""

    def fail(*_: object, **__: object) -> object:
        raise Contention("not now")

    monkeypatch.setattr(ledger, "void", fail)
    return monkeypatch.undo


def test_what_could_not_be_voided_at_once_is_never_approved(
    client: Api, customer: User, other_customer: User, admin: User, account: Json, payee: Json, held: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    busy(monkeypatch)
    end_holder(client, customer, account, other_customer).ok(204)
    assert status(held) == "pending"
    assert "may no longer pay" in approve(client, admin, held)["detail"]
    assert (status(held), read(client, customer, account)["available"]) == ("voided", "100.00")
    assert read(client, other_customer, payee)["balance"] == "0.00"


def test_what_could_not_be_voided_at_once_is_voided_by_the_sweep(
    client: Api, other_customer: User, admin: User, account: Json, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = busy(monkeypatch)
    client.patch(f"/v1/users/{other_customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert status(held) == "pending"
    free()
    assert hold_expiry.sweep() == {"expired": 0, "voided": 1, "approvals": 0}
    assert status(held) == "voided"


def test_a_repeated_request_completes_what_was_cut_short(
    client: Api, other_customer: User, admin: User, account: Json, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(payment_rights, "SECONDS_MAX", -1.0)
        put_holder(client, admin, account, other_customer, "view").ok()
    assert status(held) == "pending"
    put_holder(client, admin, account, other_customer, "view").ok()
    assert status(held) == "voided"
