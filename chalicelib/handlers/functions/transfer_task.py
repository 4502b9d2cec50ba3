"""The task behind the states of the `transfer` state machine."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.observability import logger

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="transfer_task")
def transfer_task(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Post or hold, as the state says; the result's `status` is what the state machine chooses by."""
    if event["step"] == "probe":
        return _probe(str(event["id"]))
    from chalicelib.services.payments import transfer_steps
    from chalicelib.services.payments.transfer_request import TransferRequest

    request = TransferRequest.from_json(event["request"])
    logger.append_keys(
        request_id=request.caller.request_id,
        principal_id=request.caller.user_id,
        transaction_id=request.idempotency_key.transaction_id,
    )
    if event["step"] == "hold":
        result = transfer_steps.hold(request, tuple(event["reasons"]))
    else:
        result = transfer_steps.post(request)
    if result["status"] != "decided" or result["replayed"]:  # the ledger logs what it decides
        logger.info("transfer step done", step=event["step"], status=result["status"])
    return result


def _probe(probe_id: str) -> dict[str, Any]:
    """Prove this version with a movement between accounts of the bank: a deployment asks before customers do."""
    from chalicelib.services.operations import deployment_probe

    done = deployment_probe.probe(probe_id)
    status = "refused" if done.problem else "posted"
    logger.info("deployment probe done", probe_id=probe_id, status=status, problem=done.problem)
    return {"status": status, "transaction_ids": list(done.transaction_ids), "problem": done.problem}
