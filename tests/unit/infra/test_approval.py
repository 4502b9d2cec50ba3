"""What a person sees of a change set before it is executed."""

from types import SimpleNamespace
from typing import Any

import pytest

from infra.deploy import approval

TABLE, KEY, FUNCTION = "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Lambda::Function"


def shown(capsys: pytest.CaptureFixture[str], *changes: tuple[str, str, str, str | None]) -> list[str]:
    """Return the lines about changes: what is done, with which resource of which type, and whether it is replaced."""
    told = [
        {"Action": action, "LogicalResourceId": name, "ResourceType": kind} | ({"Replacement": to} if to else {})
        for action, name, kind, to in changes
    ]
    page = {"Changes": [{"ResourceChange": one} for one in told]}
    pages = SimpleNamespace(paginate=lambda **_: [page])
    target: Any = SimpleNamespace(get_paginator=lambda _: pages)
    approval.show(target, "arn:change-set")
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def test_change_set_that_takes_data_from_the_bank_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(
        capsys,
        ("Modify", "APIHandler", FUNCTION, "True"),
        ("Remove", "KeysTable", TABLE, None),
        ("Modify", "PersonalKey", KEY, "Conditional"),
        ("Modify", "LedgerTable", TABLE, "False"),
        ("Add", "EventsTable", TABLE, None),
    )
    assert lines[1:3] == [
        "Remove  KeysTable (AWS::DynamoDB::Table)",
        "Modify  PersonalKey (AWS::KMS::Key, replaced: Conditional)",
    ]
    assert [line for line in lines if line.startswith("✗")] == [
        "✗ The bank would go on without what is in KeysTable.",
        "✗ The bank would go on without what is in PersonalKey.",
    ]


def test_other_changes_are_listed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, ("Modify", "APIHandler", FUNCTION, "False"), ("Remove", "OldRule", "AWS::Events::Rule", None))
    assert lines == [
        "Modify  APIHandler (AWS::Lambda::Function)",
        "Remove  OldRule (AWS::Events::Rule)",
        "2 changes in arn:change-set",
    ]
