"""Serves no more of an emulator than the path that names its folder: python -m tests.unit.infra.quick_emulator FOLDER.

With HELD_BY in its environment it answers only once the file of that name is gone.
"""

import os
import signal
import sys
import time
from pathlib import Path

from infra.emulator import listener
from infra.emulator.process_file import ProcessFile

POLL_SECONDS = 0.01


def main(folder: Path) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    process_file, port = ProcessFile(folder), int(os.environ["GATEWAY_PORT"])
    body = f'{{"folder": "{folder}"}}'.encode()
    with process_file.hold(port), listener.listen("127.0.0.1", port) as listening:
        try:
            while Path(os.environ.get("HELD_BY", folder / "nothing")).exists():
                time.sleep(POLL_SECONDS)
            while True:
                with listening.accept()[0] as connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        finally:
            process_file.remove()


if __name__ == "__main__":
    main(Path(sys.argv.pop()))
