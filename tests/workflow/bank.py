"""The bank as its clients see it: over HTTP, from several threads."""

import json
import math
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests

from infra.build.gateway_responses import NOTHING_DONE
from tests.stack import CLIENTS_MAX, PATIENCE

T = TypeVar("T")
Json = dict[str, Any]
AUTHORIZER_TRIES_MAX = 8
RENEWED_BEFORE_SECONDS = 60
PASSWORD = "a long enough password"
_of_thread = threading.local()


@dataclass
class Reply:
    """One answer of the API."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str | None:
        return self.body.get("code") if isinstance(self.body, dict) else None

    @property
    def is_without_authorizer(self) -> bool:
        """The gateway had no answer from the authorizer, as on busy cores: the bank was not asked."""
        return isinstance(self.body, dict) and self.body.get("detail") == NOTHING_DONE


@dataclass
class Client:
    """A signed-in user. Fixtures may outlive an access token on busy cores: `log_in` has it renewed in time."""

    url: str
    token: str | None = None
    user: Json = field(default_factory=dict)
    renew_at: float = math.inf
    renew: Callable[[], "Client"] | None = None

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Reply:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.renew and time.monotonic() > self.renew_at:
            renewed = self.renew()
            self.token, self.renew_at = renewed.token, renewed.renew_at
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        if key is not None:
            given["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body)
        given.setdefault("Content-Type", "application/json")
        for _ in range(AUTHORIZER_TRIES_MAX - 1):
            reply = self._send(method, path, data, given)
            if not reply.is_without_authorizer:
                return reply
            time.sleep(int(reply.headers["Retry-After"]))
        return self._send(method, path, data, given)

    def _send(self, method: str, path: str, data: str | None, headers: dict[str, str]) -> Reply:
        answer = http_session().request(method, self.url + path, data=data, headers=headers, timeout=60)
        return Reply(answer.status_code, answer.json() if answer.content else None, answer.headers)

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Reply:
        return self.call("POST", path, body, key=key or new_key())

    def open_account(self, **wanted: Any) -> Json:
        reply = self.post("/v1/accounts", {"type": "current"} | wanted)
        assert reply.status == 201, reply
        return dict(reply.body)

    def deposit(self, account_id: str, amount: str) -> Reply:
        return self.post("/v1/transactions/deposit", {"account_id": account_id, "amount": amount})

    def withdraw(self, account_id: str, amount: str, **also: Any) -> Reply:
        return self.post("/v1/transactions/withdraw", {"account_id": account_id, "amount": amount} | also)

    def transfer(self, payer: str, payee: str, amount: str, *, key: str | None = None) -> Reply:
        body = {"from_account_id": payer, "to_account_id": payee, "amount": amount}
        return self.post("/v1/transactions/transfer", body, key=key)

    def balance(self, account_id: str) -> str:
        return str(self.get(f"/v1/accounts/{account_id}").body["balance"])


def http_session() -> requests.Session:
    """Return this thread's session. Without one each request opens a connection and looks for proxies."""
    if not hasattr(_of_thread, "session"):
        _of_thread.session = requests.Session()
        _of_thread.session.trust_env = False
    session: requests.Session = _of_thread.session
    session.cookies.clear()
    return session


def new_key() -> str:
    return uuid.uuid4().hex


def patiently(ask: Callable[[], Reply]) -> Reply:
    """Ask again after a 503 that says that nothing was done, where busy cores answer so (`tests/stack.py`)."""
    for _ in range(PATIENCE - 1):
        reply = ask()
        if reply.code not in ("unavailable", "contention"):
            return reply
        time.sleep(int(reply.headers["Retry-After"]))
    return ask()


def log_in(url: str, email: str, password: str) -> Client:
    given = {"email": email, "password": password}
    asked_at = time.monotonic()
    reply = patiently(lambda: Client(url).call("POST", "/v1/auth/login", given))
    assert reply.status == 200, reply
    renew_at = asked_at + reply.body["expires_in"] - RENEWED_BEFORE_SECONDS
    return Client(url, reply.body["access_token"], renew_at=renew_at, renew=lambda: log_in(url, email, password))


def register(url: str) -> Client:
    """A new customer, signed in."""
    person = {
        "email": f"{uuid.uuid4().hex}@florin.example",
        "password": PASSWORD,
        "first_name": "Ada",
        "last_name": "B",
    }
    reply = patiently(lambda: Client(url).call("POST", "/v1/auth/register", person))
    assert reply.status == 201, reply
    client = log_in(url, person["email"], PASSWORD)
    client.user = reply.body
    return client


def make_staff(admin: Client, role: str, **also: str) -> Client:
    email = f"{uuid.uuid4().hex}@florin.example"
    person = {"email": email, "password": PASSWORD, "role": role, "first_name": "S", "last_name": "T"}
    reply = patiently(lambda: admin.post("/v1/users", person | also))
    assert reply.status == 201, reply
    client = log_in(admin.url, email, PASSWORD)
    client.user = reply.body
    return client


def at_once(work: Sequence[Callable[[], T]], threads: int) -> list[T]:
    """Run all of it, so many at a time; results in the order given."""
    with ThreadPoolExecutor(min(threads, CLIENTS_MAX)) as pool:
        return [future.result() for future in [pool.submit(one) for one in work]]


def until_known(call: Callable[[], Reply], tries_max: int = 20) -> Reply:
    """Repeat a request, with its key, until its outcome is known: a gateway answers 502 or 504 for a lost function."""
    for _ in range(tries_max):
        reply = call()
        if reply.status not in (502, 503, 504):
            return reply
    raise AssertionError(f"still {reply}")
