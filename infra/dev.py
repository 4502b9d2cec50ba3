"""`make dev`: deploys the bank again whenever one of its sources changes.

Files are looked at twice a second, which costs some milliseconds and no dependency.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.build.fingerprint import SOURCES, source_files
from infra.errors import CommandError
from infra.progress import say
from infra.settings import Settings

POLL_SECONDS = 0.5
NAMES_MAX = 3
Times = dict[Path, int]


def develop(settings: Settings) -> None:
    """Start the bank, then deploy it after each change, until Ctrl-C. A deployment that fails does not end this.

    Raises CommandError on AWS.
    """
    if settings.target == "aws":
        raise CommandError("`make dev` works on this machine only.", "For AWS, run: make deploy STAGE=dev")
    try:
        deployed = source_times(settings.root)  # before the deployment: what is changed meanwhile is a change
        _deploy(settings, "up")
        say(f"Watching {', '.join(SOURCES)}. Ctrl-C ends this; the bank goes on.")
        for changed in changes(settings.root, deployed, lambda: time.sleep(POLL_SECONDS)):
            others = f" and {len(changed) - NAMES_MAX} more" if len(changed) > NAMES_MAX else ""
            say(f"\n{', '.join(changed[:NAMES_MAX])}{others}")
            _deploy(settings, "up", "--brief")
    except KeyboardInterrupt:
        say()


def changes(root: Path, deployed: Times, wait: Callable[[], None]) -> Iterator[list[str]]:
    """Yield the sources that were written, added or removed since the last time, when they have been left for a moment.

    `deployed` has the times of the sources at first. `wait` passes the time between two looks.
    """
    while True:
        wait()
        found = source_times(root)
        if found == deployed:
            continue
        found = _when_quiet(root, found, wait)
        differing = {path for path, _ in deployed.items() ^ found.items()}
        deployed = found
        yield sorted(str(path.relative_to(root)) for path in differing)


def _when_quiet(root: Path, found: Times, wait: Callable[[], None]) -> Times:
    """Return the files' times when two looks find the same: an editor or git writes many files one by one."""
    while True:
        wait()
        now = source_times(root)
        if now == found:
            return now
        found = now


def source_times(root: Path) -> Times:
    """Return when each source was written, in nanoseconds since 1970."""
    times = {}
    for path in source_files(root):
        try:
            times[path] = path.stat().st_mtime_ns
        except FileNotFoundError:  # removed in this moment
            continue
    return times


def _deploy(settings: Settings, *arguments: str) -> None:
    """Run the command in a process of its own: this one keeps the modules that it has loaded."""
    options = ["--stage", settings.stage, "--target", settings.target, "--admin-email", settings.admin_email]
    if settings.is_port_given:
        options += ["--port", str(settings.port)]
    subprocess.run([sys.executable, "-m", "infra", *arguments, *options], cwd=settings.root, check=False)
