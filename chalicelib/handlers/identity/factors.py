"""Second factors: logging in with them, using them again, enrolling and removing them."""

from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.identity.auth_schemas import LogInTokensView
from chalicelib.handlers.identity.factor_schemas import (
    ChallengeView,
    ConfirmFactor,
    EnrolFactor,
    EnrolledView,
    EnrolmentView,
    FactorsView,
    ProveFactor,
    RecoveryCodesView,
    SteppedUp,
    StepUp,
)
from chalicelib.services.identity import enrolment, factor_use, factors, mfa_sign_in, recovery

LOST = ("contention", "outcome_unknown")
WRONG = ("mfa_incorrect", "mfa_locked")


@describe(
    "Log in with a second factor", body=ProveFactor, answer=LogInTokensView, problems=("unauthorized", *WRONG, *LOST)
)
def prove_factor(request: Request[ProveFactor, None]) -> LogInTokensView:
    """Exchanges the challenge of a log-in and a second factor for tokens. A challenge and a code each work once. Five
    wrong codes lock the app, five wrong recovery codes the recovery codes.
    """
    body = request.body
    return LogInTokensView.of(mfa_sign_in.complete(request.caller, body.challenge, body.proof(), request.origin))


@describe("Request a challenge for your passkey", answer=ChallengeView, key="ignored", problems=("conflict", *LOST))
def request_step_up(request: Request[None, None]) -> ChallengeView:
    """Returns a challenge for this session. An authenticator app needs none."""
    return ChallengeView.of(factor_use.issue_challenge(request.caller))


@describe(
    "Use your second factor again",
    body=StepUp,
    answer=SteppedUp,
    key="ignored",
    problems=("conflict", *WRONG, *LOST),
)
def step_up_session(request: Request[StepUp, None]) -> SteppedUp:
    """Lets this session do for 15 minutes what needs a second factor, such as changing roles. Without one used lately,
    such a request returns `mfa_step_up_required`. Repeat the request afterwards.
    """
    body = request.body
    return SteppedUp(valid_until=factor_use.use_factor(request.caller, body.proof(), body.challenge, request.origin))


@describe("List your second factors", answer=FactorsView)
def list_own_factors(request: Request[None, None]) -> FactorsView:
    """Lists your factors, oldest first, and how many recovery codes are left."""
    return FactorsView.of(factors.own(request.caller))


@describe(
    "Enrol a second factor",
    status=201,
    body=EnrolFactor,
    answer=EnrolmentView,
    key="ignored",
    problems=("conflict", "mfa_step_up_required", "too_many_attempts", *LOST),
)
def enrol_factor(request: Request[EnrolFactor, None]) -> EnrolmentView:
    """Starts to enrol an authenticator app or a passkey. It counts once you have confirmed it in this session, within
    15 minutes. The first factor needs your password; for any other you must have used a factor within 15 minutes.
    """
    body = request.body
    begun = enrolment.begin(request.caller, body.type, body.name, body.current_password, request.source_ip)
    return EnrolmentView.of(begun)


@describe(
    "Confirm a second factor",
    body=ConfirmFactor,
    answer=EnrolledView,
    key="ignored",
    problems=("not_found", "conflict", "mfa_step_up_required", *WRONG, *LOST),
)
def confirm_factor(request: Request[ConfirmFactor, None], factor_id: str) -> EnrolledView:
    """Makes the factor count, by using it once. With your first factor you get ten recovery codes. An authenticator app
    replaces the one that you had. In both cases your other sessions end.
    """
    return EnrolledView.of(enrolment.confirm(request.caller, factor_id, request.body.proof()))


@describe(
    "Remove a second factor",
    status=204,
    problems=("not_found", "conflict", "mfa_step_up_required", *LOST),
)
def remove_own_factor(request: Request[None, None], factor_id: str) -> None:
    """Removes one of your factors, with the last one also the recovery codes. Your other sessions end. Where your role
    needs a factor, the last one cannot be removed: enrol another one first.
    """
    factors.remove(request.caller, factor_id)


@describe(
    "Get new recovery codes",
    status=201,
    answer=RecoveryCodesView,
    key="ignored",
    problems=("conflict", "mfa_step_up_required", *LOST),
)
def renew_recovery_codes(request: Request[None, None]) -> RecoveryCodesView:
    """Returns ten new codes. The old ones no longer work, and your other sessions end."""
    return RecoveryCodesView(recovery_codes=recovery.renew(request.caller))


@describe(
    "Remove a user's second factors",
    status=204,
    problems=("conflict_of_interest", "not_found", "conflict", "mfa_step_up_required", *LOST),
    action="user.factors",
)
def remove_factors(request: Request[None, None], user_id: str) -> None:
    """Removes every factor of a user who has lost them, and ends the user's sessions. You cannot remove your own. With
    `EMAIL_VERIFICATION=on` the password is removed as well: the user requests a code by mail, and sets another one.
    """
    factors.remove_all(request.caller, user_id)
