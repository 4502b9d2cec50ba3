"""Requests transfers: starts the `transfer` state machine and waits for its result."""

from contextlib import suppress
from dataclasses import replace

from chalicelib import config, resources, trial, workflows
from chalicelib.domain import errors
from chalicelib.domain.accounts.account_number import is_account_number
from chalicelib.domain.errors import ClearingUnavailable, OutcomeUnknown, Unavailable, ValidationFailed
from chalicelib.domain.payments import iban
from chalicelib.domain.payments.iban import InvalidIban
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


def account_with_number(account_number: str, field: str = "to_account_number") -> str:
    """Return the id of the account with this number. Raises ValidationFailed, which names the field, if it is mistyped,
    else NotFound."""
    if not is_account_number(account_number):
        raise ValidationFailed.of(field, "is mistyped: it has twelve digits, and the last two check the others")
    owner_id = _owner_of(account_number)
    if owner_id is None:
        raise errors.unknown("account with the number", account_number)
    return owner_id


def electronic_form(given: str, field: str = "to_iban") -> str:
    """Return an IBAN in capital letters without spaces. Raises ValidationFailed, which names the field."""
    try:
        return iban.parse(given)
    except InvalidIban as error:
        raise ValidationFailed.of(field, str(error)) from None


def iban_at_another_bank(given: str, field: str = "to_iban") -> str | None:
    """Return the electronic form of an IBAN at another bank; None for one of this bank.

    Raises ValidationFailed, and ClearingUnavailable for a country that the clearing does not reach.
    """
    parsed = electronic_form(given, field)
    if config.bank_identifier().account_number_of(parsed) is not None:
        return None
    if parsed[:2] not in iban.SEPA_COUNTRIES:
        raise ClearingUnavailable(f"The clearing reaches no bank in {parsed[:2]}: it is not in SEPA.")
    return parsed


def account_with_iban(given: str, field: str = "to_iban") -> str:
    """Return the id of this bank's account with an IBAN. Raises ValidationFailed, which names the field, for an IBAN
    that is mistyped or of another bank, else NotFound."""
    account_number = account_number_in(given, field)
    owner_id = _owner_of(account_number) if is_account_number(account_number) else None
    if owner_id is None:
        raise errors.unknown("account with the IBAN", given)
    return owner_id


def account_number_in(given: str, field: str) -> str:
    """Return the account number in one of this bank's IBANs, which may be one that no account has.

    Raises ValidationFailed, which names the field.
    """
    account_number = config.bank_identifier().account_number_of(electronic_form(given, field))
    if account_number is None:
        raise ValidationFailed.of(field, "is of another bank; only accounts of this bank can be paid")
    return account_number


def _owner_of(account_number: str) -> str | None:
    guard = UniqueKey.find(*UniqueKey.number_key(account_number))
    return str(guard.owner_id) if guard else None


def _run(request: TransferRequest) -> Json | None:
    """Run the workflow and return its result, or None if none came.

    It is never started twice: the transaction makes a repeated request safe.
    """
    result = workflows.run(resources.transfer_state_machine_arn(), request.to_json(), seconds_max=WORKFLOW_SECONDS_MAX)
    return result if result and result["status"] != "outcome_unknown" else None
