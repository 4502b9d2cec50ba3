"""The three targets of a stack: embedded emulator, LocalStack, AWS. Their endpoints and credentials."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader
from localstack_client.config import get_service_endpoint

from infra.errors import CommandError
from infra.settings import Settings

EMULATOR_REGION = "us-east-1"
EMULATOR_KEY = "test"  # both emulators take it for the account's root
MINISTACK_EDITION = "light"
AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
ENDPOINTS = "AWS_ENDPOINT_URL"
"""The variable that leads every client elsewhere; with `_DYNAMODB` or such at its end, the clients of one service."""
START_LOCALSTACK = """\
Start one: LOCALSTACK_AUTH_TOKEN=… docker compose -f infra/localstack/compose.yaml up --detach
If one runs elsewhere, name it: PORT=4570, LOCALSTACK_HOST=host:port or AWS_ENDPOINT_URL=http://host:port"""
STOP_LOCALSTACK = """\
Stop it as it was started: docker compose -f infra/localstack/compose.yaml stop
To remove this bank from it: make reset TARGET=localstack"""


@dataclass(frozen=True)
class Cloud:
    """AWS or an emulator of it. `endpoint_url` is None for AWS."""

    endpoint_url: str | None
    session: boto3.Session

    def client(self, service: str, *, read_timeout_seconds: int = 60, attempts_max: int = 4) -> Any:
        # A prefix such as `sync-` before 127.0.0.1 would not resolve; on AWS it must stay.
        config = Config(
            inject_host_prefix=self.endpoint_url is None,
            connect_timeout=5,
            read_timeout=read_timeout_seconds,
            retries={"mode": "standard", "total_max_attempts": attempts_max},
            tcp_keepalive=True,
        )
        return self.session.client(service, endpoint_url=self.endpoint_url, config=config)  # type: ignore[call-overload]  # any service

    def account_id(self) -> str:
        try:
            return str(self.client("sts").get_caller_identity()["Account"])
        except botocore.exceptions.BotoCoreError as error:
            raise CommandError(
                f"AWS does not respond: {error}", "Check credentials and region (aws configure)."
            ) from error
        except botocore.exceptions.ClientError as error:
            raise CommandError(
                f"AWS refuses the credentials: {error}", "Check them with: aws sts get-caller-identity"
            ) from error

    def environment(self, stage: str) -> dict[str, str]:
        """Return the environment of a process that works on a stage's tables with the deployer's credentials.

        It has the settings of the deployed functions: time zone, limits and number of shards must be the same for both.
        """
        credentials = self.session.get_credentials()
        if credentials is None:
            raise CommandError("There are no AWS credentials.", "Run `aws configure`, or set AWS_PROFILE.")
        frozen = credentials.get_frozen_credentials()
        variables = {
            **os.environ,
            **self._settings(stage),
            "FLORIN_STAGE": stage,
            "DIGEST_BUCKET_NAME": f"florin-{stage}-digests-{self.account_id()}-{self.session.region_name}",
            "AWS_ACCESS_KEY_ID": str(frozen.access_key),
            "AWS_SECRET_ACCESS_KEY": str(frozen.secret_key),
            "AWS_DEFAULT_REGION": str(self.session.region_name),
            "AWS_REGION": str(self.session.region_name),
        }
        elsewhere = [name for name in variables if name.startswith(ENDPOINTS)]
        if self.endpoint_url is not None:
            elsewhere.append("AWS_PROFILE")  # its endpoints and region are not the emulator's
        for name in [*elsewhere, "AWS_SESSION_TOKEN"]:
            variables.pop(name, None)
        given = {"AWS_SESSION_TOKEN": frozen.token, ENDPOINTS: self.endpoint_url}
        return variables | {name: str(value) for name, value in given.items() if value}

    def _settings(self, stage: str) -> dict[str, str]:
        """Return the settings of the deployed functions; none if nothing is deployed yet."""
        functions = self.client("lambda")
        try:
            found = functions.get_function_configuration(FunctionName=f"florin-{stage}-events")
        except functions.exceptions.ResourceNotFoundException:
            return {}
        return dict(found.get("Environment", {}).get("Variables", {}))


def connect(settings: Settings) -> Cloud:
    """Return the cloud that the settings name. Raises CommandError if it does not answer."""
    if settings.target == "aws":
        session = boto3.Session()
        if not session.region_name:
            raise CommandError("There is no AWS region.", "Set AWS_DEFAULT_REGION, or run `aws configure`.")
        _require_aws(session, os.environ)
        return Cloud(None, session)
    if settings.target == "embedded":
        return Cloud(f"http://127.0.0.1:{settings.port}", emulator_session())
    return Cloud(_require_localstack(localstack_url(settings)), emulator_session(settings.account_id or EMULATOR_KEY))


def localstack_url(settings: Settings) -> str:
    """Return where LocalStack is: at PORT, or where AWS_ENDPOINT_URL or LOCALSTACK_HOST say, or on port 4566."""
    if settings.is_port_given:
        return f"http://127.0.0.1:{settings.port}"
    return str(get_service_endpoint("cloudformation"))


def _require_aws(session: boto3.Session, environment: Mapping[str, str]) -> None:
    """Raise CommandError if this shell, or its profile, leads clients of AWS to an emulator."""
    leading = {name: value for name, value in environment.items() if name.startswith(ENDPOINTS)}
    leading["endpoint_url of the AWS profile"] = str(session.client("cloudformation").meta.endpoint_url)
    for name, url in leading.items():
        if not (urlsplit(url).hostname or "").endswith(AWS_DOMAINS):
            raise CommandError(
                f"{name} leads to {url}, which is not AWS.", "Remove it. To use an emulator, add: TARGET=localstack"
            )


def _require_localstack(endpoint_url: str) -> str:
    """Return the address if a LocalStack answers there. Raises CommandError, also if it is another emulator."""
    said = health(endpoint_url)
    if said is None:
        raise CommandError(f"No LocalStack responds at {endpoint_url}.", START_LOCALSTACK)
    if said.get("edition") == MINISTACK_EDITION:
        raise CommandError(
            f"{endpoint_url} is MiniStack, the embedded emulator, not LocalStack.",
            "Leave TARGET=localstack away to use it, or name LocalStack's port: PORT=4570 (or AWS_ENDPOINT_URL).",
        )
    return endpoint_url


def emulator_session(key: str = EMULATOR_KEY) -> boto3.Session:
    """Return a session as the emulated account's root. The emulators check only these credentials.

    To LocalStack, a key of twelve digits is the account's id.
    """
    return session_with(key, EMULATOR_KEY)


def session_with(key: str, secret: str, token: str | None = None) -> boto3.Session:
    """Return a session with credentials that an emulator has given.

    All sessions share the descriptions of AWS's services: to read them takes 0.1 s for a session's first client.
    """
    beneath = botocore.session.Session()
    beneath.register_component("data_loader", _descriptions())
    return boto3.Session(key, secret, token, EMULATOR_REGION, beneath)


@cache
def _descriptions() -> Loader:
    return create_loader()


def health(endpoint_url: str) -> dict[str, Any] | None:
    """Return the health response of a MiniStack or LocalStack, or None if neither answers."""
    try:
        with urllib.request.urlopen(f"{endpoint_url}/_localstack/health", timeout=5) as response:
            answer = json.load(response)
    except (OSError, urllib.error.URLError, ValueError):
        return None
    return answer if isinstance(answer, dict) and "services" in answer else None
