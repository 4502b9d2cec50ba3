"""Alerts, put as the stream's consumer puts them."""

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.domain.risk import Assessment
from chalicelib.domain.risk_parameters import Severity
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.risk_alert import RiskAlert, alert_id
from tests.api.bank import Json, User


def raised(customer: User, account: Json, severity: Severity, number: int = 1) -> str:
    """The id of an alert about a transaction of that number."""
    at = timestamp(clock.now())
    sides = (f"txn_{number}", account["id"], str(customer.customer_id))
    made = alert_id(*sides[:2], at)
    alert = RiskAlert.of(made, sides, Assessment((), 20, None), severity, is_declined=False)
    transact.commit(alert.raised(system("r"), at), "r")
    return made
