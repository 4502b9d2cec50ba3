"""How patient the shared client of DynamoDB is, and what it calls itself."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from pynamodb.connection import Connection

from chalicelib import aws
from chalicelib.models import connection
from chalicelib.models.ledger.hot_account import HotAccount
from tests.faults.conflicts import RawBody


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    connection.forget()
    yield
    connection.forget()


def patience() -> tuple[float, int]:
    config = connection.client().meta.config
    return config.read_timeout, config.retries["total_max_attempts"]


def test_a_request_asks_twice_and_waits_two_seconds_each_time() -> None:
    assert patience() == (2.0, 2)


def test_a_command_is_more_patient_until_the_connection_is_forgotten() -> None:
    connection.use_batch_timeouts()
    assert patience() == (30.0, 5)
    connection.forget()
    assert patience() == (2.0, 2)


def test_a_command_that_asks_again_for_patience_keeps_its_client() -> None:
    connection.use_batch_timeouts()
    client = connection.client()
    connection.use_batch_timeouts()
    assert connection.client() is client


def test_threads_that_use_a_table_at_once_add_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leader of a group reads and writes in several."""
    connection.client()
    add, together = Connection.add_meta_table, Barrier(4)

    def add_slowly(*arguments: Any) -> None:
        time.sleep(0.05)
        add(*arguments)

    def use(_: int) -> object:
        together.wait()
        return connection.table("florin-unit-reports", HotAccount).connection

    monkeypatch.setattr(Connection, "add_meta_table", add_slowly)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(use, range(4))) == {connection.connection()}


def test_every_client_sends_the_name_of_the_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    sent: list[str] = []

    def hear(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.headers["User-Agent"].decode())
        return AWSResponse(request.url, 200, HTTPHeaders(), RawBody(b"{}"))

    for client, call in ((connection.client(), "list_tables"), (aws.client.__wrapped__("ssm"), "describe_parameters")):
        client.meta.events.register("before-send", hear)
        getattr(client, call)()
    assert [one.startswith(aws.USER_AGENT) for one in sent] == [True, True]
