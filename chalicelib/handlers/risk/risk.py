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


@describe("List alerts of risk", query=AlertsQuery, answer=Listing[AlertView], problems=("invalid_cursor", "not_found"))
def list_alerts(request: Request[None, AlertsQuery]) -> Listing[AlertView]:
    """Newest first. With two filters a page may be short, even empty, while `has_more`."""
    query = request.query
    asked = alerts.AlertFilter(query.severity, query.status, query.account_id, query.customer_id)
    page = alerts.page(request.caller, asked, Paging(query.limit, query.cursor))
    return Listing[AlertView].page([AlertView.of(alert) for alert in page.items], page.next_cursor)


@describe("Get an alert", answer=AlertView, problems=("not_found",))
def get_alert(request: Request[None, None], alert_id: str) -> AlertView:
    """With its reasons, and the figures that made them."""
    return AlertView.of(alerts.get(alert_id))


@describe("Settle an alert", body=SettleAlert, answer=AlertView, problems=("not_found", "conflict", "contention"))
def settle_alert(request: Request[SettleAlert, None], alert_id: str) -> Answer:
    """Once: what was found out stays. It moves nothing by itself; freeze the account, or reverse, where that is due."""
    body = request.body
    alert, replayed = alerts.settle(request.caller, request.idempotency_key, alert_id, body.outcome, body.note)
    return Answer(AlertView.of(alert), replayed=replayed)


def _answer(in_force: InForce) -> Answer:
    return Answer(RiskThresholdsView.of(in_force), version=in_force.number)


@describe("Get the thresholds of risk", answer=RiskThresholdsView)
def get_thresholds(request: Request[None, None]) -> Answer:
    """Those that hold: the standard ones until somebody sets others."""
    return _answer(thresholds.latest())


@describe(
    "Set the thresholds of risk",
    body=PutRiskThresholds,
    answer=RiskThresholdsView,
    problems=("conflict", "contention"),
)
def put_thresholds(request: Request[PutRiskThresholds, None]) -> Answer:
    """All of them, at once; those before stay in the history. Honours If-Match with the ETag of those as read."""
    return _answer(thresholds.put(request.caller, request.body.thresholds(), request.if_match))


@describe(
    "History of the thresholds of risk",
    query=PageQuery,
    answer=Listing[RiskThresholdsView],
    problems=("invalid_cursor",),
)
def list_threshold_history(request: Request[None, PageQuery]) -> Listing[RiskThresholdsView]:
    """What was set, by whom and when, the latest first."""
    page = thresholds.history(Paging(request.query.limit, request.query.cursor))
    return Listing[RiskThresholdsView].page([RiskThresholdsView.of(one) for one in page.items], page.next_cursor)
