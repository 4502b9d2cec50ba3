"""Measures how far the consumers of the stream of `bank` are behind.

A change is audited when it has an audit record. A posted transaction is judged when its sides are in profiles, which
`events` writes last.

Run in a process of its own, for the bank's code reads its settings from the environment: `python -m infra.consumer_lag
SECONDS` waits so long for both, and ends with 1 if they are still behind.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.session import get_session

from chalicelib import aws, resources
from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.models.audit.audit_pages import find_all
from chalicelib.models.events.stream_record import change_of
from chalicelib.models.risk import profile
from chalicelib.services.events import event_consumer
from chalicelib.services.risk import monitoring

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Behind:
    """Changes in the stream that are not audited, and movements that are not judged."""

    unaudited: int
    unjudged: int

    def __bool__(self) -> bool:
        return bool(self.unaudited or self.unjudged)

    def __str__(self) -> str:
        return f"{self.unaudited} changes are not audited, {self.unjudged} movements are not judged"


def wait(seconds_max: float, ask: Callable[[], Behind]) -> Behind:
    """Ask until nothing is behind, or the time is over. Return the last answer."""
    deadline = time.monotonic() + seconds_max
    while (found := ask()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found


def behind() -> Behind:
    """Compare everything that the stream still contains with the audit and the risk profiles."""
    records = list(_records())
    changes = [change for change in map(change_of, records) if change.is_regular and change.kind not in SKIPPED]
    keys = {change.record_key for change in changes}
    moves = [move for one in event_consumer.parse_records(records).posted for move in monitoring.moves(one)]
    profiles = profile.read((move.account_id for move in moves), consistent=True)
    unjudged = [move for move in moves if not profiles[move.account_id].folded.has_seen(move.seq)]
    return Behind(len(keys) - len(find_all(keys)), len(unjudged))


def _records() -> Iterator[dict[str, Any]]:
    """Yield the records of the stream as Lambda would deliver them, each shard from its oldest record on."""
    session = get_session()
    session.register_component("data_loader", aws.data_loader(session))
    streams: Any = session.create_client("dynamodbstreams")
    tables: Any = session.create_client("dynamodb")
    arn = tables.describe_table(TableName=resources.table_name("bank"))["Table"]["LatestStreamArn"]
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        position = streams.get_shard_iterator(**where)["ShardIterator"]
        while position and (page := streams.get_records(ShardIterator=position))["Records"]:
            for record in page["Records"]:
                told = record["dynamodb"]
                told["ApproximateCreationDateTime"] = told["ApproximateCreationDateTime"].timestamp()
                yield record
            position = page.get("NextShardIterator")


def main(arguments: list[str]) -> int:
    found = wait(float(arguments[0]), behind)
    if found:
        print(f"    {found}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
