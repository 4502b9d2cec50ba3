"""The restore drill: restores the tables beside the running bank, verifies them, says how long it took, tidies up."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.domain.time import timestamp
from infra.errors import CommandError
from infra.maintenance import reporting
from infra.progress import say, step
from infra.restore import tables
from infra.settings import Settings
from infra.targets import Cloud

DRILL, KEPT = "-drill", "-restored"
"""The ends of the names of restored tables: of those that a drill deletes, and of those that are kept."""
MOMENT = "AT is a moment in UTC with seconds, such as 2026-11-30T08:15:00Z"


@dataclass(frozen=True)
class Restored:
    """Restored tables, and the moment of which they are."""

    suffix: str
    moment: datetime


def drill(cloud: Cloud, settings: Settings) -> None:
    """Restore, verify, report, and tidy up unless the tables are kept. Raises CommandError if they do not hold."""
    if settings.target == "localstack":
        raise CommandError("LocalStack restores no tables.", "Run the drill on the embedded emulator or on AWS.")
    began, moment = time.monotonic(), moment_of(cloud, settings)
    lost_seconds = (datetime.now(UTC) - moment).total_seconds()
    with make_copy(cloud, settings, moment) as restored:
        require_whole(cloud, settings, restored)
        took = time.monotonic() - began
        say(f"  RPO: {lost_seconds:.0f} s of changes would be lost (restored to {timestamp(moment)})")
        say(f"  RTO: {took:.0f} s until the restored bank was proven")


def moment_of(cloud: Cloud, settings: Settings) -> datetime:
    """Return the moment that AT names, or else the latest possible one. Raises CommandError."""
    if not settings.at:
        return tables.latest_moment(cloud, settings.stage)
    if settings.target != "aws":
        raise CommandError("The emulator restores a table only as it is now.", "Leave AT away.")
    try:
        moment = datetime.fromisoformat(settings.at)
    except ValueError:
        raise CommandError(f"{settings.at!r} is no moment.", MOMENT) from None
    if moment.tzinfo is None:
        raise CommandError(f"{settings.at!r} has no time zone.", MOMENT)
    asked = moment.astimezone(UTC).replace(microsecond=0)
    earliest, latest = tables.moments(cloud, settings.stage)
    if not earliest <= asked <= latest:
        reach = f"Recovery reaches from {timestamp(earliest)} to {timestamp(latest)}."
        raise CommandError(f"No table can be restored to {settings.at}.", reach)
    return asked


@contextmanager
def make_copy(cloud: Cloud, settings: Settings, moment: datetime) -> Iterator[Restored]:
    """Restore the tables for the block, and delete them after it unless they are to be kept."""
    suffix = KEPT if settings.keep else DRILL
    if settings.keep and (found := tables.existing(cloud, settings.stage, suffix)):
        raise CommandError("Earlier restored tables are there, which may be needed.", tables.how_to_delete(found))
    tables.delete(cloud, settings.stage, DRILL)  # those of a drill that was interrupted
    try:
        with step(f"Restore the tables to {timestamp(moment)}, as florin-{settings.stage}-*{suffix}"):
            tables.restore(cloud, settings.stage, suffix, moment)
        yield Restored(suffix, moment)
    finally:
        if settings.keep:
            kept = tables.existing(cloud, settings.stage, suffix)
            say(f"  The copy is kept, whether it verifies or not. {tables.how_to_delete(kept)}")
        else:
            with step("Delete the restored tables"):
                tables.delete(cloud, settings.stage, suffix)


def require_whole(cloud: Cloud, settings: Settings, restored: Restored) -> None:
    """Rebuild what is derived, and verify the restored bank against the archive of digests. Raises CommandError."""
    with step("Rebuild report totals, risk profiles and search keys"):
        if _maintain(cloud, settings, restored, "rebuild", "--caught-up") != 0:
            raise CommandError("The restored bank cannot be rebuilt.", "The lines above say why.")
    with step("Verify the restored bank against the signed digests of the archive"):
        code = _maintain(cloud, settings, restored, "verify", "--restored-to", timestamp(restored.moment))
        if code not in (0, reporting.BROKEN):
            raise CommandError("The restored bank could not be read.", "The lines above say why. Run the drill again.")
        if code != 0:
            raise CommandError(
                "The restored bank does not verify.",
                "The lines above name what is broken. A transaction of the last second before the moment may have\n"
                "been restored in part: AWS restores each table by itself. Then choose a quiet second: AT=…",
            )


def _maintain(cloud: Cloud, settings: Settings, restored: Restored, module: str, *arguments: str) -> int:
    """Run a module of infra/maintenance on the restored tables. Return its exit code."""
    environment = cloud.environment(settings.stage) | {"TABLE_SUFFIX": restored.suffix}
    command = [sys.executable, "-m", f"infra.maintenance.{module}", *arguments]
    return subprocess.run(command, env=environment, cwd=settings.root, check=False).returncode
