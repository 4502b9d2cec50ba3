"""Packaged templates, and the roles of the functions as clients."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.settings import STAGES, Settings
from infra.targets import Cloud, session_with
from tests.packages import PACKAGES, package_once
from tests.stack import Stack

RoleClient = Callable[[str, str], Any]


@pytest.fixture(scope="session")
def template_files() -> dict[str, Path]:
    """The packaged template of every stage."""
    files = {}
    for stage in STAGES:
        settings = Settings(stage=stage, build_root=PACKAGES)
        package_once(settings)
        files[stage] = settings.package_dir / "sam.json"
    return files


@pytest.fixture(scope="session")
def templates(template_files: dict[str, Path]) -> dict[str, dict[str, Any]]:
    return {stage: json.loads(path.read_text()) for stage, path in template_files.items()}


@pytest.fixture(scope="session")
def as_role(stack: Stack) -> RoleClient:
    """A client of a service with the credentials of a role of the stack, as AWS would give them to its function."""

    @cache
    def client(role_id: str, service: str) -> Any:
        resource = stack.client("cloudformation").describe_stack_resource(
            StackName=stack.settings.stack_name, LogicalResourceId=role_id
        )
        name = resource["StackResourceDetail"]["PhysicalResourceId"]
        arn = f"arn:aws:iam::{stack.cloud.account_id()}:role/{name}"
        credentials = stack.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        given = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
        return Cloud(stack.endpoint_url, session_with(*given)).client(service)

    return client
