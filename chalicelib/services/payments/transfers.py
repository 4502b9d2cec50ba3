"""Requests transfers: starts the `transfer` state machine and waits for its result."""

from contextlib import suppress

from chalicelib import config, trial, workflows
from chalicelib.domain import errors
from chalicelib.domain.accounts.account_number import is_account_number
from chalicelib.domain.errors import OutcomeUnknown, Unavailable, ValidationFailed
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.accounts import pins
from chalicelib.services.identity import verified_email
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.transfer_steps import Json, TransferRequest, outcome_of

WORKFLOW_SECONDS_MAX = 24
"""Longer than the state machine's own timeout, shorter than the function's."""


def transfer(request: TransferRequest, pin: str | None) -> Outcome:
    """Run the workflow, once the paying account's PIN is proved. Customers need a verified e-mail address.

    When the workflow's answer is lost, the transaction itself is asked; when that is silent, nobody knows.
    """
    verified_email.require_verified(request.caller)
    pins.require_for_transfer(request.caller, request.from_account_id, pin, request.idempotency_key)
    if trial.is_on():
        return transfer_steps.try_out(request)
    result = _run(request)
    if result is not None:
        return outcome_of(result)
    with suppress(Unavailable):
        found = ledger.find_outcome(request.idempotency_key, request.caller)
        if found:
            return found
    raise OutcomeUnknown.from_lost_answer()


def account_with_number(account_number: str, field: str = "to_account_number") -> str:
    """Return the id of the account with this number. Raises ValidationFailed, which names the field, if it is mistyped,
    else NotFound."""
    if not is_account_number(account_number):
        raise ValidationFailed.of(field, "is mistyped: it has twelve digits, and the last two check the others")
    guard = UniqueKey.find(*UniqueKey.number_key(account_number))
    if guard is None:
        raise errors.unknown("account with the number", account_number)
    return str(guard.owner_id)


def _run(request: TransferRequest) -> Json | None:
    """Run the workflow and return its result, or None if none came.

    It is never started twice: the transaction makes a repeated request safe.
    """
    result = workflows.run(config.transfer_state_machine_arn(), request.to_json(), seconds_max=WORKFLOW_SECONDS_MAX)
    return result if result and result["status"] != "outcome_unknown" else None
