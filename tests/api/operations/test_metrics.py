"""Metrics and readiness: who may read them, what they say of the bank, and that they name no person."""

import json
import re
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from botocore.exceptions import EndpointConnectionError
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.handlers.operations.metric_families import METRICS
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services import reference_cache
from chalicelib.services.audit import audit_consumer
from chalicelib.services.events import event_consumer
from chalicelib.services.identity import tokens
from chalicelib.services.operations import gauges
from infra.maintenance import metrics_token
from infra.maintenance.reporting import UNDONE
from infra.settings import ROOT
from tests.api.helpers.accounts import deposit, opened, transfer, withdraw
from tests.api.helpers.archive import Archive
from tests.api.helpers.bank import Api, User, counted_calls
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.risk import held_by_hand
from tests.api.helpers.stream import Stream

PATH = "/v1/metrics"


@pytest.fixture
def token(client: Api) -> str:
    return tokens.issue_for_metrics(clock.now())


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    return Stream()


def parsed(text: str) -> list[Any]:
    return list(parse_text(text))


def deliver(stream: Stream) -> None:
    """Let both consumers handle what has changed."""
    records = stream.read()
    audit_consumer.consume(records)
    event_consumer.consume(records)


@pytest.fixture
def figures(client: Api, token: str) -> Any:
    """Takes the gauges, and returns the values of a metric by the values of its labels."""

    def read(name: str) -> dict[tuple[str, ...], float]:
        gauges.take()
        reference_cache.forget()
        reply = client.get(PATH, token=token)
        assert reply.status == 200, reply
        [family] = [one for one in parsed(reply.text) if one.name == name]
        [labels] = [metric.labels for metric in METRICS if metric.name == name]
        return {tuple(sample.labels[label] for label in labels): sample.value for sample in family.samples}

    return read


