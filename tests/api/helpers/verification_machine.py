"""Verifications as jobs inside this process: their bucket, and the state machine, started by hand."""

from typing import Any

from chalicelib.services.verification import verification_jobs
from tests.api.helpers.machine import Machine


class VerificationMachine(Machine):
    """What the stream would have started."""

    def __init__(self) -> None:
        super().__init__("statemachines/long_job.asl.json", "verification_task")

    def run(self, verification_id: str) -> Any:
        return self.execute({"verification_id": verification_id}, verification_id)


def one_part(verification_id: str) -> str:
    """One invocation that has no time left after a part."""
    return verification_jobs.work(verification_id, lambda: False)
