"""The process file of an emulator's folder, which names the process that serves the folder, and its port.

The process holds a lock on the file from before the file has its name until it ends, and the kernel releases the lock
however it ends. So a file that was copied or left behind names nobody, though its process id be another program's now.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PROCESS_FILE = "process.json"
TAKING = "taking.lock"


@dataclass(frozen=True)
class Process:
    """A process that serves a folder, and the port that it serves at."""

    pid: int
    port: int


class ProcessFile:
    """The process file of a folder."""

    def __init__(self, folder: Path):
        self.path = folder / PROCESS_FILE
        self._taking = folder / TAKING

    def live(self) -> Process | None:
        """Return the process that holds the lock on the file, or None."""
        with suppress(FileNotFoundError), self.path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Process(**json.load(file))
        return None

    def is_left_behind(self) -> bool:
        """Return whether its process ended without removing it."""
        # In this order: a process that ends in order removes the file before it releases the lock.
        return self.live() is None and self.path.exists()

    @contextmanager
    def hold(self, port: int) -> Iterator[None]:
        """Name this process in the file and hold the lock while the block runs. Exit if another process has it.

        The file gets its name when it is locked and complete: nobody reads half of it, or what an earlier process
        wrote. `remove` it before the end of the block if the process ends in order.
        """
        own = self.path.with_suffix(f".{os.getpid()}")
        with own.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                json.dump(asdict(Process(os.getpid(), port)), file)
                file.flush()
                with wait_for_lock(self._taking):
                    if self.live() is not None:
                        sys.exit("Another emulator runs on this folder.")
                    own.replace(self.path)
            finally:
                own.unlink(missing_ok=True)
            yield

    def remove(self) -> None:
        """Remove the file: its process ends in order, or has ended."""
        self.path.unlink(missing_ok=True)


@contextmanager
def wait_for_lock(path: Path) -> Iterator[None]:
    """Hold the lock on a file while the block runs; wait for it first."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
