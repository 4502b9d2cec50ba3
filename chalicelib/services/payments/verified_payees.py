"""Verifications of payees as payments use them: each once, for the exact name and IBAN, within a quarter of an hour."""

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import PayeeMismatch, VerificationExpired
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.models.payments.payee_verification import PayeeVerification
from chalicelib.models.transact import Extra
from chalicelib.services.crypto import bank_keys

NOT_GOOD = "The verification is of another payee, used already or older than 15 minutes. Verify the payee again."
MISMATCH = "The payee's name does not fit the IBAN. Ask the payee, or send accept_mismatch: true to pay nevertheless."


def require_good(caller: Caller, verification_id: str, iban: str, name: str, *, accept_mismatch: bool) -> Result:
    """Return how well the name fitted when the caller verified it.

    Raises VerificationExpired unless it is good for this name and IBAN, and PayeeMismatch for a name that does not fit
    and was not accepted.
    """
    known = ids.is_id("pvf", verification_id)
    found = PayeeVerification.find(*PayeeVerification.key(caller.user_id, verification_id)) if known else None
    if found is None or not found.is_good(bank_keys.payee_hmac(iban, name), clock.now()):
        raise VerificationExpired(NOT_GOOD)
    result: Result = found.result
    if result == "no_match" and not accept_mismatch:
        raise PayeeMismatch(MISMATCH)
    return result


def use_up(caller: Caller, verification_id: str) -> Extra:
    """Return the action that uses a verification up with the payment. Of two payments at once one is refused."""
    verification = PayeeVerification(*PayeeVerification.key(caller.user_id, verification_id))
    return Extra(verification.use_up(caller, clock.now()), VerificationExpired(NOT_GOOD))
