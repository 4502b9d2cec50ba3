"""The runs of the contention table: who pays whom, how many at once, and how they try again."""

import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from bench import before
from bench.contention import Pay, depositing, new_accounts, run, transferring
from bench.posts import SHARDS_PER_WRITER, WRITERS, Cell, deposits_name
from bench.price import Tariff
from chalicelib.models import connection, transact
from chalicelib.observability import logger
from tests.engine import running_engine

HOT_SECONDS, COOL_SECONDS = 1.5, 0.8
WARM_UP_POSTS = 2


def cells(tariff: Tariff) -> list[Cell]:
    """Every scenario with the retries of before and with those of today, one after the other."""
    service_seconds = tariff.assumed["transaction_ms"] / 1000
    found = []
    with _database():
        accounts = new_accounts(2 * WRITERS[-1])
        run(_many(accounts, WRITERS[-1]), service_seconds, posts=WARM_UP_POSTS)
        for name, writers, shards, pays, seconds in _scenarios(accounts):
            for retries, attempts in (("before", before.attempts), ("now", transact.attempts)):
                if writers == 1 and retries == "before":
                    continue  # nobody meets anybody
                with patch.dict(os.environ, LEDGER_SHARDS=str(shards)), patch.object(transact, "attempts", attempts):
                    found.append(Cell(name, writers, retries, run(pays, service_seconds, seconds=seconds)))
    return found


def _scenarios(accounts: Sequence[str]) -> Iterator[tuple[str, int, int, list[Pay], float]]:
    """Name, writers, shards, what each writer does, and for how long."""
    hot, *others = accounts
    for writers in WRITERS:
        mine, shards = others[:writers], SHARDS_PER_WRITER * writers
        hot_seconds = HOT_SECONDS if writers > 1 else COOL_SECONDS
        yield "all pay one merchant", writers, shards, [transferring(one, hot) for one in mine], hot_seconds
        yield "one customer pays all", writers, shards, [transferring(hot, one) for one in mine], hot_seconds
        yield "pairs of accounts", writers, shards, _many(accounts, writers), COOL_SECONDS
        for count in (shards, 16, 1) if writers == WRITERS[-1] else (shards,):
            seconds = hot_seconds if count == 1 else COOL_SECONDS
            yield deposits_name(count), writers, count, [depositing(one) for one in mine], seconds


def _many(accounts: Sequence[str], writers: int) -> list[Pay]:
    return [transferring(accounts[2 * number], accounts[2 * number + 1]) for number in range(writers)]


@contextmanager
def _database() -> Iterator[None]:
    """Tables in an emulator (or at DYNAMODB_ENDPOINT) for this process, which is otherwise silent."""
    level = logger.log_level
    with (
        tempfile.TemporaryDirectory(prefix="florin-bench-") as folder,
        running_engine(Path(folder) / "engine") as engine,
    ):
        with patch.dict(os.environ, engine.environment() | {"AWS_DEFAULT_REGION": "us-east-1"}):
            connection.forget()
            logger.setLevel("CRITICAL")
            with redirect_stdout(io.StringIO()):
                yield
            logger.setLevel(level)
        connection.forget()
