"""DynamoDB for tests that need nothing else of the bank: an emulator of their own, or any other engine.

Clients that work at once need the emulator: between two of its answers another client has its turn. For one client the
emulator's engine in this process is the same, and takes a third of the processor time.

`DYNAMODB_ENDPOINT=http://127.0.0.1:8000` names one that runs already (LocalStack, AWS's DynamoDB Local). The tests make
tables of a stage of their own there and delete them afterwards. Real credentials are never sent.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from chalicelib.models import connection
from infra.emulator.ministack import Emulator
from infra.targets import EMULATOR_KEY, MINISTACK_EDITION, Cloud, emulator_session, health
from tests.ports import reserved_port
from tests.tables import make_tables

NOWHERE = "http://127.0.0.1:1"
"""Nothing serves here."""


@dataclass(frozen=True)
class Engine:
    """A DynamoDB with the tables of a stage in it. `name` is what it says it is, and `process_id` is of an emulator
    that was started for it, 0 for any other."""

    name: str
    endpoint_url: str
    stage: str
    process_id: int = 0

    def __str__(self) -> str:
        return f"{self.name} at {self.endpoint_url}"

    def environment(self) -> dict[str, str]:
        """What a process needs to work there."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": EMULATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": EMULATOR_KEY,
            "FLORIN_STAGE": self.stage,
        }


@contextmanager
def running_engine(folder: Path) -> Iterator[Engine]:
    """The engine that DYNAMODB_ENDPOINT names, or an emulator that runs while the block does."""
    given = os.environ.get("DYNAMODB_ENDPOINT")
    if given:
        with _at(given.rstrip("/")) as engine:
            yield engine
        return
    emulator = Emulator(folder, reserved_port())
    try:
        emulator.start()
        with _at(emulator.url) as engine:
            yield replace(engine, process_id=emulator.child.pid if emulator.child else 0)
    finally:
        emulator.kill()


@contextmanager
def engine_inside(patch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Let this process work on tables inside it while the block runs."""
    from tests.api.helpers import cloud  # imports MiniStack, which tests over HTTP need not

    engine = Engine(f"MiniStack {version('ministack')} in the tests' process", NOWHERE, "inside")
    for name, value in engine.environment().items():
        patch.setenv(name, value)
    cloud.serve(patch)
    connection.forget()
    make_tables(connection.client(), engine.stage)
    yield engine
    connection.forget()


@contextmanager
def _at(endpoint_url: str) -> Iterator[Engine]:
    database = Cloud(endpoint_url, emulator_session()).client("dynamodb")
    stage = f"prove-{uuid.uuid4().hex[:12]}"
    engine = Engine(_name(endpoint_url, database), endpoint_url, stage)
    names = make_tables(database, stage)
    try:
        for name in names:
            database.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        yield engine
    finally:
        for name in names:
            database.delete_table(TableName=name)


def _name(endpoint_url: str, database: Any) -> str:
    """An emulator tells its edition and version; any other engine at least the name of its server."""
    said = health(endpoint_url)
    if said:
        emulator = "MiniStack" if said.get("edition") == MINISTACK_EDITION else "LocalStack"
        return f"{emulator} {said.get('version', '(no version)')}"
    headers = database.list_tables(Limit=1)["ResponseMetadata"]["HTTPHeaders"]
    return f"DynamoDB behind {headers.get('server', 'a server without a name')}"
