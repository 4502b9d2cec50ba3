"""Exports inside this process: their bucket, and the state machine that writes them, started by hand."""

from typing import Any

import boto3

from chalicelib.services.reports import report_exports
from tests.api.helpers.machine import Machine

BUCKET = "exports"


def new_bucket() -> Any:
    """The bucket of exports, empty."""
    bucket = boto3.resource("s3").Bucket(BUCKET)
    bucket.create()
    bucket.objects.all().delete()
    return bucket


class ExportMachine(Machine):
    """What the stream would have started."""

    def __init__(self) -> None:
        super().__init__("statemachines/long_job.asl.json", "export_task")

    def run(self, user_id: str, export_id: str) -> Any:
        return self.execute({"user_id": user_id, "export_id": export_id}, export_id)


def unfinished(user_id: str, export_id: str) -> str:
    """One invocation that has no time left after a part."""
    return report_exports.work(user_id, export_id, lambda: False)
