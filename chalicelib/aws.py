"""Clients of other AWS services, built once, with timeouts that fit inside a request. boto3 would cost 200 ms."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, UnknownServiceError
from botocore.loaders import Loader, instance_cache
from botocore.session import get_session
from pynamodb.exceptions import PynamoDBException, VerboseClientError

from chalicelib import trial
from chalicelib.domain.errors import OutcomeUnknown, Unavailable
from chalicelib.http_session import use_kept_connections
from chalicelib.observability import logger

CONNECT_TIMEOUT_SECONDS = 2
USER_AGENT = f"Florin Botocore/{botocore.__version__}"
"""Sent with every call. botocore would build its own twice a call, letter by letter, for 0.14 ms."""

WITHOUT_RULES = frozenset({"dynamodb", "stepfunctions"})
"""Services whose addresses depend on nothing but the region."""
THROTTLED = {
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TooManyRequestsException",  # Lambda's word for it
}


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
    session.register_component("data_loader", data_loader())
    made = session.create_client(service, config=config)
    made.meta.events.register("before-call", trial.stop_changes)
    if service == "stepfunctions":
        use_kept_connections(made)
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


@cache
def data_loader() -> Loader:
    """Return the loader that all sessions share: each would read the files again, for 80 ms."""
    return _DataLoader()


@contextmanager
def translate_read_errors() -> Iterator[None]:
    """Around a read: when AWS does not answer, or is too busy to, the client is told to come again.

    A write needs more care than this, for it may have landed (`models/transact.py`).
    """
    try:
        yield
    except (BotoCoreError, ClientError, PynamoDBException) as error:
        if not is_passing(error):
            raise
        logger.warning("a read was not answered", error=type(error).__name__)
        detail = "The bank is too busy to read what this request needs. Nothing was done; retry."
        raise Unavailable(detail, retry_after_seconds=1) from error


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


def is_passing(error: Exception) -> bool:
    """Return whether AWS did not answer, or was too busy to: the same call may succeed later."""
    cause = _beneath(error)
    if not isinstance(cause, ClientError):
        return isinstance(cause, BotoCoreError)
    answered: dict[str, Any] = {**cause.response.get("ResponseMetadata", {})}
    return answered.get("HTTPStatusCode", 0) >= 500 or cause.response["Error"]["Code"] in THROTTLED
