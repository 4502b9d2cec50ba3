"""Restored tables: copies beside the bank's own, under names with another end."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from infra.errors import CommandError
from infra.targets import Cloud

RECOVERED = ("bank", "ledger", "audit", "keys", "events")
"""The tables with point-in-time recovery."""
REBUILT = "reports"
"""The table that is made from the others, so it is created empty."""
POLL_SECONDS, POLLS_MAX = 15, 720
"""AWS restores a table in minutes or hours, as its size has it: three hours at most here."""


def name_of(stage: str, table: str, suffix: str = "") -> str:
    return f"florin-{stage}-{table}{suffix}"


def latest_moment(cloud: Cloud, stage: str) -> datetime:
    """Return the latest whole second to which all tables can be restored. Raises CommandError."""
    if cloud.endpoint_url is not None:
        return datetime.now(UTC)  # the emulator copies a table as it is
    return moments(cloud, stage)[1]


def moments(cloud: Cloud, stage: str) -> tuple[datetime, datetime]:
    """Return the earliest and the latest second to which all tables can be restored. Raises CommandError."""
    database = cloud.client("dynamodb")
    earliest, latest = zip(*(_moments_of(database, name_of(stage, table)) for table in RECOVERED), strict=True)
    return max(earliest).astimezone(UTC), min(latest).astimezone(UTC).replace(microsecond=0)


def _moments_of(database: Any, name: str) -> tuple[datetime, datetime]:
    described = database.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    found = described.get("PointInTimeRecoveryDescription", {})
    if "LatestRestorableDateTime" not in found:
        raise CommandError(f"The table {name} has no point-in-time recovery.", "Deploy the stage again.")
    return found["EarliestRestorableDateTime"], found["LatestRestorableDateTime"]


def restore(cloud: Cloud, stage: str, suffix: str, moment: datetime) -> None:
    """Restore every table to a moment, all at once, and wait until they can be read. Raises CommandError."""
    database = cloud.client("dynamodb")
    for table in RECOVERED:
        database.restore_table_to_point_in_time(
            SourceTableName=name_of(stage, table),
            TargetTableName=name_of(stage, table, suffix),
            RestoreDateTime=moment,
            BillingModeOverride="PAY_PER_REQUEST",
        )
    _create_empty(database, name_of(stage, REBUILT), name_of(stage, REBUILT, suffix))
    waiter = database.get_waiter("table_exists")
    for name in names(stage, suffix):
        waiter.wait(TableName=name, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS_MAX})


def _create_empty(database: Any, like: str, name: str) -> None:
    described = database.describe_table(TableName=like)["Table"]
    schema = {part: described[part] for part in ("AttributeDefinitions", "KeySchema")}
    database.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **schema)


def existing(cloud: Cloud, stage: str, suffix: str) -> list[str]:
    """Return the names of restored tables that are there."""
    database, found = cloud.client("dynamodb"), []
    for name in names(stage, suffix):
        with suppress(database.exceptions.ResourceNotFoundException):
            database.describe_table(TableName=name)
            found.append(name)
    return found


def how_to_delete(names: Iterable[str]) -> str:
    """Return the commands that delete tables which nobody needs any more: until then they cost what others cost."""
    commands = [f"aws dynamodb delete-table --table-name {name}" for name in names]
    return "\n".join(["When nobody needs it any more, delete it:", *commands])


def delete(cloud: Cloud, stage: str, suffix: str) -> None:
    """Delete restored tables. Raises ValueError for the bank's own, whose names have no suffix."""
    if not suffix:
        raise ValueError("the bank's own tables are not deleted")
    database = cloud.client("dynamodb")
    waiter = database.get_waiter("table_exists"), database.get_waiter("table_not_exists")
    found = existing(cloud, stage, suffix)
    for name in found:
        waiter[0].wait(TableName=name, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS_MAX})
        database.delete_table(TableName=name)
    for name in found:
        waiter[1].wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 600})


def names(stage: str, suffix: str) -> Iterable[str]:
    """Return the names of all restored tables."""
    return [name_of(stage, table, suffix) for table in (*RECOVERED, REBUILT)]
