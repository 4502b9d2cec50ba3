"""Verifications of payees."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.payments.payee_verification_schemas import PayeeVerificationView, VerifyPayee
from chalicelib.services.payments import payee_verifications


@describe(
    "Verify a payee",
    status=201,
    body=VerifyPayee,
    answer=PayeeVerificationView,
    problems=("not_found", "account_closed", "too_many_attempts", "contention", "outcome_unknown"),
)
def verify_payee(request: Request[VerifyPayee, None]) -> Answer:
    """Compares a name with the holders of an IBAN, before you pay it. Order, case, accents and punctuation do not
    count; a name with one mistyped letter, an initial or a middle name too few is a close match, and only then you
    learn the holder's name. The result is for you, this name and this IBAN, and good for 15 minutes. Another bank is
    asked for its accounts; if it does not answer within five seconds, the result is `not_possible`. You can verify 20
    payees an hour.
    """
    body = request.body
    verified, replayed = payee_verifications.verify(request.caller, request.idempotency_key, body.iban, body.name)
    return Answer(PayeeVerificationView.of(verified), replayed=replayed)
