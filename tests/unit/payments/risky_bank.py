"""Rules that stop payments: thresholds of risk, and policies."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.permissions import system
from chalicelib.domain.risk.parameters import Code
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models import transact
from chalicelib.models.approvals.policy import replace_policy
from chalicelib.models.identity.user import User
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from tests.small_bank import NOON, NOON_TEXT, SmallBank, staff


def act_on_many_payments(bank: SmallBank, action: Any, count: int) -> None:
    """Have the payment of an account reviewed or declined that is the last one of so many within an hour."""
    parameters = {"in_hour_count": count, "in_day_count": 60, "usual_percent": 100}
    _set_rules(bank, {**STANDARD.rules, "velocity_count": Rule(action, 35, parameters)})


def turn_rules_off(bank: SmallBank) -> None:
    """Have no rule that stops or reports a payment."""
    _set_rules(bank, {code: replace(rule, action="off") for code, rule in STANDARD.rules.items()})


def _set_rules(bank: SmallBank, rules: dict[Code, Rule]) -> None:
    item = RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=replace(STANDARD, rules=rules).to_json())
    bank.put(item.stamp(staff(), NOON_TEXT))


def hold_above(
    bank: SmallBank,
    amount: int,
    action: ActionName = "transfer",
    *,
    currency: str = "USD",
    within_24h: bool = False,
) -> None:
    """Have transfers, or what else is named, above an amount wait for one of the bank's managers, who may decide."""
    bank.put(User.new("usr_decider", "hmac", "hash", "manager").stamp(staff(), NOON).listed())
    policy = Policy(action, "require", {currency: amount}, within_24h, 1, ("manager",), 24)
    transact.commit(replace_policy(None, action, policy.to_json(), system("req"), NOON_TEXT), "req")
