"""Waits until the consumers of the stream have read all of it: the embedded emulator forgets it when it stops."""

import subprocess
import sys
from dataclasses import replace

from infra.deploy.first_admin import find_admin
from infra.errors import CommandError
from infra.settings import STAGES, Settings
from infra.targets import Cloud, connect

STOP_SECONDS_MAX = 30


def is_caught_up(cloud: Cloud, settings: Settings, seconds_max: int) -> bool:
    """Return whether the consumers have processed the whole stream, or do so within so many seconds."""
    asked = [sys.executable, "-m", "infra.consumer_lag", str(seconds_max)]
    return subprocess.run(asked, env=cloud.environment(settings.stage), check=False).returncode == 0


def require_caught_up(settings: Settings) -> None:
    """Wait for the consumers of every stage in the emulator. Raises CommandError if they do not catch up."""
    for one in (replace(settings, stage=stage) for stage in STAGES):
        if find_admin(one) and not is_caught_up(connect(one), one, STOP_SECONDS_MAX):
            raise CommandError(
                f"The consumers of the stream of stage {one.stage} do not catch up.",
                "What they have not read would be missing from the audit for ever. See make logs, then run make down "
                "again.\nIf you can do without this bank, run: make reset",
            )
