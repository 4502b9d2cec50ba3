"""Every error of the bank's business rules, as one family. Only `handlers/http/problems.py` turns them into HTTP.

Errors of HTTP itself, such as a method that is not allowed, are in `handlers/http/errors.py`.

BankError
├── ValidationFailed, InvalidCursor
├── IdempotencyKeyMissing, IdempotencyKeyReused
├── Unauthorized, Forbidden, ConflictOfInterest, NotFound, Conflict, TooManyAttempts
├── MfaIncorrect, MfaLocked, MfaStepUpRequired, MfaEnrolmentRequired
├── ApprovalOwnRequest, ApprovalStale, ActionBlocked, NoApprover
├── CurrencyMismatch, SameAccount, AccountNotEmpty
├── ClearingUnavailable, DuplicateFile, VerificationExpired, PayeeMismatch
├── PinRequired, PinIncorrect, PinLocked
├── Refusal: decided on the state of the ledger, and recorded under the idempotency key
│   └── InsufficientFunds, AccountFrozen, AccountClosed, LimitExceeded, RiskDeclined
└── Unavailable: nothing was written, try again
    ├── ServiceRefused: a service of AWS was too busy or did not answer
    ├── Contention
    ├── ClockSkew
    └── OutcomeUnknown: it may have been written, repeat with the same key
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

ECHO_LENGTH_MAX = 64
"""Characters of a client's text in a message: an id has 30."""

CLOCK_RETRY_SECONDS_MAX = 60

KEY_REUSED = "This Idempotency-Key served another request. Use a new key for a new request."
"""The detail of every IdempotencyKeyReused."""

REPEAT_WITH_KEY = "No answer came in time. Repeat the request with the same Idempotency-Key to learn the outcome."
READ_FIRST = "No answer came in time, so it may have been done. Read what it would have changed before you repeat it."
"""The details of an OutcomeUnknown with and without a key."""

Figures = Mapping[str, int | str]
"""What a refusal was decided on: `available` and `limit` in minor units of `currency`, `day` for a limit of that day.

Only those may be given that everybody who can bring about the refusal may see.
"""


@dataclass(frozen=True)
class FieldError:
    field: str
    message: str


class BankError(Exception):
    """A refusal that a client can understand: `code` is for programs, `detail` for people.

    `replayed`: an earlier request under the same key was refused so, and this is its answer.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    replayed: bool = False

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = (), retry_after_seconds: int | None = None):
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after_seconds = retry_after_seconds


class ValidationFailed(BankError):
    code, title = "validation_failed", "A field of the request is wrong"

    @classmethod
    def of(cls, field: str, message: str) -> "ValidationFailed":
        """Return the error of one wrong field."""
        return cls(f"{field}: {message}", errors=(FieldError(field, message),))


class InvalidCursor(BankError):
    code, title = "invalid_cursor", "The cursor was not issued here"


class IdempotencyKeyMissing(BankError):
    code, title = "idempotency_key_missing", "An Idempotency-Key header is required"


class IdempotencyKeyReused(BankError):
    code, title = "idempotency_key_reused", "The idempotency key served another request"


class Unauthorized(BankError):
    code, title = "unauthorized", "Sign in first"


class Forbidden(BankError):
    code, title = "forbidden", "Your role may not do this"


class ConflictOfInterest(BankError):
    code, title = "conflict_of_interest", "Another member of staff must do this"


class MfaStepUpRequired(BankError):
    code, title = "mfa_step_up_required", "Use your second factor again"


class MfaEnrolmentRequired(BankError):
    code, title = "mfa_enrolment_required", "Your role needs a second factor"


class MfaIncorrect(BankError):
    code, title = "mfa_incorrect", "The second factor is wrong"


class MfaLocked(BankError):
    code, title = "mfa_locked", "The second factor is locked"


class ApprovalOwnRequest(BankError):
    code, title = "approval_own_request", "You may not decide about this request"


class ActionBlocked(BankError):
    code, title = "action_blocked", "The bank's policy does not allow this"


class NoApprover(BankError):
    code, title = "no_approver", "Nobody could approve this"


class NotFound(BankError):
    code, title = "not_found", "There is nothing here that you may see"


class Conflict(BankError):
    code, title = "conflict", "The request conflicts with the present state"


class ApprovalStale(BankError):
    code, title = "approval_stale", "What was to be changed has moved since"


class TooManyAttempts(BankError):
    code, title = "too_many_attempts", "Too many attempts"


class CurrencyMismatch(BankError):
    code, title = "currency_mismatch", "The currencies differ"


class SameAccount(BankError):
    code, title = "same_account", "Both sides are the same account"


class AccountNotEmpty(BankError):
    code, title = "account_not_empty", "The account is not empty"


class PinRequired(BankError):
    code, title = "pin_required", "This account needs its PIN"


class PinIncorrect(BankError):
    code, title = "pin_incorrect", "The PIN is wrong"


class PinLocked(BankError):
    code, title = "pin_locked", "The PIN is locked"


class ClearingUnavailable(BankError):
    code, title = "clearing_unavailable", "This bank pays no other banks"


class DuplicateFile(BankError):
    code, title = "duplicate_file", "This file was handed in before"


class VerificationExpired(BankError):
    code, title = "verification_expired", "The verification of the payee is no longer good"


class PayeeMismatch(BankError):
    code, title = "payee_mismatch", "The payee has another name"


class Refusal(BankError):
    """Decided on the ledger's state; the transaction remembers it, so that a repeated request is answered alike."""

    transaction_id: str | None = None

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after_seconds: int | None = None,
        figures: Figures | None = None,
    ):
        super().__init__(detail, errors=errors, retry_after_seconds=retry_after_seconds)
        self.figures: Figures = figures or {}


