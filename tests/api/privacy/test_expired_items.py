"""DynamoDB may take days to clear what has expired: until then readers do not see it."""

import boto3
import pytest

from chalicelib import clock
from chalicelib.domain.permissions import Caller
from chalicelib.services.reports import report_exports
from chalicelib.services.reports.transaction_report import ReportQuery
from tests.api.helpers import persons
from tests.api.helpers.bank import STAGE, Api, User, items
from tests.api.helpers.export_machine import ExportMachine, new_bucket
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream


def expire(kind: str, spared: str | None = None) -> None:
    """Let all items of a kind have ended a moment ago, but for one that may be spared."""
    table = boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank")
    found = [item for item in items(type=kind) if item["id"] != spared]
    assert found
    for item in found:
        table.put_item(Item=item | {"expires_at": int(clock.now().timestamp())})


def test_expired_export_is_unknown_and_is_not_written(client: Api, customer: User) -> None:
    caller = Caller(customer.user_id, "customer", "request", customer_id=customer.customer_id)
    export, bucket = report_exports.ask(caller, ReportQuery()), new_bucket()
    path = f"/v1/reports/exports/{export.id}"
    client.get(path, token=customer.token).ok()
    expire("export")
    client.get(path, token=customer.token).refused(404, "not_found")
    ExportMachine().run(customer.user_id, export.id)
    assert list(bucket.objects.all()) == []


def test_expired_log_ins_are_not_in_the_log_of_their_user(client: Api, customer: User) -> None:
    assert client.get("/v1/user/logins", token=customer.token).ok()["data"]
    expire("login")
    page = client.get("/v1/user/logins", token=customer.token).ok()
    assert (page["data"], page["has_more"]) == ([], False)


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


def test_origin_of_an_expired_log_in_is_not_in_the_audit_s_log(
    stream: Stream, client: Api, customer: User, auditor: User
) -> None:
    stream.deliver()
    path = f"/v1/audit/logins?user_id={customer.user_id}"
    [before] = client.get(path, token=auditor.token).ok()["data"]
    assert before["source_ip"]
    expire("login")
    [after] = client.get(path, token=auditor.token).ok()["data"]
    assert after == before | {"source_ip": None, "user_agent": None}


def test_expired_session_cannot_be_ended(client: Api, customer: User) -> None:
    [current] = client.get("/v1/user/sessions", token=customer.token).ok()["data"]
    other = client.post("/v1/auth/login", {"email": customer.email, "password": customer.password}).ok()
    [gone] = [
        item["id"] for item in items(type="session", user_id=customer.user_id) if item["id"] != current["session_id"]
    ]
    expire("session", spared=current["session_id"])
    assert client.get("/v1/user/sessions", token=customer.token).ok()["data"] == [current]
    client.delete(f"/v1/user/sessions/{gone}", token=customer.token).refused(404, "not_found")
    client.get("/v1/user/profile", token=other["access_token"]).refused(401, "unauthorized")


@pytest.mark.parametrize("kind", ["login", "export"])
def test_expired_items_are_not_in_the_export_of_a_customer(client: Api, customer: User, kind: str) -> None:
    caller = Caller(customer.user_id, "customer", "request", customer_id=customer.customer_id)
    report_exports.ask(caller, ReportQuery())

    def kinds() -> set[str]:
        return {name for name, _ in persons.exported(client, customer, customer.customer_id)}

    assert kind in kinds()
    expire(kind)
    assert kind not in kinds()
