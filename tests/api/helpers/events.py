"""The table `events`, as it is stored."""

import json
from typing import Any

import boto3

from tests.api.helpers.bank import STAGE

Json = dict[str, Any]
Told = tuple[str, str, int]


def event_table() -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-events")


def event_rows(**wanted: object) -> list[Json]:
    """The rows of events with these attributes, by time, and the bank's view before others."""
    found = [item for item in event_table().scan()["Items"] if "sequence" in item]
    rows = [row for row in found if all(row[name] == value for name, value in wanted.items())]
    return sorted(rows, key=lambda row: (row["timestamp"], row["id"], row["recipient"]))


def told(recipient: str | None = "bank") -> list[Told]:
    """Types, subjects and sequences of what somebody is told, by time."""
    return [(row["type"], row["subject"], int(row["sequence"])) for row in event_rows(recipient=recipient)]


def data_of(row: Json) -> Any:
    return json.loads(row["data"])


def listen(*, endpoints: bool = True) -> None:
    """Have the table say that somebody listens."""
    event_table().put_item(Item={"pk": "LISTENERS", "sk": "LISTENERS", "has_endpoints": endpoints})
