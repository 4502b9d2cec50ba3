"""Requests transfers: starts the `transfer` state machine and waits for its result."""

from contextlib import suppress
from dataclasses import replace

from chalicelib import resources, trial, workflows
from chalicelib.domain.errors import OutcomeUnknown, Unavailable
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.services.accounts import pins
from chalicelib.services.identity import verified_email
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.transfer_request import Json, TransferRequest
from chalicelib.services.payments.transfer_steps import outcome_of

WORKFLOW_SECONDS_MAX = 24
"""Longer than the state machine's own timeout, shorter than the function's."""


def transfer(request: TransferRequest, pin: str | None) -> Outcome:
    """Run the workflow, once the PIN that was sent is proved. Customers need a verified e-mail address.

    Without a PIN the post sees whether the paying account has one, in the read that it makes anyway.

    When the workflow's answer is lost, the transaction itself is asked; when that is silent, nobody knows.
    """
    verified_email.require_verified(request.caller)
    if pin is None:
        request = replace(request, asks_pin=True)
    else:
        pins.require_for_transfer(request.caller, request.from_account_id, pin, request.idempotency_key)
    if trial.is_on():
        return transfer_steps.execute(request)
    result = _run(request)
    if result is not None:
        return outcome_of(result)
    with suppress(Unavailable):
        found = ledger.find_outcome(request.idempotency_key, request.caller)
        if found:
            return found
    raise OutcomeUnknown.from_lost_answer()


def _run(request: TransferRequest) -> Json | None:
    """Run the workflow and return its result, or None if none came.

    It is never started twice: the transaction makes a repeated request safe.
    """
    result = workflows.run(resources.transfer_state_machine_arn(), request.to_json(), seconds_max=WORKFLOW_SECONDS_MAX)
    return result if result and result["status"] != "outcome_unknown" else None
