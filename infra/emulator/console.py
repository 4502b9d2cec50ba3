"""Serves the console's files at the emulator's address, from the bucket of the stack, with the headers of the console.

MiniStack's CloudFront knows neither response headers policies nor compression, and has an address of its own for each
deployment. Here the console and the API are one origin at one address, as on AWS.
"""

import gzip
import re
from collections.abc import MutableMapping
from typing import Any

from infra.console.headers import HEADERS
from infra.emulator.asgi import App, Receive, Scope, Send

ACCOUNT_AND_REGION = "000000000000-us-east-1"
_PATH = re.compile(r"/console(?:-(?P<stage>dev|prod))?(?:/(?P<name>.*))?", re.ASCII)
COMPRESSED = ("text/", "application/json")
KEPT = (b"content-type", b"cache-control", b"etag")


def serve_console(emulator: App) -> App:
    """Return the emulator with the console of each stage."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found = (
            _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        )
        if found is None:
            await emulator(scope, receive, send)
        elif found["name"] is None:
            await _answer(send, 308, [(b"location", f"{scope['path']}/".encode())], b"")
        else:
            bucket = f"florin-{found['stage'] or 'local'}-console-{ACCOUNT_AND_REGION}"
            status, headers, body = await _read(emulator, scope, receive, f"/{bucket}/{found['name'] or 'index.html'}")
            await _answer_file(scope, send, status, headers, body)

    return app


async def _read(emulator: App, scope: Scope, receive: Receive, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return the status, the headers and the content of an object, which only the emulator's own account may read."""
    from infra.targets import EMULATOR_KEY

    scope_of_key = f"{EMULATOR_KEY}/20260101/us-east-1/s3/aws4_request"
    credential = f"AWS4-HMAC-SHA256 Credential={scope_of_key}, SignedHeaders=host, Signature=0"
    given = dict(scope["headers"])
    headers = [(b"host", given.get(b"host", b"")), (b"authorization", credential.encode())]
    if b"if-none-match" in given:
        headers.append((b"if-none-match", given[b"if-none-match"]))
    messages: list[MutableMapping[str, Any]] = []

    async def collect(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    asked = {**scope, "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    await emulator(asked, receive, collect)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return messages[0]["status"], {name.lower(): value for name, value in messages[0]["headers"]}, body


async def _answer_file(scope: Scope, send: Send, status: int, headers: dict[bytes, bytes], body: bytes) -> None:
    if status not in (200, 304):
        await _answer(send, 404, [(b"content-type", b"text/plain; charset=utf-8")], b"There is no such file.\n")
        return
    sent = [(name, headers[name]) for name in KEPT if name in headers]
    accepts_gzip = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"")
    if status == 200 and accepts_gzip and headers.get(b"content-type", b"").decode().startswith(COMPRESSED):
        body = gzip.compress(body, mtime=0)
        sent += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    await _answer(send, status, sent, b"" if scope["method"] == "HEAD" else body, length=len(body))


async def _answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, length: int | None = None
) -> None:
    own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    size = [(b"content-length", str(len(body) if length is None else length).encode())] if status != 304 else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *own, *size]})
    await send({"type": "http.response.body", "body": body})
