"""The function that makes statements inside this process, with a bucket of its own."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
from chalice.test import Client as ChaliceClient

from app import app
from chalicelib import aws
from infra.settings import ROOT
from tests.api.helpers.bank import STAGE, Json

NAME = f"florin-{STAGE}-statement-task"
BUCKET = f"florin-{STAGE}-statements"


class StatementFunction:
    """Answers what handlers ask of Lambda. `silent`: it does not answer; `broken`: it raises."""

    def __init__(self) -> None:
        self.silent = self.broken = False
        self.asked: list[Json] = []
        self._functions = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT)).lambda_

    def invoke(self, event: Json) -> Any:
        return self._functions.invoke("statement_task", event).payload

    def answer(self, params: Json, **_: object) -> tuple[Any, Json]:
        """Answer Invoke as AWS does."""
        assert f"/functions/{NAME}/" in params["url_path"]
        event = json.loads(params["body"])
        self.asked.append(event)
        if self.silent:
            return SimpleNamespace(status_code=503, headers={}), {"Error": {"Code": "ServiceException"}}
        if self.broken:
            return SimpleNamespace(status_code=200), {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        return SimpleNamespace(status_code=200), {"Payload": io.BytesIO(json.dumps(self.invoke(event)).encode())}


@contextmanager
def running_function() -> Iterator[StatementFunction]:
    """Answer Invoke while the block runs."""
    function = StatementFunction()
    events = aws.client("lambda", read_timeout_seconds=20, attempts_max=1).meta.events
    events.register("before-call.lambda.Invoke", function.answer)
    try:
        yield function
    finally:
        events.unregister("before-call.lambda.Invoke", function.answer)


def new_bucket() -> str:
    """Empty, whatever an earlier test has left."""
    storage = boto3.resource("s3")
    bucket = storage.Bucket(BUCKET)
    bucket.create()  # again does no harm in us-east-1
    bucket.objects.all().delete()
    return BUCKET


def names() -> list[str]:
    """Of everything in the bucket."""
    return sorted(one.key for one in boto3.resource("s3").Bucket(BUCKET).objects.all())


def content(name: str) -> bytes:
    stored: bytes = boto3.client("s3").get_object(Bucket=BUCKET, Key=name)["Body"].read()
    return stored
