"""The processes in which the emulator runs functions, to be killed as AWS may end any of them at any moment."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from infra.emulator.ports import socket_inodes
from tests.faults.line import Silence
from tests.faults.plan import Call
from tests.faults.proxy import Moment
from tests.stack import Stack


def processes_of(stack: Stack, function: str) -> list[int]:
    """Every copy of a function (`api`, `transfer-task` …) that this stack's emulator has running."""
    folder = str(stack.emulator.folder / "tmp" / f"ministack-lambda-florin-{stack.stage}-{function}-")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((process / "cwd").readlink()).startswith(folder):
                found.append(int(process.name))
    return found


def caller_at(port: int, candidates: list[int]) -> list[int]:
    """Which of the processes has a connection open from this port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {fields[9] for fields in lines if int(fields[1].rpartition(":")[2], 16) == port}
    return [pid for pid in candidates if inodes & socket_inodes(Path(f"/proc/{pid}"))]


class Killer:
    """Watches a proxy, and at the n-th such call of one function kills it, or every copy of another one.

    Reads of risk alone are not counted, for how many there are depends on what is kept. With `lands=False` the call
    that it was about to make is lost with it; else it goes its way.
    """

    def __init__(
        self,
        stack: Stack,
        caller: str,
        operation: str,
        moment: Moment,
        *,
        nth: int = 1,
        victim: str | None = None,
        lands: bool = True,
    ):
        self.killed: list[int] = []
        self._stack, self._caller, self._victim = stack, caller, victim or caller
        self._operation, self._moment, self._lands = operation, moment, lands
        self._left = nth
        self._lock = threading.Lock()

    def __call__(self, call: Call, moment: Moment, port: int) -> None:
        with self._lock:
            if (
                self._left == 0
                or (call.operation, moment) != (self._operation, self._moment)
                or _reads_risk_alone(call)
            ):
                return
            callers = caller_at(port, processes_of(self._stack, self._caller))
            if not callers:
                return
            self._left -= 1
            if self._left:
                return
            victims = callers if self._victim == self._caller else processes_of(self._stack, self._victim)
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            self.killed += victims
        if not self._lands:
            raise Silence


def _reads_risk_alone(call: Call) -> bool:
    return b"RISK" in call.body and b"ACCOUNT#" not in call.body
