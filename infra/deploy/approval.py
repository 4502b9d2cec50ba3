"""Shows what a change set would do, and asks before it is done in prod."""

import sys
from typing import Any

from infra.errors import CommandError
from infra.progress import say

KEEPS_DATA = frozenset({"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"})
"""Types of resources that a stack leaves behind instead of deleting them, with what is in them."""


def show(cloudformation: Any, arn: str) -> None:
    """Print each change: what happens to which resource, whether it is replaced, and what the bank would lose."""
    pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=arn)
    changes = [one["ResourceChange"] for page in pages for one in page["Changes"]]
    for one in changes:
        replaced = f", replaced: {one['Replacement']}" if _is_replaced(one) else ""
        say(f"    {one['Action']:<7} {one['LogicalResourceId']} ({one['ResourceType']}{replaced})")
    say(f"    {len(changes)} changes in {arn}")
    lost = [
        one for one in changes if one["ResourceType"] in KEEPS_DATA and (one["Action"] == "Remove" or _is_replaced(one))
    ]
    for one in lost:
        say(f"    ✗ The bank would go on without what is in {one['LogicalResourceId']}.")


def _is_replaced(change: dict[str, Any]) -> bool:
    """Return whether a resource is replaced by another one, or may be."""
    return bool(change.get("Replacement", "False") != "False")


def require(stage: str) -> None:
    """Ask the person at the terminal for the stage's name. Raises CommandError if nobody approves."""
    advice = f"Run it at a terminal, or: make deploy STAGE={stage} PLAN=yes, then CHANGE_SET=… of what it has shown."
    if not sys.stdin.isatty():
        raise CommandError("Nobody has approved these changes.", advice)
    if input(f"    To make these changes, type {stage}: ").strip() != stage:
        raise CommandError("These changes were not approved, and nothing was changed.", advice)
