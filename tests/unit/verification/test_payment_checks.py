"""What may move the accounts of the clearing, and which account a return may credit."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.domain.clearing.identity import reference_of, uetr_of
from chalicelib.domain.clearing.states import STATES
from chalicelib.domain.ledger.recall_return import key_of_forward
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.payment_checks import (
    STATUSES,
    forwards,
    require_forwarded,
    require_incoming,
    require_of_clearing,
    require_payment,
    require_return,
)

CLEARING = "gl.clearing.instant.EUR"
IMAGE: dict[str, Any] = {
    "id": "txn_1",
    "account_id": "acc_1",
    "customer_id": "cus_1",
    "amount": 100,
    "currency": "EUR",
    "uetr": uetr_of("txn_1"),
    "end_to_end_id": reference_of("txn_1"),
    "rail": "instant",
    "status": "settled",
}
GUARD = {"owner_id": "txn_1"}
LEGS = [("acc_1", -100), (CLEARING, 100)]


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


def sent(**values: Any) -> Movement:
    return Movement(**{"legs": LEGS} | values)


def test_payment_as_the_ledger_has_it_is_right() -> None:
    require_payment(sent(), IMAGE, GUARD)


@pytest.mark.parametrize("name", ["id", "account_id", "customer_id", "amount", "currency", "uetr", "end_to_end_id"])
def test_payment_that_says_otherwise_than_the_ledger_is_named(name: str) -> None:
    for altered in (IMAGE | {name: "other"}, {key: value for key, value in IMAGE.items() if key != name}):
        with pytest.raises(Broken) as broken:
            require_payment(sent(), altered, GUARD)
        assert broken.value.where == f"payment of txn_1: {name}"
        assert broken.value.expected == IMAGE[name]


@pytest.mark.parametrize(
    "legs",
    [
        [("acc_1", -100), ("gl.clearing.standard.EUR", 100)],
        [("acc_1", -100), ("acc_2", 100)],
        [("acc_1", -100), (CLEARING, 60), ("acc_2", 40)],
        None,
    ],
)
def test_payment_that_credits_anything_but_its_rail_is_named(legs: list[tuple[str, int]] | None) -> None:
    with pytest.raises(Broken, match=r"payment of txn_1: rail"):
        require_payment(sent(legs=legs), IMAGE, GUARD)


def test_payment_whose_transaction_is_in_another_status_is_named() -> None:
    for state, allowed in STATUSES.items():
        for status in ("pending", "posted", "voided", "expired", "failed"):
            if status in allowed:
                require_payment(sent(status=status), IMAGE | {"status": state}, GUARD)
            else:
                with pytest.raises(Broken, match=f"a state of what is {status}"):
                    require_payment(sent(status=status), IMAGE | {"status": state}, GUARD)


@pytest.mark.parametrize(
    ("state", "statuses"),
    [
        ("waiting", {"pending", "voided", "expired"}),
        ("queued", {"pending"}),
        ("submitted", {"pending"}),
        ("settled", {"posted"}),
        ("recall_requested", {"posted"}),
        ("returned", {"posted"}),
        ("rejected", {"voided", "expired"}),
    ],
)
def test_money_has_left_in_the_states_in_which_the_clearing_has_settled(state: str, statuses: set[str]) -> None:
    assert STATUSES[state] == statuses


def test_payment_in_an_unknown_state_is_named() -> None:
    for state in ("lost", None):
        with pytest.raises(Broken, match=r"payment of txn_1: status"):
            require_payment(sent(), IMAGE | {"status": state}, GUARD)


@pytest.mark.parametrize("guard", [None, {}, {"owner_id": "txn_2"}])
def test_payment_whose_reference_is_guarded_for_no_or_another_one_is_named(guard: dict[str, Any] | None) -> None:
    with pytest.raises(Broken) as broken:
        require_payment(sent(), IMAGE, guard)
    assert broken.value.where == "UETR of payment of txn_1: owner_id"
    with pytest.raises(Broken) as broken:
        require_incoming(INCOMING, CAME_IN, guard)
    assert broken.value.where == "UETR of payment that came in as txn_1: owner_id"


def test_transaction_without_its_payment_is_named() -> None:
    with pytest.raises(Broken, match="the payment of what is posted, found nothing"):
        require_payment(sent(), None, GUARD)
    with pytest.raises(Broken, match="who has paid it, found nothing"):
        require_incoming(INCOMING, None, GUARD)


UETR = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"
INCOMING = Movement(to_account_id="acc_5", to_customer_id="cus_5", uetr=UETR, transaction_type="incoming_payment")
CAME_IN = {"id": "txn_1", "account_id": "acc_5", "customer_id": "cus_5", "uetr": UETR}


def test_payment_that_came_in_as_the_ledger_has_it_is_right() -> None:
    require_incoming(INCOMING, CAME_IN, GUARD)


@pytest.mark.parametrize("name", CAME_IN)
def test_payment_that_came_in_for_somebody_else_is_named(name: str) -> None:
    for altered in (CAME_IN | {name: "other"}, {key: value for key, value in CAME_IN.items() if key != name}):
        with pytest.raises(Broken) as broken:
            require_incoming(INCOMING, altered, GUARD)
        assert broken.value.where == f"payment that came in as txn_1: {name}"
        assert broken.value.expected == CAME_IN[name]


def test_whole_amount_may_come_back_and_no_more() -> None:
    back = moving(f"{CLEARING}.000", "acc_1", id="txn_2", transaction_type="payment_return", amount=100)
    require_return(Movement(), {"rail": "instant"}, back)
    back.uetr = UETR
    require_return(Movement(), {"rail": "instant", "uetr": UETR}, back)
    with pytest.raises(Broken) as broken:
        require_return(Movement(), {"rail": "instant", "return_id": "txn_9"}, None)
    assert (broken.value.where, broken.value.found) == ("return of txn_1", "txn_9, which does not exist")


@pytest.mark.parametrize("kind", ["transfer", "reversal", "deposit", "vault_movement"])
def test_other_movement_of_the_clearings_account_is_named(kind: str) -> None:
    require_of_clearing(moving("acc_1", "acc_2", transaction_type=kind))
    with pytest.raises(Broken, match=kind):
        require_of_clearing(moving("acc_1", f"{CLEARING}.003", transaction_type=kind))


@pytest.mark.parametrize("kind", ["payment", "payment_return", "incoming_payment", "clearing_settlement"])
def test_payments_between_banks_move_the_clearings_account(kind: str) -> None:
    require_of_clearing(moving("acc_1", f"{CLEARING}.003", transaction_type=kind))


def test_fee_of_the_clearing_is_an_expense_and_nobody_elses_money() -> None:
    require_of_clearing(moving("gl.clearing_fees.EUR.001", f"{CLEARING}.003", transaction_type="clearing_fee"))
    with pytest.raises(Broken, match="acc_1"):
        require_of_clearing(moving("acc_1", f"{CLEARING}.003", transaction_type="clearing_fee"))


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


def test_money_of_an_erased_customer_went_to_the_account_that_its_payment_names() -> None:
    payment = {"id": "txn_1", "customer_id": "cus_1", "forwarded_to": "acc_3"}
    require_forwarded(forwarding(to_customer_id="cus_2", to_account_id="acc_3"), payment, CAME_BACK)
    with pytest.raises(Broken, match="account_id"):
        require_forwarded(forwarding(to_customer_id="cus_2", to_account_id="acc_4"), payment, CAME_BACK)


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
