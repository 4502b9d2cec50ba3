"""The stream of `bank`, delivered as Lambda would deliver it."""

from functools import cache
from typing import Any

import boto3

from chalicelib import clock
from chalicelib.services.audit import audit_consumer
from chalicelib.services.events import event_consumer
from tests.api.helpers.bank import STAGE

Json = dict[str, Any]
BANK = f"florin-{STAGE}-bank"
ACCOUNT = {"customer_id": "cus_1", "account_type": "current", "currency": "USD", "status": "active"}


class Stream:
    """Remembers how far it has been read."""

    def __init__(self) -> None:
        self._client: Any = _client("dynamodbstreams")
        arn = switched_on()
        [shard] = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        self._position = self._client.get_shard_iterator(**where)["ShardIterator"]

    def read(self) -> list[Json]:
        """What has changed since the last time."""
        answer = self._client.get_records(ShardIterator=self._position)
        self._position = answer["NextShardIterator"]
        records = list(answer["Records"])
        for record in records:
            told = record["dynamodb"]
            told["ApproximateCreationDateTime"] = told["ApproximateCreationDateTime"].timestamp()
        return records

    def deliver(self) -> None:
        """Audit what has changed since the last time."""
        audit_consumer.consume(self.read())

    def let_follow(self) -> list[Json]:
        """Let follow what follows from what has changed since the last time; the records, to deliver them again."""
        records = self.read()
        event_consumer.consume(records)
        return records


def switched_on() -> str:
    """Switch the stream on, unless it is on already; return its name."""
    database: Any = _client("dynamodb")
    table: Json = database.describe_table(TableName=BANK)["Table"]
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        wanted = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        table = database.update_table(TableName=BANK, StreamSpecification=wanted)["TableDescription"]
    return str(table["LatestStreamArn"])


@cache
def _client(service: Any) -> Any:
    return boto3.client(service)


def audited() -> list[Json]:
    """The whole audit table, by key."""
    items = boto3.resource("dynamodb").Table(f"florin-{STAGE}-audit").scan()["Items"]
    return sorted(items, key=lambda item: (item["pk"], item["sk"]))


def record_of_change(
    version: int, *, kind: str = "account", pk: str = "ACCOUNT#acc_1", sk: str = "ACCOUNT", **fields: str
) -> Json:
    """A record of the stream: an item going from the version before to this one."""
    plain = {name: {"S": value} for name, value in ACCOUNT.items()} | {"overdraft_limit": {"N": "0"}}

    def image(number: int) -> Json:
        item = {"pk": {"S": pk}, "sk": {"S": sk}, "type": {"S": kind}, "version": {"N": str(number)}}
        item |= plain if kind == "account" else {}
        return item | {name: {"S": value} for name, value in fields.items()} | {"balance": {"N": str(number)}}

    images = {"NewImage": image(version)} | ({"OldImage": image(version - 1)} if version > 1 else {})
    keys, seen_at = {"pk": {"S": pk}, "sk": {"S": sk}}, clock.now().timestamp()
    return {"dynamodb": {"Keys": keys, "ApproximateCreationDateTime": seen_at, "SequenceNumber": str(version)} | images}
