"""Requests to transfer between accounts of a bank in memory, and thresholds that stop them."""

import json
from dataclasses import replace
from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from chalicelib.models.transact import Extra
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import Ordered, TransferRequest
from tests.small_bank import NOON_TEXT, A, B, SmallBank, customer, staff


def transfer(bank: SmallBank, caller: Caller | None = None, **fields: Any) -> TransferRequest:
    caller = caller or customer()
    given: dict[str, Any] = {"from_account_id": A, "to_account_id": B, "amount": "12.50", "currency": None}
    given |= {"annotations": Annotations(), "caller": caller, "idempotency_key": bank.key(caller)}
    return TransferRequest(**given | fields)


def stop_new_counterparties(bank: SmallBank, action: Any) -> None:
    """Have every payment to a new counterparty reviewed or declined."""
    rule = STANDARD.rules["new_counterparty"]
    strict = Rule(action, rule.points, {"at_least_units": 1, "largest_percent": 0})
    thresholds = replace(STANDARD, rules={**STANDARD.rules, "new_counterparty": strict})
    item = RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=thresholds.to_json())
    bank.put(item.stamp(staff(), NOON_TEXT))


def through_json(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as the next state gets it."""
    passed: dict[str, Any] = json.loads(json.dumps(result))
    return passed


def occurrence(*guards: Extra, is_approved: bool = False, tried_again: str = "") -> Ordered:
    return Ordered("ord_1", "2026-12-01", is_approved, frozenset({tried_again}), guards)
