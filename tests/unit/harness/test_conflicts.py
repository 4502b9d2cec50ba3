"""Conflicts are injected as DynamoDB answers them: between transactions that overlap, and only then."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.session import get_session

from chalicelib.models import connection, transact
from tests.faults.conflicts import Conflicts, RawBody


class Database:
    """A client whose every call succeeds; a transaction that holds `held up` is, until it is let through."""

    def __init__(self) -> None:
        self.client: Any = get_session().create_client("dynamodb", endpoint_url="http://127.0.0.1:1")
        self.arrived, self.let_through = threading.Semaphore(0), threading.Event()

    def answer(self, event_name: str, request: Any, **_: Any) -> AWSResponse:
        if event_name.endswith("TransactWriteItems") and b"held up" in request.body:
            self.arrived.release()
            assert self.let_through.wait(60)
        headers: Any = {}
        return AWSResponse(request.url, 200, headers, RawBody(b"{}"))


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    with Conflicts(0).on(made.client):
        made.client.meta.events.register_last("before-send.dynamodb", made.answer)
        yield made


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "x"}}


def put(name: str) -> dict[str, Any]:
    return {"Put": {"TableName": "bank", "Item": key(name)}}


def check(name: str) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": "bank", "Key": key(name), "ConditionExpression": "attribute_exists(pk)"}}


def test_only_a_transaction_that_meets_items_in_flight_is_cancelled(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = database.client
    monkeypatch.setattr(connection, "client", lambda: client)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(client.transact_write_items, TransactItems=[put("held up"), put("taken"), check("shared")])
        database.arrived.acquire()
        with pytest.raises(transact.Cancelled) as refused:
            transact.write([put("free"), check("shared"), put("taken")])
        client.transact_write_items(TransactItems=[put("free"), put("other")])
        with pytest.raises(client.exceptions.TransactionConflictException):
            client.put_item(TableName="bank", Item=key("shared"))
        client.put_item(TableName="bank", Item=key("free"))
        client.get_item(TableName="bank", Key=key("shared"))
        client.batch_get_item(RequestItems={"bank": {"Keys": [key("shared")]}})
        database.let_through.set()
        slow.result()
    codes = [reason.code for reason in refused.value.reasons]
    assert codes == ["None", "TransactionConflict", "TransactionConflict"]
    assert not refused.value.was_resent
    client.transact_write_items(TransactItems=[put("shared"), put("taken")])


def test_items_are_free_again_when_no_answer_came(database: Database) -> None:
    def lost(**_: Any) -> None:
        raise ConnectionError

    database.client.meta.events.register_last("before-send.dynamodb", lost)
    with pytest.raises(ConnectionError):
        database.client.transact_write_items(TransactItems=[put("one")])
    database.client.meta.events.unregister("before-send.dynamodb", lost)
    database.client.transact_write_items(TransactItems=[put("one")])
