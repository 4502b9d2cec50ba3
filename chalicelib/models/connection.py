"""The connection to DynamoDB that every model shares: a client takes 150 ms to build."""

from dataclasses import dataclass
from threading import Lock
from typing import Any

from botocore.config import Config
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from chalicelib import aws
from chalicelib.http_session import use_kept_connections
from chalicelib.json_endpoint import use_few_steps
from chalicelib.models import server_clock
from chalicelib.models.plain_items import ItemParsers

CONNECT_TIMEOUT_SECONDS = 1.0
CONNECTIONS_MAX = 64
"""A request needs one; processes with threads, as tests and the bench have, reuse as many as they have threads."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for one answer, and how often to ask."""

    read_timeout_seconds: float
    attempts_max: int


REQUEST = Patience(read_timeout_seconds=2.0, attempts_max=2)
"""A request must be answered before API Gateway gives up (29 s)."""

_patience = REQUEST
_shared: Connection | None = None
_tables: dict[str, TableConnection] = {}
_adding = Lock()


def connection() -> Connection:
    """Return the connection, with the patience of a request until `use_batch_timeouts`."""
    global _shared
    if _shared is None:
        _shared = Connection(
            connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=_patience.read_timeout_seconds,
            retry_configuration={"total_max_attempts": _patience.attempts_max, "mode": "standard"},
            max_pool_connections=CONNECTIONS_MAX,
        )
        # PynamoDB takes neither of the two, but its session does.
        # A command asks for nothing that tests have not; to check each key of a batch takes as long as to write it.
        asked = Config(user_agent=aws.USER_AGENT, parameter_validation=_patience == REQUEST)
        _shared.session.set_default_client_config(asked)
        _shared.session.register_component("data_loader", aws.data_loader(_shared.session))
        _shared.session.register_component("response_parser_factory", ItemParsers())
        server_clock.watch(_shared.client)
        aws.watch(_shared.client)
        use_kept_connections(_shared.client)
        use_few_steps(_shared.client)
    return _shared


def use_batch_timeouts(read_timeout_seconds: float = 30.0) -> None:
    """Wait longer until `forget`, for commands that read so much that one slow read must not end them."""
    global _patience
    wanted = Patience(read_timeout_seconds, attempts_max=5)
    if wanted != _patience:
        forget()
        _patience = wanted


def client() -> Any:
    """Return the raw client, for calls that PynamoDB lacks: transactions in our order, reads of several tables."""
    return connection().client


def table(name: str, model: type[Model]) -> TableConnection:
    """Return a table over the shared connection; `model` is any of its models, which share keys and indexes."""
    if name not in _tables:
        with _adding:  # the leader of a group works in several threads
            if name not in _tables:
                connection().add_meta_table(_describe_table(name, model))
                added = TableConnection(name)
                added.connection = connection()
                _tables[name] = added
    return _tables[name]


def forget() -> None:
    """Build everything anew at the next use, for a process whose endpoint or stage has changed."""
    global _shared, _patience
    _shared, _patience = None, REQUEST
    _tables.clear()


def _describe_table(name: str, model: type[Model]) -> MetaTable:
    schema = model._get_schema()  # noqa: SLF001 — PynamoDB offers the schema nowhere else
    indexes = [
        {"IndexName": index["index_name"], "KeySchema": index["key_schema"]}
        for index in schema["global_secondary_indexes"]
    ]
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": schema["key_schema"],
            "AttributeDefinitions": schema["attribute_definitions"],
            "GlobalSecondaryIndexes": indexes,
            "LocalSecondaryIndexes": [],
        }
    )
