"""Ada's receiver of webhooks. It gets the events of the story, and verifies each with the bank's public key."""

import base64
import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from infra.demo.chapters import Customer
from infra.demo.client import Client, Unexpected
from infra.demo.narrator import Narrator

ASKED = ["transaction.*", "account.frozen", "account.unfrozen"]
EXPECTED = Counter(
    {
        "transaction.posted": 4,  # deposit, withdrawal, transfer, reversal
        "transaction.failed": 2,  # above the balance, and from the frozen account
        "transaction.reversed": 1,
        "account.frozen": 1,
        "account.unfrozen": 1,
    }
)
TOLERANCE_SECONDS = 300
NO_CONTENT = 204


class Receiver:
    """Listens on this machine to the end of the block, and keeps each event by its id with the message's headers."""

    def __init__(self) -> None:
        self.messages: dict[str, tuple[dict[str, str], bytes]] = {}
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                messages[headers["webhook-id"]] = headers, body
                self.send_response(NO_CONTENT)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing into the story."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/florin"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def counts(self) -> Counter[str]:
        """Return how many events have come, by type."""
        return Counter(json.loads(body)["type"] for _, body in list(self.messages.values()))


def register(story: Narrator, ada: Customer, receiver: Receiver) -> str | None:
    """Register the receiver for Ada's events. Return the endpoint's id, or None if the bank does not reach it."""
    story.chapter("Webhooks")
    made = story.step(
        "Ada's bookkeeping asks for her events.",
        ada.client.post("/v1/webhook-endpoints", {"url": receiver.url, "events": ASKED}, key="bookkeeping"),
        201,
        tells=lambda body: f"{body['id']}, {', '.join(body['events'])}",
    )
    endpoint_id = str(made["id"])
    tried = story.step(
        "Does it answer?",
        ada.client.post(f"/v1/webhook-endpoints/{endpoint_id}/test", {}),
        tells=lambda body: f"{body['status'] or body['error']} after {body['milliseconds']} ms",
    )
    return endpoint_id if tried["status"] == NO_CONTENT else None


def receive(story: Narrator, ada: Customer, receiver: Receiver, endpoint_id: str) -> None:
    """Wait for the events of the story, and verify each."""
    story.chapter("Events")
    story.step_when(
        "The bookkeeping has got what happened to Ada's money, each event once.",
        lambda: ada.client.get(f"/v1/webhook-endpoints/{endpoint_id}/deliveries?status=succeeded"),
        ready=lambda body: receiver.counts() >= EXPECTED and len(body["data"]) >= EXPECTED.total(),
        tells=lambda _: ", ".join(f"{count} {kind}" for kind, count in sorted(receiver.counts().items())),
    )
    keys = story.step(
        "It keeps no secret: the bank's public key verifies every message.",
        Client(ada.client.url).get("/v1/.well-known/webhook-keys.json"),
        tells=lambda body: ", ".join(f"{key['crv']} {key['kid']}" for key in body["keys"]),
    )["keys"]
    for headers, body in receiver.messages.values():
        story.check("The message", verify(headers, body, keys)["id"], headers["webhook-id"])


def verify(headers: Mapping[str, str], body: bytes, keys: list[dict[str, str]]) -> Any:
    """Return the event of a message, as docs/webhooks.md shows. Raises Unexpected if no signature is right."""
    if abs(time.time() - int(headers["webhook-timestamp"])) > TOLERANCE_SECONDS:
        raise Unexpected("The message is too old, or from the future.")
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signatures = [one[4:] for one in headers["webhook-signature"].split() if one.startswith("v1a,")]
    for key, signature in ((key, signature) for key in keys for signature in signatures):
        with contextlib.suppress(InvalidSignature, ValueError):
            public_key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
            public_key.verify(base64.b64decode(signature), content)
            return json.loads(body)
    raise Unexpected("No signature of the message is right.")
