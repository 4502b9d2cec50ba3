"""Rules that stop payments: thresholds of risk, and policies."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.permissions import system
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models import transact
from chalicelib.models.approvals.policy import replace_policy
from chalicelib.models.identity.user import User
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from tests.small_bank import NOON, NOON_TEXT, SmallBank, staff


def act_on_many_payments(bank: SmallBank, action: Any, count: int) -> None:
    """Have the payment of an account reviewed or declined that is the last one of so many within an hour."""
    parameters = {"in_hour_count": count, "in_day_count": 60, "usual_percent": 100}
    rules = {**STANDARD.rules, "velocity_count": Rule(action, 35, parameters)}
    item = RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=replace(STANDARD, rules=rules).to_json())
    bank.put(item.stamp(staff(), NOON_TEXT))


def hold_above(bank: SmallBank, amount: int, *, within_24h: bool = False) -> None:
    """Have transfers above an amount wait for one of the bank's managers, who may decide."""
    bank.put(User.new("usr_decider", "hmac", "hash", "manager").stamp(staff(), NOON).listed())
    policy = Policy("transfer", "require", {"USD": amount}, within_24h, 1, ("manager",), 24)
    transact.commit(replace_policy(None, "transfer", policy.to_json(), system("req"), NOON_TEXT), "req")
