"""Starts the jobs that take longer than a request: exports of reports, verifications, and files of payments.

The item of a job starts it through the stream, so that no crash can leave a job alone. All have the states of
`statemachines/long_job.asl.json`.
"""

from chalicelib import resources, workflows
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.models.reports.report_export import Export
from chalicelib.models.verification.verification import Verification
from chalicelib.observability import logger

Job = Export | PaymentFile | Verification


def is_waiting(job: Job) -> bool:
    """Return whether work on a job is to begin, or has begun, and has not ended."""
    return job.status in ("pending", "running", "received")


def start(job: Job) -> None:
    """Start the work, once: the execution is named by the job. Raises OutcomeUnknown: the stream tries again."""
    try:
        workflows.start(_machine_of(job), job.execution_name, job.execution_input)
    except workflows.NameTaken as error:  # raised, it would hold up the stream for as long as the name is taken
        logger.error("a job cannot be started", job_id=job.id, exc_info=error)


def _machine_of(job: Job) -> str:
    if isinstance(job, Export):
        return resources.export_state_machine_arn()
    if isinstance(job, PaymentFile):
        return resources.payment_file_state_machine_arn()
    return resources.verification_state_machine_arn()
