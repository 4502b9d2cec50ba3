"""A bank inside this process: the tables of the template, throw-away keys, and a client that speaks JSON."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Self

import boto3
from chalice.test import Client as ChaliceClient
from chalice.test import TestHTTPClient

from app import app
from chalicelib import aws, resources
from chalicelib.models import connection
from chalicelib.models.item import BankItem
from chalicelib.models.personal import PersonalItem
from chalicelib.services.crypto import bank_keys, data_keys, personal_fields
from infra.deploy.bank_keys import key_pairs, public_half, write_private
from infra.settings import ROOT
from tests import tables
from tests.api.helpers.described import require_described

STAGE = "local"
Json = dict[str, Any]
AtTime = Callable[[timedelta], None]
"""Of the fixture `at_time`, which sets the clock."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """A problem's code."""
        assert self.headers["Content-Type"] == "application/problem+json", self
        return str(self.json["code"])

    @property
    def wrong_fields(self) -> list[str]:
        return [error["field"] for error in self.json["errors"]]

    def ok(self, status: int = 200) -> Any:
        """The body of a request that must succeed."""
        assert self.status == status, self
        return self.json if self.text else None

    def refused(self, status: int, code: str) -> Self:
        """The reply itself, which must be this problem."""
        assert (self.status, self.code) == (status, code), self
        return self


class _HttpClient(TestHTTPClient):
    """Chalice's client with the stage's variables, where the test has not set its own.

    Chalice's own would replace those that the test has set, and copies the whole environment for each request.
    """

    @contextmanager
    def _patched_env_vars(self, environment_variables: Mapping[str, str]) -> Iterator[None]:
        missing = {name: value for name, value in environment_variables.items() if name not in os.environ}
        os.environ.update(missing)
        try:
            yield
        finally:
            for name in missing:
                del os.environ[name]


class Api:
    """What a test says HTTP with. `token` is sent as a bearer token, `key` as the idempotency key.

    Each response must be one that docs/openapi.json describes.
    """

    def __init__(self) -> None:
        self._http = _HttpClient(app, ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT))._chalice_config)

    def get(self, path: str, **options: Any) -> Reply:
        return self.send("GET", path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> Reply:
        return self.send("POST", path, json, **options)

    def put(self, path: str, json: object = None, **options: Any) -> Reply:
        return self.send("PUT", path, json, **options)

    def patch(self, path: str, json: object = None, **options: Any) -> Reply:
        return self.send("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> Reply:
        return self.send("DELETE", path, **options)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        key: str | None = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """`raw` is sent as it is, in place of a body of JSON."""
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        try:
            answer = self._http.request(method, path, headers=sent, body=content)
        except Exception as error:
            # What API Gateway makes of an authorizer's exception: this word alone is a 401.
            if str(error) != "Unauthorized":
                raise
            return Reply(401, {"Content-Type": "application/problem+json"}, '{"code": "unauthorized"}')
        if answer.status_code == 401 and b"message" in answer.body:
            return Reply(401, {"Content-Type": "application/problem+json"}, '{"code": "unauthorized"}')
        reply = Reply(answer.status_code, answer.headers, answer.body.decode())
        require_described(method, path, reply.status, reply.headers, reply.text)
        return reply


@dataclass(frozen=True)
class User:
    """Somebody who has signed in."""

    user_id: str
    email: str
    password: str
    token: str
    refresh_token: str
    customer_id: str | None = None


LogIn = Callable[[str], User]
"""Of the fixture `log_in`, which takes the e-mail address of a user with the tests' password."""


def forget() -> None:
    """Nothing is left of what this process remembers of a bank."""
    connection.forget()
    bank_keys.forget()
    data_keys.cache.clear()
    aws.client.cache_clear()


def make_keys() -> None:
    """Keys of a new bank."""
    kms = boto3.client("kms")
    for alias in (resources.personal_key_id(), resources.retention_key_id()):
        kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    parameters = boto3.client("ssm")
    for pair in key_pairs(STAGE):
        keys = pair.make()
        write_private(parameters, pair.private_name, keys)
        parameters.put_parameter(Name=pair.public_name, Value=json.dumps(public_half(keys)), Type="String")


def make_tables(database: Any) -> None:
    """The tables of the template, empty."""
    for name in database.list_tables()["TableNames"]:
        database.delete_table(TableName=name)
    tables.make_tables(database, STAGE)


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Calls to DynamoDB and KMS by operation, while the block runs."""
    calls: Counter[str] = Counter()
    clients = (connection.client(), data_keys.kms())

    def count(model: Any, **_: object) -> None:
        calls[model.name] += 1

    for one in clients:
        one.meta.events.register("before-call", count)
    try:
        yield calls
    finally:
        for one in clients:
            one.meta.events.unregister("before-call", count)


def revealed(item: Json) -> Json:
    """The personal fields of an item of `bank`, in clear."""
    found = BankItem.find(item["pk"], item["sk"])
    assert isinstance(found, PersonalItem)
    return personal_fields.decrypt(found)


@cache
def _bank_table() -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank")


def items(**wanted: object) -> list[Json]:
    """Everything in `bank` that has these attributes."""
    found = _bank_table().scan()["Items"]
    return [item for item in found if all(item.get(name) == value for name, value in wanted.items())]
