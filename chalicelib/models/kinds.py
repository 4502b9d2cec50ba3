"""Items of every kind of the table `bank`, for whoever reads a partition whole.

A view loads what it needs, and PynamoDB refuses an item whose kind is not loaded: this loads them all.
"""

from chalicelib.models import (  # noqa: F401
    account,
    announcement,
    branch,
    branch_accounts,
    category_rules,
    closure,
    customer,
    customer_accounts,
    export,
    guard,
    hold,
    holder,
    interest_rate,
    interest_run,
    label,
    login,
    lookup,
    password_reset,
    pin,
    risk_alert,
    risk_thresholds,
    session,
    statement_run,
    ticket,
    transaction,
    user,
)
from chalicelib.models.item import BankItem

AnyItem = BankItem
"""An item of whatever kind it is."""
