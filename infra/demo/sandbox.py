"""A sandbox of real size in the bank on this machine: people with years behind them, written straight into its tables.

The consumers of the stream wait meanwhile, for its audit records are written as well; then the emulator is started
anew, which ends the old stream: what the sandbox wrote is behind everybody, and so is all that the stream still had to
tell. Therefore the bank's own schedules stop first, and the consumers catch up. Rollups and profiles are made
afterwards.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.models.verification.digest import DigestItem
from infra.demo import background_work
from infra.demo.people import PASSWORD, town_email
from infra.emulator.ministack import Emulator
from infra.errors import CommandError
from infra.progress import say, step
from infra.settings import Settings
from infra.targets import Cloud

PEOPLE_MAX = 10_000
FORGET = "Delete this bank first: make reset, make up, then this command again."


def build(cloud: Cloud, settings: Settings) -> None:
    """Fill the bank with generated people.

    Raises CommandError if this bank is not a local one, is filled already, has a digest, or is in use.
    """
    people = settings.sandbox_people
    if settings.stage != "local" or settings.target != "embedded":
        raise CommandError(
            "Only the bank on this machine can be filled with generated people.", "Leave STAGE and TARGET out."
        )
    if not 1 <= people <= PEOPLE_MAX:
        raise CommandError(f"SIZE must be 1 to {PEOPLE_MAX:,} people.", "For example: make demo SIZE=20")
    _require_none(cloud, settings)
    require_unsealed(cloud, settings)
    with step("Waiting for the stream consumers; do not use the bank until this is done"):
        background_work.stop(cloud, settings)
    with _whole_or_forgotten():
        with step(f"Generating {people} people with their wages, rents, shops and savings, over three years"):
            environment = cloud.environment(settings.stage)
            subprocess.run(
                [sys.executable, "-m", "sampledata.sandbox", str(people), PASSWORD], env=environment, check=True
            )
        with step("Restarting the emulator, so that its stream begins here"):
            emulator = Emulator(settings.emulator_dir, settings.port)
            emulator.stop()
            emulator.start()
        background_work.switch_consumers(cloud, settings, on=True)
        background_work.switch_schedules(cloud, settings, on=True)
    first, last = town_email(0), town_email(people - 1)
    say(f"  Log in as one of them: {first} to {last}, password {PASSWORD}")
    say("  To verify it, run: make verify. The branch is TOWN.")


@contextmanager
def _whole_or_forgotten() -> Iterator[None]:
    """Tell the user to delete a bank that is filled only in part: it cannot be continued."""
    try:
        yield
    except (subprocess.CalledProcessError, KeyboardInterrupt):
        raise CommandError("The bank is only partly filled.", FORGET) from None


def _require_none(cloud: Cloud, settings: Settings) -> None:
    key = {"pk": {"S": "BRANCH_CODE#TOWN"}, "sk": {"S": "GUARD"}}
    database: Any = cloud.client("dynamodb")
    if database.get_item(TableName=f"florin-{settings.stage}-bank", Key=key).get("Item"):
        raise CommandError("This bank is already filled.", FORGET)


def require_unsealed(cloud: Cloud, settings: Settings) -> None:
    """Refuse years that digests have sealed: entries that are added there would be reported as forged."""
    pk, sk = DigestItem.key(1)
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    if cloud.client("dynamodb").get_item(TableName=f"florin-{settings.stage}-audit", Key=key).get("Item"):
        raise CommandError("This bank's digests have sealed the years that would be filled.", FORGET)
