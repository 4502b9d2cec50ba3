"""Webhooks inside this process: a receiver on 127.0.0.1, the queue of deliveries, and events that happen.

The queue hangs on botocore's own events, so that the code under test calls its real client. Its delays are of the
bank's clock.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

from chalice.test import Client as ChaliceClient

from app import app
from chalicelib import aws, clock
from chalicelib.domain.events.event import BANK, Event, event_id
from chalicelib.domain.time import timestamp
from chalicelib.models.events.event_row import EventRow, put_all
from chalicelib.services.webhooks import publish, sweep
from infra.settings import ROOT
from tests.api.helpers.bank import STAGE, Api, Json, User

ENDPOINTS = "/v1/webhook-endpoints"
QUEUE_URL, DEAD_LETTERS_URL = "http://sqs.test/webhooks", "http://sqs.test/webhooks-dead"


@dataclass
class Message:
    due_at: datetime
    body: str


class Queue:
    """`messages` wait for the function, `dead` are the dead letters. While `held`, SQS takes nothing."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.dead: list[Json] = []
        self.held = False
        self._client = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT))

    def work(self) -> int:
        """Start the function for each message that is due, and for those that this makes due; return how many."""
        done = 0
        while due := [one for one in self.messages if one.due_at <= clock.now()]:
            self.messages.remove(due[0])
            self.invoke(due[0].body)
            done += 1
        return done

    def invoke(self, body: str) -> None:
        self._client.lambda_.invoke("deliver_webhook", self._client.events.generate_sqs_event([body]))

    def sent(self, params: Json, **_: object) -> tuple[Any, Json]:
        if self.held:
            said = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            return SimpleNamespace(status_code=400), said
        given = json.loads(params["body"])
        if given["QueueUrl"] == DEAD_LETTERS_URL:
            self.dead.append(json.loads(given["MessageBody"]))
        else:
            delay = timedelta(seconds=given["DelaySeconds"])
            assert delay <= timedelta(minutes=15)
            self.messages.append(Message(clock.now() + delay, given["MessageBody"]))
        return SimpleNamespace(status_code=200), {"MessageId": "1"}


@contextmanager
def open_queue() -> Iterator[Queue]:
    """Stand in for SQS while the block runs."""
    queue = Queue()
    events = aws.client("sqs").meta.events
    events.register("before-call.sqs.SendMessage", queue.sent)
    try:
        yield queue
    finally:
        events.unregister("before-call.sqs.SendMessage", queue.sent)


@dataclass(frozen=True)
class Received:
    """A message as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """Return whether one of the signatures is right, by Standard Webhooks."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return right in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """A receiver that answers what `answer` says of a message: a status, headers and a body."""

    url: str = ""
    messages: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, dict[str, str], bytes]] = lambda _: (204, {}, b"")

    def always(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer every message alike from now on."""
        self.answer = lambda _: (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.messages]


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    """Listen on a port of 127.0.0.1 while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.messages.append(received)
            status, headers, content = receiver.answer(received)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Hooks:
    """What tests of webhooks act with."""

    client: Api
    queue: Queue
    receiver: Receiver
    begun_at: datetime
    _version: int = 0
    _signed_in: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def token(self, user: User) -> str:
        """Return a token of a user that is valid now."""
        at, token = self._signed_in.get(user.user_id, (self.begun_at, user.token))
        if clock.now() - at > timedelta(minutes=10):
            body = {"email": user.email, "password": user.password}
            token = self.client.post("/v1/auth/login", body).ok()["access_token"]
            self._signed_in[user.user_id] = (clock.now(), token)
        return token

    def made(self, user: User, **fields: object) -> Json:
        """Return a new endpoint of a user at the receiver."""
        body = {"url": self.receiver.url, "events": ["*"], **fields}
        made: Json = self.client.post(ENDPOINTS, body, token=self.token(user)).ok(201)
        return made

    def read(self, user: User, endpoint: Json) -> Json:
        found: Json = self.client.get(f"{ENDPOINTS}/{endpoint['id']}", token=self.token(user)).ok()
        return found

    def deliveries(self, user: User, endpoint: Json, query: str = "") -> list[Json]:
        path = f"{ENDPOINTS}/{endpoint['id']}/deliveries?limit=100{query}"
        found: list[Json] = self.client.get(path, token=self.token(user)).ok()["data"]
        return found

    def delivery(self, user: User, delivery: Json) -> Json:
        found: Json = self.client.get(f"/v1/deliveries/{delivery['id']}", token=self.token(user)).ok()
        return found

    def event(self, event_type: str = "transaction.posted", *, recipient: str = BANK) -> Event:
        """Return an event that nobody has heard of yet."""
        self._version += 1
        at = timestamp(clock.now())
        identifier = event_id(("ACCOUNT#acc_1", "ACCOUNT"), self._version, event_type, at)
        return Event(identifier, event_type, at, "accounts/acc_1", self._version, {"id": "acc_1"}, recipient)

    def publish(self, *events: Event, trace: str | None = None) -> None:
        """Let events happen: their rows are written, and the stream delivers them."""
        item = ("ACCOUNT#acc_1", "ACCOUNT")
        rows = [EventRow.of(one, item, one.sequence, wanted=True, traceparent=trace) for one in events]
        put_all(rows)
        publish.publish([record_of(row) for row in rows])

    def happen(
        self, event_type: str = "transaction.posted", *, recipient: str = BANK, trace: str | None = None
    ) -> Event:
        """Let one event happen, in a request that its client may have traced, and attempt what is due."""
        event = self.event(event_type, recipient=recipient)
        self.publish(event, trace=trace)
        self.queue.work()
        return event

    def let_pass(self, time: timedelta, step: timedelta = timedelta(minutes=15)) -> None:
        """Let time pass, with the sweep as often as a step says, and attempt what is due."""
        end = clock.now() + time
        while clock.now() < end:
            soon = [one.due_at for one in self.queue.messages]
            at = min([end, clock.now() + step, *soon])
            _stand_still(at)
            self.queue.work()
            sweep.sweep()
            self.queue.work()


def _stand_still(at: datetime) -> None:
    clock.set_clock(lambda: at)


def record_of(row: EventRow) -> Json:
    """Return the record of the stream of a row."""
    keys = {"pk": {"S": row.pk}, "sk": {"S": row.sk}}
    return {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": row.raw(), "SequenceNumber": "1"}}
