"""Runs MiniStack for one checkout: `python -m infra.emulator.server FOLDER`, with its settings in the environment.

While it runs it is named in the folder's process file (infra/emulator/process_file.py). It listens before it loads
anything: from there on the port is its own, and a client that connects waits until it is answered.
"""

import errno
import json
import os
import signal
import socket
import sys
from pathlib import Path

from infra.emulator import adjustments, console, listener, pauses, plain_reads, welcome
from infra.emulator.asgi import App, Receive, Scope, Send
from infra.emulator.process_file import ProcessFile

HOST = "127.0.0.1"
API_PATH = "api"
"""The base path of stage `local`; that of another stage has its name at the end. See infra/deploy/base_url.py."""

OWNER_PATH = "/_florin/emulator"
"""Answers with the folder and process id of the emulator that has the port."""

NO_PORT = (errno.EADDRINUSE, errno.EACCES)


def main(folder: Path) -> None:
    """Serve until SIGTERM. An orderly end saves the state and removes the process file."""
    process_file, port = ProcessFile(folder), int(os.environ["GATEWAY_PORT"])
    # Until MiniStack has a handler of its own, there is nothing to save.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with process_file.hold(port):
        try:
            with listener.listen(os.environ["BIND_HOST"], port) as listening:
                _serve(folder, listening)
        except (SystemExit, OSError) as error:
            if isinstance(error, SystemExit) or error.errno in NO_PORT:  # nothing was served, so nothing is lost
                process_file.remove()
            raise
        process_file.remove()


def _serve(folder: Path, listening: socket.socket) -> None:
    from ministack import app as ministack

    from infra.emulator import http_server

    adjustments.make_all()
    pauses.leave_out_all()
    listener.leave_out_probe(ministack)
    http_server.replace_hypercorn(listening)
    plain_reads.answer_plain_reads()
    ministack.app = serve_people(console.serve_console(serve_owner(ministack.app, folder)))
    ministack.main()


def serve_owner(emulator: App, folder: Path) -> App:
    """Return the emulator with one more path, which names the checkout's folder that it belongs to."""
    owner = json.dumps({"folder": str(folder), "pid": os.getpid()}).encode()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == OWNER_PATH:
            await respond(send, 200, {"Content-Type": "application/json"}, owner)
        else:
            await emulator(scope, receive, send)

    return app


def serve_people(emulator: App) -> App:
    """Return the emulator with an answer at `/`, and with the bank's base path at `localhost`, too.

    A signed request is one to AWS: `/` is the list of buckets.
    """
    api_url = f"http://{HOST}:{os.environ['GATEWAY_PORT']}/{API_PATH}"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await emulator(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["path"] == "/" and scope["method"] == "GET" and not _is_signed(headers, scope["query_string"]):
            is_browser = b"text/html" in headers.get(b"accept", b"")
            kind, page = ("html", welcome.as_html) if is_browser else ("plain", welcome.as_text)
            await respond(send, 200, {"Content-Type": f"text/{kind}; charset=utf-8"}, page(api_url).encode())
            return
        await emulator(_at_address(scope, headers), receive, send)

    return app


def _is_signed(headers: dict[bytes, bytes], query: bytes) -> bool:
    return b"authorization" in headers or b"X-Amz-" in query


def _at_address(scope: Scope, headers: dict[bytes, bytes]) -> Scope:
    """Return the request as if it named the address, which the base paths belong to, if it is one to the bank."""
    name, _, port = headers.get(b"host", b"").partition(b":")
    if name != b"localhost" or not scope["path"].startswith((f"/{API_PATH}/", f"/{API_PATH}-")):
        return scope
    named = [(key, value) for key, value in scope["headers"] if key != b"host"]
    return {**scope, "headers": [*named, (b"host", HOST.encode() + b":" + port)]}


async def respond(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*encoded, length]})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    main(Path(sys.argv.pop()))  # MiniStack reads the others
