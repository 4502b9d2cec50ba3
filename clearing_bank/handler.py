"""The function of the simulated clearing bank: messages of the queue, verifications, commands, and its schedule."""

import os
import time
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import cache
from typing import Any

import boto3

from clearing_bank import commands, verification
from clearing_bank.clearing import Clearing, clock_at
from clearing_bank.receiving import receive
from clearing_bank.store import Answer, Store


class Queue:
    """The member's queue."""

    def __init__(self, client: Any, url: str):
        self._client, self._url = client, url

    def send(self, answer: Answer) -> None:
        self._client.send_message(QueueUrl=self._url, MessageBody=answer.document, DelaySeconds=answer.delay_seconds)


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle an event of Lambda: `Records` of the queue, a `document` to verify, a `command`, or the schedule's."""
    if "document" in event:
        return {"document": verification.answer(str(event["document"]), now(), time.sleep)}
    clearing = _clearing()
    if "command" in event:
        return commands.execute(clearing, event)
    for record in event.get("Records", ()):
        receive(clearing, record["body"])
    if "Records" in event:
        return {}
    return commands.execute(clearing, {"command": "due"}) | commands.execute(clearing, {"command": "daily"})


def now() -> datetime:
    return datetime.now(UTC)


def _clearing() -> Clearing:
    store = Store(client("dynamodb"), os.environ["CLEARING_TABLE_NAME"])
    queue = Queue(client("sqs"), os.environ["CLEARING_INBOX_URL"])
    cut_off = time_of_day.fromisoformat(os.environ.get("CLEARING_CUT_OFF", "18:00"))
    return Clearing(store, queue, clock_at(store, now()), cut_off)


@cache
def client(service: str) -> Any:
    session: Any = boto3
    return session.client(service)
