"""A sandbox of real size in the bank on this machine: people with years behind them, written straight into its tables.

The consumers of the stream wait meanwhile, for its audit records are written as well; then the emulator is started
anew, which ends the old stream: what the sandbox wrote is behind everybody. Its rollups are made afterwards.
"""

import subprocess
import sys
from typing import Any

from infra.emulator import Emulator
from infra.progress import say, step
from infra.settings import Settings
from infra.targets import Cloud
from infra.trouble import Trouble

PEOPLE_MAX = 10_000
FORGET = "Forget this bank and begin anew: make reset, make up, then this again."


def build(cloud: Cloud, settings: Settings) -> None:
    """Raises Trouble where this bank is not one to play with, or has a sandbox already."""
    people = settings.sandbox_people
    if settings.stage != "local" or settings.target != "embedded":
        raise Trouble("A sandbox is for the bank on this machine.", "Leave STAGE and TARGET away.")
    if not 1 <= people <= PEOPLE_MAX:
        raise Trouble(f"A sandbox has 1 to {PEOPLE_MAX:,} people.", "For example: make demo SIZE=20")
    _require_none(cloud, settings)
    _switch_consumers(cloud, settings, on=False)
    with step(f"{people} people, their wages, homes, shops and savings, over three years"):
        environment = cloud.environment(settings.stage)
        try:
            subprocess.run([sys.executable, "-m", "bench.sandbox", str(people)], env=environment, check=True)
        except (subprocess.CalledProcessError, KeyboardInterrupt):  # half a sandbox cannot be gone on with
            raise Trouble("The sandbox is not whole.", FORGET) from None
    with step("Emulator started anew, for a stream that begins here"):
        emulator = Emulator(settings.emulator_dir, settings.port)
        emulator.stop()
        emulator.start()
    _switch_consumers(cloud, settings, on=True)
    say("  All of it verifies: make verify. Its branch is TOWN.")


def _require_none(cloud: Cloud, settings: Settings) -> None:
    key = {"pk": {"S": "BRANCH_CODE#TOWN"}, "sk": {"S": "GUARD"}}
    database: Any = cloud.client("dynamodb")
    if database.get_item(TableName=f"florin-{settings.stage}-bank", Key=key).get("Item"):
        raise Trouble("This bank has a sandbox already.", FORGET)


def _switch_consumers(cloud: Cloud, settings: Settings, *, on: bool) -> None:
    functions: Any = cloud.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if f"table/florin-{settings.stage}-bank/stream" in mapping["EventSourceArn"]:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)
