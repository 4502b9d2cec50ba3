"""The functions of payments to other banks: the workflow's task, the reader of the clearing's messages, the sweep."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Rate, SQSEvent

from chalicelib.observability import logger

QUEUE_PLACEHOLDER = "arn:aws:sqs:us-east-1:000000000000:overridden-by-infra"
RESERVE_MILLISECONDS = 60_000
"""Kept of an invocation's time for the batch in hand."""
blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="clearing_task")
def clearing_task(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Collect, wait or close, as the state of `settlement` says; or send an instant payment at once."""
    from chalicelib.domain import permissions
    from chalicelib.services.clearing import cycles, submission

    step, asked = event["step"], event["input"]
    caller = permissions.system(context.aws_request_id)
    logger.append_keys(step=step, request_id=caller.request_id, **asked)
    if step == "collect":
        return {"status": cycles.collect(caller, asked["cycle"], lambda: _has_time(context))}
    if step == "wait":
        cycles.wait(caller, asked["cycle"], event["token"])
        return {"status": "waiting"}
    if step == "close":
        return {"status": "closed", "unanswered": str(cycles.close(caller, asked["cycle"]))}
    submission.submit_instant(caller, asked["transaction_id"])
    return {"status": "sent"}


@blueprint.on_sqs_message(queue_arn=QUEUE_PLACEHOLDER, batch_size=1, name="receive_clearing")
def receive_clearing(event: SQSEvent) -> None:
    """Apply one document from the clearing. If it raises, the queue sends it again, and then to the dead letters."""
    from chalicelib.domain import permissions
    from chalicelib.services.clearing.inbox import receive

    for record in event:
        receive(permissions.system(str(record.to_dict()["messageId"])), record.body)


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_clearing")
def sweep_clearing(event: CloudWatchEvent) -> dict[str, int]:
    """Open the cycle that is due, send instant payments that were left, and ask for answers that did not come."""
    from chalicelib.domain import permissions
    from chalicelib.services.clearing.sweep import sweep

    return sweep(permissions.system(str(event.to_dict().get("id", "sweep"))))


def _has_time(context: Any) -> bool:
    return bool(context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)