def test_prometheus_own_parsers_read_both_formats(client: Api, token: str, customer: User) -> None:
    deposit(client, customer, opened(client, customer), "10.00").ok(201)
    gauges.take()
    text = client.get(PATH, token=token)
    assert text.headers["Content-Type"].startswith("text/plain")
    openmetrics = client.get(PATH, token=token, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert openmetrics.headers["Content-Type"].startswith("application/openmetrics-text")
    for found in (parsed(text.text), list(parse_openmetrics(openmetrics.text))):  # type: ignore[no-untyped-call]
        assert {family.name for family in found} == {metric.name for metric in METRICS}
        assert all(family.type == "gauge" and family.documentation for family in found)


def test_every_metric_is_described() -> None:
    rows = re.findall(r"^\| `(florin_\w+)` \|([^|]*)\|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    described = {name: tuple(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert described == {metric.name: metric.labels for metric in METRICS}


@pytest.mark.parametrize("path", [PATH, "/v1/health/ready"])
def test_only_the_role_auditors_and_admins_read_them(
    client: Api, path: str, token: str, customer: User, teller: User, manager: User, auditor: User, admin: User
) -> None:
    client.get(path).refused(401, "unauthorized")
    for user in (customer, teller, manager):
        client.get(path, token=user.token).refused(403, "forbidden")
    for good in (token, auditor.token, admin.token):
        assert client.get(path, token=good).status == 200


def test_token_of_metrics_reads_nothing_else_and_changes_nothing(client: Api, token: str, customer: User) -> None:
    account = opened(client, customer)
    for path in (
        "/v1/accounts",
        f"/v1/accounts/{account['id']}",
        "/v1/customers",
        "/v1/audit?actor=system",
        "/v1/users",
    ):
        client.get(path, token=token).refused(403, "forbidden")
    body = {"account_id": account["id"], "amount": "1.00"}
    client.post("/v1/transactions/deposit", body, token=token, key="k").refused(403, "forbidden")
    client.post("/v1/auth/password", {"current_password": "x", "new_password": "y" * 12}, token=token).refused(
        403, "forbidden"
    )


def test_next_number_ends_the_tokens_before_it(client: Api, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_TOKEN_NUMBER", "2")
    client.get(PATH, token=token).refused(401, "unauthorized")
    assert client.get(PATH, token=tokens.issue_for_metrics(clock.now())).status == 200


def test_token_ends_after_a_year(client: Api) -> None:
    old = tokens.issue_for_metrics(clock.now() - timedelta(days=367))
    client.get(PATH, token=old).refused(401, "unauthorized")


def test_user_cannot_be_given_the_role(client: Api, admin: User) -> None:
    person = {"email": "m@florin.example", "password": "long enough to do", "first_name": "M", "last_name": "M"}
    client.post("/v1/users", person | {"role": "metrics"}, token=admin.token).refused(422, "validation_failed")


def test_answer_takes_one_batch_and_three_queries_and_is_kept(
    client: Api, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # it is kept until a window ends, which may be in between
    reference_cache.forget()
    with counted_calls() as calls:
        client.get(PATH, token=token)
    assert calls == {"BatchGetItem": 1, "Query": 3}
    begun = time.process_time()
    with counted_calls() as calls:
        client.get(PATH, token=token)
    assert not calls
    assert time.process_time() - begun < 0.5


def test_totals_of_today_are_by_type_status_and_currency(
    client: Api, stream: Stream, customer: User, figures: Any
) -> None:
    account = opened(client, customer)
    before = figures("florin_transactions").get(("deposit", "posted", "USD"), 0)
    amount = figures("florin_transaction_amount").get(("deposit", "posted", "USD"), 0)
    deposit(client, customer, account, "10.50").ok(201)
    deposit(client, customer, account, "2.00").ok(201)
    deliver(stream)
    assert figures("florin_transactions")["deposit", "posted", "USD"] == before + 2
    assert figures("florin_transaction_amount")["deposit", "posted", "USD"] == amount + 12.5


def test_transactions_that_fail_are_counted_once_however_often_they_are_told(
    client: Api, stream: Stream, customer: User, figures: Any
) -> None:
    account = opened(client, customer)
    deliver(stream)
    withdraw(client, customer, account, "5.00").refused(422, "insufficient_funds")
    records = stream.read()
    for _ in range(2):
        event_consumer.consume(records)
    withdraw(client, customer, account, "6.00").refused(422, "insufficient_funds")
    event_consumer.consume(stream.read())
    found = figures("florin_transactions")
    assert found["withdrawal", "failed", "USD"] == 2
    assert ("withdrawal", "posted", "USD") not in found


def test_transaction_that_expires_is_counted_by_its_end(
    client: Api, stream: Stream, customer: User, other_customer: User, figures: Any
) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    held = held_by_hand(customer, payer, payee)
    deliver(stream)
    ledger.expire(held, system("end"))
    deliver(stream)
    ended = Transaction.by_id(held)
    assert ended is not None
    for handler in event_consumer.HANDLERS:
        handler(event_consumer.batch_of(ended))
    found = figures("florin_transactions")
    assert (found["transfer", "expired", "USD"], ("transfer", "pending", "USD") in found) == (1, False)


def test_lag_of_a_consumer_that_is_stuck_is_seen(
    client: Api, stream: Stream, customer: User, admin: User, figures: Any
) -> None:
    account = opened(client, customer)
    deliver(stream)
    deposit(client, customer, account, "10.00").ok(201)
    real = clock.now()
    clock.set_clock(lambda: real + timedelta(seconds=1000))
    try:
        lags = figures("florin_consumer_lag_seconds")
        assert lags["audit_trail",] >= 990
        assert lags["events",] >= 990
        checks = client.get("/v1/health/ready", token=tokens.issue_for_metrics(clock.now())).ok()
        assert checks["status"] == "degraded"
        assert {"audit_trail.lag", "events.lag"} <= {one["name"] for one in checks["checks"] if not one["ok"]}
        deliver(stream)
        assert set(figures("florin_consumer_lag_seconds").values()) == {0}
    finally:
        clock.set_clock(None)


def test_bank_whose_gauges_are_old_or_missing_is_not_ready(client: Api, token: str) -> None:
    reference_cache.forget()
    [check] = client.get("/v1/health/ready", token=token).ok()["checks"]
    assert (check["name"], check["ok"]) == ("gauges", False)
    gauges.take()
    reference_cache.forget()
    found = client.get("/v1/health/ready", token=token).ok()
    assert found["status"] == "ok", found
    real = clock.now()
    clock.set_clock(lambda: real + timedelta(minutes=16))
    try:
        reference_cache.forget()
        assert client.get("/v1/health/ready", token=token).ok()["status"] == "degraded"
    finally:
        clock.set_clock(None)


def test_transaction_that_no_digest_has_sealed_for_hours_is_not_ready(
    client: Api, archive: Archive, customer: User, token: str
) -> None:
    deposit(client, customer, opened(client, customer), "10.00").ok(201)
    real = clock.now()
    clock.set_clock(lambda: real + timedelta(hours=3))
    try:
        gauges.take()
        reference_cache.forget()
        found = client.get("/v1/health/ready", token=tokens.issue_for_metrics(clock.now())).ok()
        [digests] = [one for one in found["checks"] if one["name"] == "digests"]
        assert not digests["ok"] or real.date() != (real + timedelta(hours=3)).date()
    finally:
        clock.set_clock(None)


def test_nothing_in_the_metrics_names_a_person_or_an_account(
    client: Api, stream: Stream, customer: User, other_customer: User, token: str
) -> None:
    mine, yours = opened(client, customer), opened(client, other_customer)
    deposit(client, customer, mine, "77.00", memo="for Ada").ok(201)
    transfer(client, customer, mine, yours, "5.00", memo="for Ada").ok(201)
    deliver(stream)
    gauges.take()
    reference_cache.forget()
    text = client.get(PATH, token=token).text
    for secret in (customer.email, customer.user_id, customer.customer_id, mine["id"], mine["account_number"], "Ada"):
        assert str(secret) not in text
    assert not re.search(r"(usr|cus|acc|txn|evt|dlv)_", text)


def test_dashboard_shows_every_metric_and_no_other() -> None:
    dashboard = json.loads((ROOT / "infra/grafana/florin.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    shown = set(re.findall(r"florin_\w+", " ".join(expressions)))
    assert shown == {metric.name for metric in METRICS}
    labels = {label for metric in METRICS for label in metric.labels}
    used = {label for text in re.findall(r"by \(([^)]*)\)", " ".join(expressions)) for label in text.split(", ")}
    assert used <= labels


def test_command_prints_a_token_that_reads_the_metrics(client: Api, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert metrics_token.main() == 0
    assert client.get(PATH, token=capsys.readouterr().out.strip()).status == 200


def test_audit_names_who_made_a_token_and_not_the_token(
    bank: People, streamed_bank: None, client: Api, auditor: User, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = Stream()
    capsys.readouterr()
    assert metrics_token.main() == 0
    token = capsys.readouterr().out.strip()
    stream.deliver()
    page = client.get("/v1/audit?entity=metrics-token", token=auditor.token).ok()
    [made] = page["data"]
    assert (made["event"], made["actor"]) == ("metrics_token.created", "system")
    assert made["after"]["issued_by"].startswith("arn:aws:")
    assert made["after"]["kid"] == jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (made["after"]["number"], made["after"]["expires_at"]) == (1, claims["exp"])
    assert token.split(".")[2] not in str(page)


def test_token_that_cannot_be_recorded_is_not_made(
    client: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    capsys.readouterr()
    monkeypatch.setattr("chalicelib.models.transact.commit", fail)
    assert metrics_token.main() == UNDONE
    assert capsys.readouterr() == (
        "",
        'AWS or the emulator returned an error: Could not connect to the endpoint URL: "https://dynamodb"\n',
    )
