"""Risk: the alerts, settling them, and what the rules are set to."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.risk.risk_schemas import (
    AlertsQuery,
    AlertView,
    PutRiskThresholds,
    RiskThresholdsView,
    SettleAlert,
)
from chalicelib.models.paging import Paging
from chalicelib.services.risk import alerts, thresholds
from chalicelib.services.risk.thresholds import InForce


@describe("List risk alerts", query=AlertsQuery, answer=Listing[AlertView], problems=("invalid_cursor", "not_found"))
def list_alerts(request: Request[None, AlertsQuery]) -> Listing[AlertView]:
    """Lists alerts, newest first. With two filters, a page may be short or empty while `has_more` is true. Alerts about
    your own accounts, or about payments to or from them, are not shown to you.
    """
    query = request.query
    asked = alerts.AlertFilter(query.severity, query.status, query.account_id, query.customer_id)
    page = alerts.page(request.caller, asked, Paging(query.limit, query.cursor))
    return Listing[AlertView].page([AlertView.of(alert) for alert in page.items], page.next_cursor)


@describe("Get a risk alert", answer=AlertView, problems=("not_found",), versioned="the alert")
def get_alert(request: Request[None, None], alert_id: str) -> Answer:
    """Returns the alert with its reasons and the figures behind them."""
    alert = alerts.get(request.caller, alert_id)
    return Answer(AlertView.of(alert), version=alert.version)


@describe(
    "Settle a risk alert",
    body=SettleAlert,
    answer=AlertView,
    problems=("conflict_of_interest", "not_found", "conflict", "contention"),
    versioned="the alert",
)
def settle_alert(request: Request[SettleAlert, None], alert_id: str) -> Answer:
    """Records the finding, once. It moves no money: freeze the account or reverse the payment if that is needed."""
    body = request.body
    alert, replayed = alerts.settle(
        request.caller, request.idempotency_key, alert_id, body.outcome, body.note, request.if_match
    )
    return Answer(AlertView.of(alert), version=alert.version, replayed=replayed)


def _answer(in_force: InForce) -> Answer:
    return Answer(RiskThresholdsView.of(in_force), version=in_force.number)


@describe("Get the risk thresholds", answer=RiskThresholdsView, versioned="the thresholds")
def get_thresholds(request: Request[None, None]) -> Answer:
    """Returns the current thresholds, which are the defaults until others are set."""
    return _answer(thresholds.latest())


@describe(
    "Set the risk thresholds",
    body=PutRiskThresholds,
    answer=RiskThresholdsView,
    problems=("conflict", "mfa_step_up_required", "clock_skew", "contention"),
    action="risk_thresholds",
    versioned="the thresholds",
)
def put_thresholds(request: Request[PutRiskThresholds, None]) -> Answer:
    """Replaces all thresholds at once. The history keeps the earlier ones."""
    return _answer(thresholds.put(request.caller, request.body.thresholds(), request.if_match))


@describe(
    "List the history of risk thresholds",
    query=PageQuery,
    answer=Listing[RiskThresholdsView],
    problems=("invalid_cursor",),
)
def list_threshold_history(request: Request[None, PageQuery]) -> Listing[RiskThresholdsView]:
    """Lists every set of thresholds, who set it and when, latest first."""
    page = thresholds.history(Paging(request.query.limit, request.query.cursor))
    return Listing[RiskThresholdsView].page([RiskThresholdsView.of(one) for one in page.items], page.next_cursor)
