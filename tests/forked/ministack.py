"""MiniStack for tests: functions are forked from a process that has imported their libraries, and hours do not turn.

A cold start takes a second of processor time, more than half of it for libraries, and the tests make hundreds.
Run as `python -m tests.forked.ministack FOLDER`, in the place of `python -m infra.emulator.server FOLDER`.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import eventbridge

from infra.emulator import server
from tests.forked import IS_FORK_SAFE, schedules

SERVER = Path(__file__).with_name("server.py")


class Forked:
    """A forked process, as far as MiniStack uses those of `subprocess.Popen`."""

    returncode: int | None = None

    def __init__(self, pid: int, status: socket.socket, pipes: list[int]):
        self.pid = pid
        self._status = status
        self.stdin = os.fdopen(pipes[0], "w", buffering=1)
        self.stdout = os.fdopen(pipes[1])
        self.stderr = os.fdopen(pipes[2])

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        if self._look(timeout) is None:
            raise subprocess.TimeoutExpired("a function", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, seconds_max: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], seconds_max)[0]:
            told = self._status.recv(16)
            self.returncode = int(told) if told else -signal.SIGKILL
        return self.returncode


class ForkServer:
    """The process from which functions are forked. It ends with this one."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self._one_at_a_time = threading.Lock()
        # Without PYTHONPATH and the folder of this file: functions import what they would import if they were started.
        command = [sys.executable, "-I", str(SERVER), str(theirs.fileno())]
        subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()

    def start(self, command: list[str], cwd: str, env: dict[str, str]) -> Forked:
        stdin, to_stdin = os.pipe()
        from_stdout, stdout = os.pipe()
        from_stderr, stderr = os.pipe()
        status, their_status = socket.socketpair()
        request = json.dumps({"script": command[1], "cwd": cwd, "env": env}).encode()
        handed_over = [stdin, stdout, stderr, their_status.fileno()]
        with self._one_at_a_time:
            socket.send_fds(self._line, [len(request).to_bytes(4, "big")], handed_over)
            self._line.sendall(request)
        for descriptor in (stdin, stdout, stderr):
            os.close(descriptor)
        their_status.close()
        return Forked(int(status.recv(16)), status, [to_stdin, from_stdout, from_stderr])


def popen(forks: ForkServer) -> Any:
    """Return what MiniStack calls instead of `subprocess.Popen`: only Python functions without a layer are forked."""

    def start(command: list[str], **options: Any) -> Any:
        env = options.get("env") or {}
        if command[0] == sys.executable and command[1].endswith("_worker.py") and "_LAMBDA_LAYERS_DIRS" not in env:
            return forks.start(command, options["cwd"], env)
        return subprocess.Popen(command, **options)

    return start


if __name__ == "__main__":
    schedules.hold(eventbridge)
    if IS_FORK_SAFE:
        lambda_runtime.subprocess = SimpleNamespace(**vars(subprocess) | {"Popen": popen(ForkServer())})
    server.main(Path(sys.argv.pop()))
