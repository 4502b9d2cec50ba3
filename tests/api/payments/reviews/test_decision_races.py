"""Two decisions about one payment at once, and a decision whose response is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.payments import transactions
from tests.api.helpers.accounts import opened, read
from tests.api.helpers.accounts import transfer as pay
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.race import just_before
from tests.api.helpers.reviews import LARGE, current, decide


def meanwhile(monkeypatch: Any, happens: Callable[[], object]) -> None:
    """Something happens after the next decision has looked at the payment, and before it decides."""
    find = transactions.find

    def looked(transaction_id: str) -> Transaction:
        found = find(transaction_id)
        monkeypatch.setattr(transactions, "find", find)
        happens()
        return found

    monkeypatch.setattr(transactions, "find", looked)


@pytest.mark.parametrize("second", ["approve", "reject"])
@pytest.mark.parametrize(("first", "ends"), [("approve", "posted"), ("reject", "voided")])
def test_of_two_who_decide_at_once_one_has_decided(
    client: Api, manager: User, admin: User, held: Json, first: str, second: str, ends: str, monkeypatch: Any
) -> None:
    """Both have seen it waiting."""
    meanwhile(monkeypatch, lambda: decide(client, admin, held, first).ok())
    decide(client, manager, held, second).refused(409, "conflict")
    assert current(client, manager, held)["status"] == ends


def test_of_two_who_reject_at_once_without_a_key_one_has_decided(
    client: Api, manager: User, admin: User, held: Json, monkeypatch: Any
) -> None:
    meanwhile(monkeypatch, lambda: decide(client, admin, held, "reject").ok())
    path, body = f"/v1/transactions/{held['id']}/reject", {"reason": "r"}
    client.post(path, body, token=manager.token).refused(409, "conflict")


def test_a_rejection_without_a_key_is_answered_though_its_own_answer_was_lost(
    client: Api, manager: User, held: Json, monkeypatch: Any
) -> None:
    write, writes = transact.write, list[str]()

    def unheard(actions: list[Action]) -> None:
        write(actions)
        writes.append("landed")
        if len(writes) == 1:
            raise transact.Ambiguous("no answer")

    monkeypatch.setattr(transact, "write", unheard)
    body = {"reason": "r"}
    rejected = client.post(f"/v1/transactions/{held['id']}/reject", body, token=manager.token).ok()
    assert (rejected["status"], writes) == ("voided", ["landed"])


def test_a_key_that_serves_another_request_meanwhile_decides_nothing(
    client: Api, customer: User, manager: User, account: Json, payee: Json, held: Json, monkeypatch: Any
) -> None:
    other_account = opened(client, customer, "3000.00")
    other = pay(client, customer, other_account, payee, LARGE).ok(202)
    meanwhile(monkeypatch, lambda: decide(client, manager, other, "approve", key="k").ok())
    decide(client, manager, held, "approve", key="k").refused(409, "idempotency_key_reused")
    assert current(client, customer, held)["status"] == "pending"


@pytest.mark.parametrize(("how", "ends"), [("approve", "posted"), ("reject", "voided")])
def test_of_a_decision_and_a_cancellation_at_once_one_counts(
    client: Api, customer: User, manager: User, account: Json, held: Json, how: str, ends: str
) -> None:
    with just_before("TransactWriteItems", lambda: decide(client, manager, held, how).ok()):
        decide(client, customer, held, "cancel").refused(409, "conflict")
    assert current(client, manager, held)["status"] == ends
    assert read(client, customer, account)["held"] == "0.00"
