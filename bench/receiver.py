"""A receiver of webhooks on 127.0.0.1: `python -m bench.receiver` runs one in a process of its own."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NO_CONTENT = 204
QUEUED_MAX = 200


class Receiver(ThreadingHTTPServer):
    """Answers each message after some seconds. `came` has when each event came first, and the event.

    Closing it does not wait for answers that are under way.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = QUEUED_MAX

    def __init__(self, answer_seconds: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer_seconds = answer_seconds
        self.url = f"http://127.0.0.1:{self.server_port}/hook"
        self.came: dict[str, tuple[float, Any]] = {}


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.setdefault(self.headers["webhook-id"], (time.time(), json.loads(body)))
        time.sleep(self.server.answer_seconds)
        self.send_response(NO_CONTENT)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def open_receiver(answer_seconds: float = 0) -> Iterator[Receiver]:
    """Listen in a thread while the block runs."""
    receiver = Receiver(answer_seconds)
    threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()


@contextmanager
def receiver_process() -> Iterator[str]:
    """Run a receiver whose work is not that of this process, and return its URL."""
    with subprocess.Popen([sys.executable, "-m", "bench.receiver"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield next(iter(process.stdout or [])).strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    with Receiver() as running:
        print(running.url, flush=True)
        running.serve_forever()