class InsufficientFunds(Refusal):
    code, title = "insufficient_funds", "The available balance is too small"


class AccountFrozen(Refusal):
    code, title = "account_frozen", "The account is frozen"


class AccountClosed(Refusal):
    code, title = "account_closed", "The account is closed"


class LimitExceeded(Refusal):
    code, title = "limit_exceeded", "A limit of the account is exceeded"


class BatchRefused(Refusal):
    code, title = "batch_refused", "Another transfer of the batch was refused"


class RiskDeclined(Refusal):
    code, title = "risk_declined", "The payment was stopped for its risk"


class Unavailable(BankError):
    code, title = "unavailable", "Not now: nothing was written"


class ServiceRefused(Unavailable):
    """A service that the bank needs has failed. For clients it is `unavailable`: they do the same, whatever it was."""


class Contention(Unavailable):
    code, title = "contention", "Too many at once: nothing was posted"


class ClockSkew(Unavailable):
    code, title = "clock_skew", "The bank's clocks disagree: nothing was written"

    @classmethod
    def of(cls, too_far_seconds: float) -> "ClockSkew":
        """Return the error of a write that would be dated too many seconds ahead.

        The client is told to wait for a minute at most: the wrong clock may be this machine's, and another one serves
        the next request.
        """
        detail = (
            "One of the bank's clocks is wrong, and the bank has been alerted. Nothing was done; retry, with the same "
            "Idempotency-Key if the request had one."
        )
        return cls(detail, retry_after_seconds=min(max(1, math.ceil(too_far_seconds)), CLOCK_RETRY_SECONDS_MAX))


class OutcomeUnknown(Unavailable):
    code, title = "outcome_unknown", "The outcome is not known yet"

    @classmethod
    def from_lost_answer(cls) -> "OutcomeUnknown":
        """Return the error of a write whose answer was lost: the client repeats it with its key."""
        return cls(REPEAT_WITH_KEY, retry_after_seconds=2)

    def without_key(self) -> "OutcomeUnknown":
        """Return the error for a request that had no Idempotency-Key to repeat it with."""
        if self.detail != REPEAT_WITH_KEY:
            return self
        return OutcomeUnknown(READ_FIRST, retry_after_seconds=self.retry_after_seconds)


def unknown(what: str, identifier: str | None) -> NotFound:
    """Return the error for an id that does not exist, or that the caller may not know of."""
    return NotFound(f"There is no {what} {shorten(str(identifier))}.")


def shorten(text: str, length_max: int = ECHO_LENGTH_MAX) -> str:
    """Cut a client's text to what a message may echo."""
    return text[:length_max]


def _family(kind: type[BankError]) -> list[type[BankError]]:
    return [kind, *(member for child in kind.__subclasses__() for member in _family(child))]


BY_CODE: dict[str, type[BankError]] = {kind.code: kind for kind in _family(BankError) if "code" in vars(kind)}
"""Every error of the domain by code, to raise here what another function of the bank answered."""

REFUSALS: dict[str, type[Refusal]] = {kind.code: kind for kind in Refusal.__subclasses__()}
"""Recorded refusals by code, to raise again what a transaction remembers."""
