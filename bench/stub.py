"""What stands in for AWS: an emulator in a process of its own, so that its work is not counted as the bank's."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from bench.units import Index
from infra.build.template import merged_fragments
from infra.deploy.bank_keys import ensure_keys
from infra.emulator.ministack import Emulator
from infra.emulator.ports import free_port
from infra.settings import Settings
from infra.targets import Cloud, connect

TABLES = {
    "BankTable": "bank",
    "LedgerTable": "ledger",
    "AuditTable": "audit",
    "KeysTable": "keys",
    "ReportsTable": "reports",
    "EventsTable": "events",
}
PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


READ_TIMEOUT_SECONDS = 120.0


def use_batch_timeouts() -> None:
    """Let this process wait for an emulator that holds gigabytes: its garbage collector stops it for seconds."""
    from chalicelib.models import connection  # the application, whose loading is measured before

    connection.use_batch_timeouts(READ_TIMEOUT_SECONDS)


class Stub:
    """The emulated services that the bank's functions call: tables, keys, and a workflow with a ready answer."""

    def __init__(self, cloud: Cloud, settings: Settings):
        self.cloud = cloud
        self.database = cloud.client("dynamodb")
        self._streams = cloud.client("dynamodbstreams")
        self._workflows = cloud.client("stepfunctions")
        self._resources = merged_fragments(settings)["Resources"]
        self.settings = settings

    def make(self) -> None:
        """Tables as the template has them, keys, and the address of all of it in this process's environment."""
        for logical_id, table in TABLES.items():
            properties = self._resources[logical_id]["Properties"]
            stream = properties.get("StreamSpecification")
            self.database.create_table(
                TableName=self.table_name(table),
                **{name: properties[name] for name in PROPERTIES if name in properties},
                **({"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}),
            )
        ensure_keys(self.cloud, self.settings.stage)
        wrapping, retention = (self.cloud.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = self.cloud.client("iam").create_role(
            RoleName="transfer", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        machine = self._workflows.create_state_machine(
            name="transfer", definition=_answering({}), roleArn=role["Role"]["Arn"], type="EXPRESS"
        )
        self._machine = machine["stateMachineArn"]
        os.environ.update(self.cloud.environment(self.settings.stage))
        os.environ |= {"TRANSFER_STATE_MACHINE_ARN": self._machine}
        os.environ |= {"PERSONAL_KEY_ID": wrapping, "RETENTION_KEY_ID": retention}

    def make_archive(self) -> None:
        """A bucket and a key for digests, and their names in this process's environment."""
        storage, bucket = self.cloud.client("s3"), f"florin-{self.settings.stage}-digests"
        storage.create_bucket(Bucket=bucket)
        storage.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        key = self.cloud.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        os.environ |= {"DIGEST_BUCKET_NAME": bucket, "DIGEST_KEY_ID": key["KeyMetadata"]["Arn"]}

    def make_files(self) -> None:
        """Buckets for exports and statements, and their names in this process's environment."""
        storage = self.cloud.client("s3")
        for name, bucket in {"EXPORT_BUCKET_NAME": "exports", "STATEMENT_BUCKET_NAME": "statements"}.items():
            os.environ[name] = f"florin-{self.settings.stage}-{bucket}"
            storage.create_bucket(Bucket=os.environ[name])

    def make_queue(self) -> str:
        """Queues and a bus for webhooks, and their names in this process's environment. Return the queue's URL."""
        queues = self.cloud.client("sqs")
        for name, queue in {"WEBHOOK_QUEUE_URL": "webhooks", "WEBHOOK_DEAD_LETTERS_URL": "webhooks-dead"}.items():
            os.environ[name] = queues.create_queue(QueueName=queue)["QueueUrl"]
        os.environ["EVENT_BUS_NAME"] = "florin-local"
        return os.environ["WEBHOOK_QUEUE_URL"]

    def switch_stream(self, *, on: bool) -> None:
        """End the stream of `bank`, or begin a new one, which has nothing of what came before."""
        view = {"StreamViewType": "NEW_AND_OLD_IMAGES"} if on else {}
        self.database.update_table(TableName=self.table_name("bank"), StreamSpecification={"StreamEnabled": on, **view})

    def answer_transfers_with(self, result: dict[str, Any]) -> None:
        """What the workflow will answer, whatever it is asked: its tasks are measured apart from whoever asks it."""
        self._workflows.update_state_machine(stateMachineArn=self._machine, definition=_answering(result))

    def table_name(self, table: str) -> str:
        return f"florin-{self.settings.stage}-{table}"

    def indexes(self) -> dict[str, list[Index]]:
        """For each table its own key, first, and its indexes."""
        found = {}
        for logical_id, table in TABLES.items():
            properties = self._resources[logical_id]["Properties"]
            indexes = [Index("", _key(properties), projects_all=True)]
            for index in properties.get("GlobalSecondaryIndexes", []):
                projects_all = index["Projection"]["ProjectionType"] == "ALL"
                indexes.append(Index(index["IndexName"], _key(index), projects_all))
            found[self.table_name(table)] = indexes
        return found

    def stream(self, table: str = "bank") -> Iterator[list[dict[str, Any]]]:
        """What a table's stream has had since the last time, for ever: an empty list when there is nothing new."""
        arn = self.database.describe_table(TableName=self.table_name(table))["Table"]["LatestStreamArn"]
        shard = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        position = self._streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        iterator = position["ShardIterator"]
        while True:
            answer = self._streams.get_records(ShardIterator=iterator)
            iterator = answer["NextShardIterator"]
            yield [_as_lambda_has_it(record) for record in answer["Records"]]


@contextmanager
def running_stub() -> Iterator[Stub]:
    """An emulator on a free port while the block runs; afterwards this process's environment is as it was before."""
    with tempfile.TemporaryDirectory(prefix="florin-bench-") as folder, mock.patch.dict(os.environ):
        settings = Settings(port=free_port(), state_root=Path(folder))
        emulator = Emulator(settings.emulator_dir, settings.port)
        emulator.start()
        try:
            stub = Stub(connect(settings), settings)
            stub.make()
            yield stub
        finally:
            emulator.kill()


def _key(schema: dict[str, Any]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in schema["KeySchema"])


def _answering(result: dict[str, Any]) -> str:
    return json.dumps({"StartAt": "Answer", "States": {"Answer": {"Type": "Pass", "Result": result, "End": True}}})


def _as_lambda_has_it(record: dict[str, Any]) -> dict[str, Any]:
    """Lambda delivers times as epoch seconds, boto3 as datetimes."""
    told = record["dynamodb"]
    return {
        **record,
        "dynamodb": {**told, "ApproximateCreationDateTime": told["ApproximateCreationDateTime"].timestamp()},
    }
