"""The payments that the terms of an order allow."""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.audit.record import Record
from chalicelib.domain.orders import execution
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.order_payments import (
    AT_ANOTHER_BANK,
    OrderPayment,
    payment_in,
    payments_of,
    require_slot,
)

ORDER = {"from_account_id": "acc_1", "to_account_id": "acc_2", "currency": "EUR", "amount": 100}
PAID: dict[str, Any] = {**ORDER, "order_id": "sto_1", "transaction_type": "transfer", "occurrence": "2026-12-01"}


def record(pk: str) -> Record:
    return Record(pk, "SK#1", 1, "order.created", "usr_1", "", "r", {}, {}, [], None, "")


def test_order_allows_a_payment_of_each_of_its_amounts() -> None:
    due = payments_of(record("ORDER#sto_1"), ORDER | {"first_amount": 50, "final_amount": 70})
    assert list(due) == [OrderPayment("sto_1", "acc_1", "acc_2", "EUR", amount) for amount in (100, 50, 70)]


def test_payment_is_compared_by_order_payer_payee_currency_and_amount() -> None:
    assert payment_in(PAID) == OrderPayment("sto_1", "acc_1", "acc_2", "EUR", 100)
    assert payment_in(PAID) in payments_of(record("ORDER#sto_1"), ORDER)


def test_payee_at_another_bank_is_the_same_for_the_order_and_its_payment() -> None:
    abroad = {key: value for key, value in ORDER.items() if key != "to_account_id"}
    [due] = payments_of(record("ORDER#sto_1"), abroad)
    assert due.payee_id == AT_ANOTHER_BANK
    assert payment_in(PAID | {"transaction_type": "payment", "to_account_id": "gl.clearing.instant.EUR"}) == due


def test_payment_of_an_occurrence_has_the_only_id_that_it_can_have() -> None:
    only = execution.transaction_id("sto_1", date(2026, 12, 1))
    require_slot("here", record(f"TXN#{only}"), PAID)
    with pytest.raises(Broken) as broken:
        require_slot("here", record(f"TXN#{only}"), PAID | {"occurrence": "2026-12-02"})
    assert broken.value.where == "here: order_id"
