"""The embedded emulator (MiniStack): started detached on 127.0.0.1, its state kept between runs.

It saves its state when it is asked to end, not before: a machine that loses power loses what came since `make up`.
A checkout uses only the emulator that it has started itself (infra/emulator/process_file.py says how it is
recognised). Commands that start and stop it take turns, by a lock beside its folder.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from infra.emulator import ports
from infra.emulator.process_file import Process, ProcessFile
from infra.emulator.server import OWNER_PATH
from infra.errors import CommandError

START_SECONDS_MAX = 600
STOP_SECONDS_MAX = 600
"""Both are minutes for a town of a hundred thousand transactions, whose state is written and read as a whole."""
TURN_SECONDS_MAX = START_SECONDS_MAX + STOP_SECONDS_MAX
"""A command waits so long for another one that starts or stops the emulator."""
POLL_SECONDS = 0.05
ANSWER_SECONDS_MAX = 30
"""What is busy, or still loads its state, may take so long for one answer; who waits longer asks again."""
HERE = Path(__file__).parent.parent.parent


class Emulator:
    """A MiniStack with a folder for its state, log and process id, and a port. `module` is the one that runs it."""

    def __init__(self, folder: Path, port: int, module: str = "infra.emulator.server"):
        self.folder = folder.resolve()
        self.port = port
        self.module = module
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = self.folder / "emulator.log"
        self._process_file = ProcessFile(self.folder)
        self._state_dir = self.folder / "state"
        self.child: subprocess.Popen[bytes] | None = None
        """The process that this object has started, and reaps; None if another command started it."""

    def running_port(self) -> int | None:
        """Return the port on which this folder's emulator runs, or None if it does not run."""
        process = self._process_file.live()
        return process.port if process else None

    def was_killed(self) -> bool:
        """Return whether it ended without saving its state: its process is gone, but no command stopped it."""
        return self._process_file.is_left_behind()

    def start(self) -> None:
        """Start it and wait until it answers. Another command may just have started it: then only wait."""
        with self._turn():
            running_port = self.running_port()
            if running_port is None:
                self._start()
            elif running_port == self.port:
                self.wait()
            else:
                raise already_runs(running_port)

    def _start(self) -> None:
        self._require_free_port()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)  # left behind if it was killed
        (self.folder / "tmp").mkdir(parents=True)
        self._keep_files_with_the_rest()
        self._forget_stream_positions()
        with self.log_file.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", self.module, str(self.folder)],
                cwd=HERE,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = self.child
        try:
            # If a start before this one was interrupted, its process may have the folder: then that is the emulator.
            self.wait(lambda: child.poll() is not None and self.running_port() is None)
        finally:
            child.poll()

    def wait(self, has_ended: Callable[[], bool] | None = None) -> None:
        """Wait until it answers. Raises CommandError once it has ended: by default, once no process has the folder."""
        ended = has_ended or (lambda: self.running_port() is None)
        _wait_until(lambda: self.answers() or ended(), START_SECONDS_MAX)
        if not self.answers():
            raise CommandError("The emulator does not start.", f"See {self.log_file}:\n{self._log_tail()}")

    def answers(self) -> bool:
        """Return whether this folder's emulator answers at the port, and not another program."""
        try:
            with urllib.request.urlopen(self.url + OWNER_PATH, timeout=ANSWER_SECONDS_MAX) as response:
                owner = json.load(response)
        except (OSError, urllib.error.URLError, ValueError):
            return False
        return isinstance(owner, dict) and owner.get("folder") == str(self.folder)

    def _require_free_port(self) -> None:
        if ports.is_taken(self.port):
            raise CommandError(
                f"Port {self.port} is taken by {ports.owner(self.port)}.",
                f"Stop that program, or use another port: make up PORT={ports.next_free(self.port)}",
            )
        if problem := ports.refusal(self.port):
            raise CommandError(
                f"Port {self.port} cannot be used: {problem}.", "Use another port, such as: make up PORT=4570"
            )

    def stop(self) -> bool:
        """Ask it to save its state and end, and wait until it has; False if it did not run."""
        with self._turn():
            process = self._process_file.live()
            if process is None:
                return False
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(process.pid, signal.SIGTERM)
            if not _wait_until(lambda: self._process_file.live() != process, STOP_SECONDS_MAX):
                problem = f"The emulator (pid {process.pid}) does not stop."
                raise CommandError(problem, f"See {self.log_file}, then run: kill {process.pid}")
            self._reap(process)
            self._process_file.remove()
            shutil.rmtree(self.folder / "tmp", ignore_errors=True)  # the unpacked functions that it leaves behind
            return True

    def kill(self) -> None:
        """End it at once, with all that is in it: saving gigabytes that nobody wants takes minutes."""
        with self._turn():
            process = self._process_file.live()
            if process is None and self.child is not None and self.child.poll() is None:
                process = Process(self.child.pid, self.port)  # a start that was interrupted before it took the folder
            if process is None:
                return
            _end_functions(process.pid)  # it leads their process group
            self._reap(process)
            _wait_until(lambda: self._process_file.live() != process, STOP_SECONDS_MAX)
            self.wipe()

    def _reap(self, process: Process) -> None:
        """End what is left of a process that this object may have started."""
        _end_functions(process.pid)
        if self.child is not None and self.child.pid == process.pid:
            self.child.wait()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other command starts or stops it, and keep them waiting while the block runs.

        A start that met a stop would lose its process file to it, and two starts the folder in which both unpack.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder: `wipe` removes the folder, and who waits must find the same file.
        with self.folder.with_name(f"{self.folder.name}.lock").open("a") as file:
            if not _wait_until(lambda: _is_locked(file), TURN_SECONDS_MAX):
                raise CommandError(
                    "Another command starts or stops this bank.",
                    "Wait until it has ended, then run this command again.",
                )
            yield

    def wipe(self) -> None:
        """Forget everything; it must not run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        # Compiled modules must be kept: every function's cold start would compile botocore anew and take twice as long.
        left_out = ("AWS_", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        return inherited | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._state_dir),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._state_dir / "s3"),
            "TMPDIR": str(self.folder / "tmp"),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }

    def _keep_files_with_the_rest(self) -> None:
        """Save S3's files only at a stop, like everything else: after a kill, restore those of the last stop.

        Otherwise digests would be ahead of the bank that they seal, and their bucket would be in the way of the stack
        that creates it.
        """
        files, saved = self._state_dir / "s3", self.folder / "s3"
        source, target = (saved, files) if self.was_killed() else (files, saved)
        shutil.rmtree(target, ignore_errors=True)
        if source.exists():
            shutil.copytree(source, target)

    def _forget_stream_positions(self) -> None:
        """Remove stream positions, which outlive the records that they count: new records would be skipped."""
        state_file = self._state_dir / "lambda.json"
        if state_file.exists():
            state = json.loads(state_file.read_text())
            state.get("payload", state).pop("dynamodb_stream_positions", None)
            state_file.write_text(json.dumps(state))

    def _log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-2000:] if self.log_file.exists() else ""


def already_runs(port: int) -> CommandError:
    return CommandError(
        f"This bank already runs on port {port}.", "To move it, run make down, then this command again."
    )


def _is_locked(file: IO[str]) -> bool:
    """Return whether the lock on a file could be taken now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end_functions(process_group: int) -> None:
    """End the functions' processes. They have nothing to save, and sixty of them take half a minute to end alone."""
    with suppress(ProcessLookupError):
        os.killpg(process_group, signal.SIGKILL)


def _wait_until(condition: Callable[[], bool], seconds_max: float) -> bool:
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
