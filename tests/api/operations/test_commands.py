"""Commands that work on the tables themselves go by what the functions are set to."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra.targets import Cloud
from tests.api.helpers.bank import STAGE

NAME = f"florin-{STAGE}-events"


@pytest.fixture
def events(aws: Any) -> Iterator[None]:
    """The function that counts, as it is deployed for a bank in Kolkata."""
    roles, functions, code = boto3.client("iam"), boto3.client("lambda"), io.BytesIO()
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = roles.create_role(RoleName=NAME, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    functions.create_function(
        FunctionName=NAME,
        Runtime="python3.11",
        Role=role,
        Handler="app.events",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"BANK_TIMEZONE": "Asia/Kolkata", "LEDGER_SHARDS": "4", "FLORIN_STAGE": "another"}},
    )
    yield
    functions.delete_function(FunctionName=NAME)
    roles.delete_role(RoleName=NAME)


def environment() -> dict[str, str]:
    """Of `make verify`, `make rollups` and others."""
    return Cloud(None, boto3.Session()).environment(STAGE)


@pytest.mark.usefixtures("events")
def test_their_days_are_those_on_which_the_functions_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell says: sums made afresh on other days would be other sums."""
    monkeypatch.setenv("BANK_TIMEZONE", "America/New_York")
    told = environment()
    assert (told["BANK_TIMEZONE"], told["LEDGER_SHARDS"], told["FLORIN_STAGE"]) == ("Asia/Kolkata", "4", STAGE)


def test_where_nothing_is_deployed_yet_they_have_their_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIMEZONE", "America/New_York")
    assert environment()["BANK_TIMEZONE"] == "America/New_York"
