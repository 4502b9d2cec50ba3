"""What may move the accounts of the clearing, and which account a return may credit."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.domain.clearing.states import STATES
from chalicelib.domain.ledger.recall_return import key_of_forward
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.payment_checks import (
    STATUSES,
    forwards,
    require_forwarded,
    require_of_clearing,
    require_return,
)

CLEARING = "gl.clearing.instant.EUR"


@dataclass
class Movement:
    id: str = "txn_1"
    transaction_type: str = "payment"
    status: str = "posted"
    amount: int = 100
    currency: str = "EUR"
    legs: list[tuple[str, int]] | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)
    from_account_id: str = "acc_1"
    from_customer_id: str = "cus_1"
    to_account_id: str | None = None
    to_customer_id: str | None = None
    uetr: str | None = None


def moving(*accounts: str, **values: Any) -> Movement:
    return Movement(entries=[{"account_id": one} for one in accounts], **values)


def test_every_state_has_its_statuses() -> None:
    assert STATUSES.keys() == set(STATES)


@pytest.mark.parametrize("kind", ["transfer", "reversal", "deposit", "vault_movement"])
def test_other_movement_of_the_clearings_account_is_named(kind: str) -> None:
    require_of_clearing(moving("acc_1", "acc_2", transaction_type=kind))
    with pytest.raises(Broken, match=kind):
        require_of_clearing(moving("acc_1", f"{CLEARING}.003", transaction_type=kind))


@pytest.mark.parametrize("kind", ["payment", "payment_return", "incoming_payment", "clearing_settlement"])
def test_payments_between_banks_move_the_clearings_account(kind: str) -> None:
    require_of_clearing(moving("acc_1", f"{CLEARING}.003", transaction_type=kind))


@pytest.mark.parametrize("credited", ["acc_1", "gl.returns.EUR.001"])
def test_return_credits_the_payer_or_waits_for_people(credited: str) -> None:
    back = moving(f"{CLEARING}.000", credited, id="txn_2", transaction_type="payment_return", amount=40)
    require_return(Movement(), {"rail": "instant"}, back)


@pytest.mark.parametrize(
    ("accounts", "values", "where"),
    [
        ((f"{CLEARING}.000", "acc_2"), {}, "account_id"),
        (("gl.clearing.standard.EUR.000", "acc_1"), {}, "account_id"),
        ((f"{CLEARING}.000", "acc_1"), {"amount": 101}, "amount"),
        ((f"{CLEARING}.000", "acc_1"), {"currency": "USD"}, "currency"),
        ((f"{CLEARING}.000", "acc_1"), {"status": "failed"}, "status"),
        ((f"{CLEARING}.000", "acc_1"), {"uetr": "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"}, "uetr"),
        ((f"{CLEARING}.000", "acc_1"), {"transaction_type": "transfer"}, "type"),
    ],
)
def test_other_return_is_named(accounts: tuple[str, ...], values: dict[str, Any], where: str) -> None:
    back = moving(*accounts, **{"id": "txn_2", "transaction_type": "payment_return", "amount": 40} | values)
    with pytest.raises(Broken) as broken:
        require_return(Movement(), {"rail": "instant"}, back)
    assert broken.value.where == f"return of txn_1: {where}"


FORWARD = key_of_forward("txn_1", 40).transaction_id
CAME_BACK = Movement(id="txn_2", transaction_type="payment_return", amount=40)


def forwarding(paying: str = "gl.returns.EUR.001", **values: Any) -> Movement:
    entries = [{"account_id": paying, "amount": -40}, {"account_id": "acc_3", "amount": 40}]
    fields: dict[str, Any] = {"id": FORWARD, "amount": 40, "to_customer_id": "cus_1"} | values
    return Movement(transaction_type="payment_return", entries=entries, **fields)


def test_return_that_is_forwarded_is_told_apart_from_any_other() -> None:
    assert forwards(forwarding())
    assert not forwards(forwarding(f"{CLEARING}.000"))
    assert not forwards(Movement(transaction_type="payment_return"))


def test_money_that_is_forwarded_to_its_owner_is_right() -> None:
    require_forwarded(forwarding(), {"id": "txn_1", "customer_id": "cus_1"}, CAME_BACK)


@pytest.mark.parametrize(
    ("values", "returned", "where"),
    [
        ({"to_customer_id": "cus_2"}, CAME_BACK, ": customer_id"),
        ({"amount": 41}, CAME_BACK, ": amount"),
        ({"id": "txn_9"}, CAME_BACK, ": id"),
        ({}, None, ""),
    ],
)
def test_money_that_is_forwarded_otherwise_is_named(
    values: dict[str, Any], returned: Movement | None, where: str
) -> None:
    made = forwarding(**values)
    with pytest.raises(Broken) as broken:
        require_forwarded(made, {"id": "txn_1", "customer_id": "cus_1"}, returned)
    assert broken.value.where == f"returned money forwarded by {made.id}{where}"
