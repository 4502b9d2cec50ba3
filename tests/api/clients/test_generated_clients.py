"""Clients that generators make of docs/openapi.json compile, lack no operation, and make a payment over HTTP."""

import json
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.cli.factory import CLIFactory
from chalice.local import LocalDevServer

from app import app
from infra.settings import ROOT
from tests.api.clients import generators
from tests.api.helpers.accounts import read
from tests.api.helpers.bank import STAGE, Api, Json, User

DESCRIPTION = json.loads(generators.DESCRIPTION.read_text())
OPERATIONS = {one["operationId"]: one["tags"][0] for path in DESCRIPTION["paths"].values() for one in path.values()}
INSTALLATION_SECONDS_MAX = 600
pytestmark = pytest.mark.timeout(INSTALLATION_SECONDS_MAX)


@pytest.fixture
def url(client: Api) -> Iterator[str]:
    """The address of the bank of this process."""
    server = LocalDevServer(app, CLIFactory(str(ROOT)).create_config_obj(STAGE), "127.0.0.1", 0).server
    with server, ThreadPoolExecutor(1) as pool:
        pool.submit(server.serve_forever, 0.02)
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def require_payment(client: Api, customer: User, printed: str) -> None:
    """Compare what a client was answered with what the bank says."""
    told: Json = json.loads(printed)
    payer, payee = ({"id": told.pop(name)} for name in ("from", "to"))
    assert told == {
        "transaction": told["replayed"],
        "replayed": told["replayed"],
        "status": "posted",
        "refused": "insufficient_funds",
        "available": "74.50",
        "nickname": "Lunch",
        "statements": "monthly",
        "received": ["25.50"],
        "has_more": False,
    }
    assert read(client, customer, payer)["balance"] == "74.50"
    assert (read(client, customer, payee)["balance"], read(client, customer, payee)["nickname"]) == ("25.50", "Lunch")
    paid: Any = client.get(f"/v1/transactions/{told['transaction']}", token=customer.token).ok()
    assert (paid["amount"], paid["memo"], paid["from_account_id"]) == ("25.50", "Lunch", payer["id"])


def test_python_client_makes_a_payment(client: Api, customer: User, url: str) -> None:
    generators.python_client()
    modules = {(path.parent.name, path.stem) for path in (generators.PYTHON / "florin_client/api").glob("*/[a-z]*.py")}
    assert modules == {(tag, name) for name, tag in OPERATIONS.items()}
    imports = "".join(f"import florin_client.api.{tag}.{name}\n" for tag, name in sorted(modules))
    generators.execute(sys.executable, "-c", imports, folder=generators.PYTHON)
    printed = generators.execute(
        sys.executable, "payment.py", url, customer.email, customer.password, folder=generators.PYTHON
    )
    require_payment(client, customer, printed)


@pytest.mark.npm
def test_typescript_client_makes_a_payment(client: Api, customer: User, url: str) -> None:
    schema = generators.typescript_client()
    operations = schema[schema.index("export interface operations {") :]
    assert sorted(re.findall(r"^    (\w+): \{$", operations, re.MULTILINE)) == sorted(OPERATIONS)
    printed = generators.node("payment.js", url, customer.email, customer.password)
    require_payment(client, customer, printed)
