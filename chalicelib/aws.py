"""Clients of other AWS services, built once, with timeouts that fit inside a request. boto3 would cost 200 ms."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 — botocore's own
    HTTPClientError,
    IncompleteReadError,
    UnknownServiceError,
)
from botocore.loaders import Loader, instance_cache
from botocore.session import get_session
from pynamodb.exceptions import PynamoDBException, VerboseClientError

from chalicelib import trial
from chalicelib.domain.errors import OutcomeUnknown, ServiceRefused, Unavailable
from chalicelib.http_session import use_kept_connections
from chalicelib.json_endpoint import use_few_steps
from chalicelib.observability import logger

CONNECT_TIMEOUT_SECONDS = 2
USER_AGENT = f"Florin Botocore/{botocore.__version__}"
"""Sent with every call. botocore would build its own twice a call, letter by letter, for 0.14 ms."""

WITHOUT_RULES = frozenset({"dynamodb", "stepfunctions"})
"""Services whose addresses depend on nothing but the region, and on the settings `VARIANTS`."""
VARIANTS = ("use_fips_endpoint", "use_dualstack_endpoint")
"""Settings of botocore under which some regions, as those of GovCloud, have addresses that only the rules know."""
THROTTLED = {
    "ThrottlingException",
    "Throttling",  # SES
    "ThrottledException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",  # SQS
    "SlowDown",  # S3
    "TooManyRequestsException",  # Lambda
}
SWITCHED_OFF = {
    "DisabledException",
    "KMSInvalidStateException",
    "ExpiredToken",
    "ExpiredTokenException",
}
"""Refusals because an operator has disabled a key, or a function's credentials have ended. The same call succeeds when
the key is enabled again, or in the next process of the function: no code is wrong. Access that is denied, or a call
that is not valid, is a bug of the bank's, and stays 500."""
UNANSWERED = (HTTPClientError, ConnectionError, IncompleteReadError)
"""The errors of botocore that are about the line. All others, such as ParamValidationError, are bugs of the caller."""

AWS_ERRORS = (BotoCoreError, ClientError, PynamoDBException)


@dataclass
class _Calls:
    """The calls of AWS that one request has made, in all of its threads."""

    last: str = ""
    """Service and operation."""
    may_have_changed: bool = False
    """Whether a call that changes something has succeeded, or was not answered."""


_calls: ContextVar[_Calls | None] = ContextVar("calls", default=None)


@cache
def client(service: str, *, read_timeout_seconds: int = 5, attempts_max: int = 3) -> Any:
    """A client of a service, shared by the process."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=read_timeout_seconds,
        retries={"total_max_attempts": attempts_max, "mode": "standard"},
        user_agent=USER_AGENT,
        # An emulator's address takes no prefix such as "sync-".
        inject_host_prefix="AWS_ENDPOINT_URL" not in os.environ,
        # S3 would sign links in a way that new regions no longer take.
        signature_version="s3v4" if service == "s3" else None,
    )
    session = get_session()
    session.register_component("data_loader", data_loader(session))
    made = session.create_client(service, config=config)
    watch(made)
    if service == "stepfunctions":
        use_kept_connections(made)
        use_few_steps(made)
    return made


class _DataLoader(Loader):
    """Reads the files that describe AWS's services and endpoints, but for the rules of some endpoints.

    botocore evaluates the rules of a service at each call, though each call has the same result. Without them it takes
    the address of service and region from its table of endpoints when the client is made.
    """

    @instance_cache
    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if service_name in WITHOUT_RULES and type_name == "endpoint-rule-set-1":
            raise UnknownServiceError(service_name=service_name, known_service_names="those with rules")
        return super().load_service_model(service_name, type_name, api_version)


def data_loader(session: Any) -> Loader:
    """Return the loader that all sessions share: each would read the files again, for 80 ms."""
    return make_loader(has_rules=any(session.get_config_variable(name) for name in VARIANTS))


@cache
def make_loader(*, has_rules: bool) -> Loader:
    """Make a loader once for all sessions that want the rules, or none."""
    return Loader() if has_rules else _DataLoader()


def watch(made: Any) -> None:
    """Let a new client stop the changes of a trial, and note what each request calls."""
    made.meta.events.register("before-call", trial.stop_changes)
    made.meta.events.register("before-call", _note_call)
    made.meta.events.register("after-call", _note_answer)
    made.meta.events.register("after-call-error", _note_silence)


def _note_call(model: Any, **_: object) -> None:
    if calls := _calls.get():
        calls.last = f"{model.service_model.service_name} {model.name}"


def _note_answer(http_response: Any, parsed: Any, model: Any, **_: object) -> None:
    """Note a change that has succeeded, or may have: by a try that was repeated, or that has failed within AWS."""
    calls = _calls.get()
    if calls and not trial.is_read(model.name):
        status, tried_again = http_response.status_code, parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        calls.may_have_changed |= status < 300 or status >= 500 or tried_again > 0


def _note_silence(event_name: str, **_: object) -> None:
    calls = _calls.get()
    if calls and not trial.is_read(event_name.rpartition(".")[2]):
        calls.may_have_changed = True


@contextmanager
def refuse_if_services_fail(*, is_change: bool = False) -> Iterator[None]:
    """Around what serves a request: when a service of AWS fails, the client is to send the request again.

    Raises ServiceRefused. Of a request that changes something, raises OutcomeUnknown once a change may have been made:
    nobody may hear that nothing was done.
    """
    token = _calls.set(calls := _Calls())
    try:
        with translate_read_errors():
            yield
    except ServiceRefused as error:
        if is_change and calls.may_have_changed:
            raise OutcomeUnknown.from_lost_answer() from error
        raise
    finally:
        _calls.reset(token)


@contextmanager
def translate_read_errors() -> Iterator[None]:
    """Raise ServiceRefused when AWS does not answer, or is too busy to: the same may succeed later.

    A write needs more care than this, for it may have landed (`models/transact.py`).
    """
    try:
        yield
    except AWS_ERRORS as error:
        if not is_passing(error):
            raise
        calls = _calls.get()
        logger.warning("a service of AWS has failed", call=calls.last if calls else "", error=_code(error))
        detail = "The bank cannot do this at the moment: a service that it needs is busy. Nothing was done; retry."
        raise ServiceRefused(detail, retry_after_seconds=1) from error


@contextmanager
def unknown_outcome_on_error() -> Iterator[None]:
    """Around what follows a write: when it is not answered, the client must not hear that nothing was done."""
    try:
        yield
    except Unavailable as error:
        raise OutcomeUnknown.from_lost_answer() from error


def _beneath(error: Exception) -> BaseException | None:
    """What botocore said: PynamoDB wraps it twice, and keeps of an answer the code, but not the status."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    return cause.__cause__ if isinstance(cause, VerboseClientError) else cause


def _code(error: Exception) -> str:
    """Return AWS's code of an error, or botocore's name of it. The message may quote what was sent."""
    cause = _beneath(error)
    return str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else type(cause or error).__name__


def is_passing(error: Exception) -> bool:
    """Return whether AWS did not answer, was too busy to, or refused for what is switched off: the same call may
    succeed later."""
    cause = _beneath(error)
    if not isinstance(cause, ClientError):
        return isinstance(cause, UNANSWERED)
    answered: dict[str, Any] = {**cause.response.get("ResponseMetadata", {})}
    code = cause.response["Error"]["Code"]
    return answered.get("HTTPStatusCode", 0) >= 500 or code in THROTTLED or code in SWITCHED_OFF
