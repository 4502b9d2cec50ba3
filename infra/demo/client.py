"""A client of the bank: HTTP, JSON or XML, a token and idempotency keys."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT_SECONDS = 40
"""Longer than API Gateway waits for the bank (29 s)."""

TRIES_MAX = 5
PAUSE_SECONDS = 1
UNAVAILABLE = 503
UNANSWERED = (502, 504)
"""What a gateway answers when the function did not: a cold one on busy cores, at an emulator."""

_http = requests.Session()


class Unexpected(Exception):
    """An answer that is not what the demo has to get."""


@dataclass(frozen=True)
class Admin:
    """The first admin, whom the deploy tool makes."""

    email: str
    password: str


@dataclass(frozen=True)
class Reply:
    """A response, with the request that it answers."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: Any
    seconds: float

    @property
    def is_replay(self) -> bool:
        """Return whether an earlier request with the same key had this outcome."""
        return self.headers.get("Idempotent-Replayed") == "true"

    def expect(self, status: int, code: str | None = None) -> Any:
        """Return the body of a response with this status and, for a problem, this code. Raises Unexpected."""
        found = self.body.get("code") if isinstance(self.body, dict) else None
        if self.status != status or (code and found != code):
            wanted = f"{status} {code or ''}".rstrip()
            raise Unexpected(
                f"{self.method} {self.path} should return {wanted}, but returned {self.status}: {self.body}"
            )
        return self.body


@dataclass(frozen=True)
class Client:
    """Somebody who talks to the bank; without a token, anybody."""

    url: str
    token: str | None = None

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, path: str, body: object, key: str | None = None) -> Reply:
        return self.send("POST", path, body, key)

    def send(self, method: str, path: str, body: object = None, key: str | None = None) -> Reply:
        """Send a request, up to five times while its outcome is unknown; `key` is its idempotency key. A text as body
        is an XML document."""
        for _ in range(TRIES_MAX - 1):
            reply = self._send_once(method, path, body, key)
            if not _should_repeat(reply, key):
                return reply
            time.sleep(PAUSE_SECONDS)
        return self._send_once(method, path, body, key)

    def _send_once(self, method: str, path: str, body: object, key: str | None) -> Reply:
        is_document = isinstance(body, str)
        headers = {"Content-Type": "application/xml" if is_document else "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        data = str(body).encode() if is_document else None if body is None else json.dumps(body)
        started = time.perf_counter()
        answer = _http.request(method, self.url + path, data=data, headers=headers, timeout=TIMEOUT_SECONDS)
        seconds = time.perf_counter() - started
        return Reply(method, path, answer.status_code, answer.headers, _parse(answer), seconds)

    def log_in(self, email: str, password: str) -> Reply:
        return self.post("/v1/auth/login", {"email": email, "password": password})

    def as_bearer(self, login: Reply) -> "Client":
        """Return a client of the same bank with the token of a log-in."""
        return Client(self.url, login.expect(200)["access_token"])


def _should_repeat(reply: Reply, key: str | None) -> bool:
    """Whether the outcome is unknown, and repeating the request does nothing twice."""
    if key:
        return reply.status in (*UNANSWERED, UNAVAILABLE)
    return reply.method == "GET" and reply.status in UNANSWERED


def _parse(answer: requests.Response) -> Any:
    """Return JSON parsed, and other text as it is, for the error message."""
    try:
        return answer.json()
    except ValueError:
        return answer.text
