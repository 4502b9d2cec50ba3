"""The embedded emulator (MiniStack): started detached on 127.0.0.1, its state kept between runs.

It saves its state when it is asked to end, not before: a machine that loses power loses what came since `make up`.
A checkout uses only the emulator that it has started itself (infra/emulator/server.py says how it is recognised).
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
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from infra.emulator import ports
from infra.emulator.server import OWNER_PATH, PROCESS_FILE
from infra.errors import CommandError

START_SECONDS_MAX = 600
STOP_SECONDS_MAX = 600
"""Both are minutes for a town of a hundred thousand transactions, whose state is written and read as a whole."""
POLL_SECONDS = 0.05
READ_SECONDS_MAX = 2
HERE = Path(__file__).parent.parent.parent


class Emulator:
    """A MiniStack with a folder for its state, log and process id, and a port. `module` is the one that runs it."""

    def __init__(self, folder: Path, port: int, module: str = "infra.emulator.server"):
        self.folder = folder.resolve()
        self.port = port
        self.module = module
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = self.folder / "emulator.log"
        self._process_file = self.folder / PROCESS_FILE
        self._state_dir = self.folder / "state"
        self.child: subprocess.Popen[bytes] | None = None
        """The process that this object has started, and reaps; None if another command started it."""

    def running_port(self) -> int | None:
        """Return the port on which this folder's emulator runs, or None if it does not run."""
        process = self._live_process()
        return process["port"] if process else None

    def was_killed(self) -> bool:
        """Return whether it ended without saving its state: its process is gone, but no command stopped it."""
        return self._process_file.exists() and self._live_process() is None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._require_free_port()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)  # left behind if it was killed
        (self.folder / "tmp").mkdir(parents=True)
        self._keep_files_with_the_rest()
        self._forget_stream_positions()
        self._process_file.unlink(missing_ok=True)
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
            self._wait_for_answer(lambda: child.poll() is not None)
        finally:
            child.poll()

    def wait(self) -> None:
        """Wait until an emulator that another command has started answers."""
        self._wait_for_answer(lambda: self.running_port() is None)

    def answers(self) -> bool:
        """Return whether this folder's emulator answers at the port, and not another program."""
        try:
            with urllib.request.urlopen(self.url + OWNER_PATH, timeout=5) as response:
                owner = json.load(response)
        except (OSError, urllib.error.URLError, ValueError):
            return False
        return isinstance(owner, dict) and owner.get("folder") == str(self.folder)

    def _wait_for_answer(self, has_ended: Callable[[], bool]) -> None:
        _wait_until(lambda: self.answers() or has_ended(), START_SECONDS_MAX)
        if not self.answers():
            raise CommandError("The emulator does not start.", f"See {self.log_file}:\n{self._log_tail()}")

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
        process = self._live_process()
        if process is None:
            return False
        pid = process["pid"]
        os.kill(pid, signal.SIGTERM)
        if not _wait_until(lambda: self._live_process() is None, STOP_SECONDS_MAX):
            raise CommandError(f"The emulator (pid {pid}) does not stop.", f"See {self.log_file}, then run: kill {pid}")
        if self.child is not None:
            self.child.wait()
        _end_functions(pid)
        self._process_file.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)  # the unpacked functions that it leaves behind
        return True

    def kill(self) -> None:
        """End it at once, with all that is in it: saving gigabytes that nobody wants takes minutes."""
        process = self._live_process()
        if process is None:
            return
        _end_functions(process["pid"])  # it leads their process group
        if self.child is not None:
            self.child.wait()
        _wait_until(lambda: self._live_process() is None, STOP_SECONDS_MAX)
        self.wipe()

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

    def _live_process(self) -> dict[str, int] | None:
        """Return the process that holds the lock on the process file, or None."""
        if not self._process_file.exists():
            return None
        with self._process_file.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read_process(self._process_file)
        return None

    def _log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-2000:] if self.log_file.exists() else ""


def _read_process(file: Path) -> dict[str, int]:
    """Return what the emulator has written, or will have in a moment: it takes the lock first."""
    _wait_until(lambda: file.read_text().endswith("}"), READ_SECONDS_MAX)
    process: dict[str, int] = json.loads(file.read_text())
    return process


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
