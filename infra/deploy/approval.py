"""Shows what a change set would do, and asks before it is done in prod."""

import sys
from typing import Any

from infra.errors import CommandError
from infra.progress import say


def show(cloudformation: Any, arn: str) -> None:
    """Print each change: what happens to which resource, and whether it is replaced."""
    pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=arn)
    changes = [one["ResourceChange"] for page in pages for one in page["Changes"]]
    for one in changes:
        replaced = f", replaced: {one['Replacement']}" if one.get("Replacement", "False") != "False" else ""
        say(f"    {one['Action']:<7} {one['LogicalResourceId']} ({one['ResourceType']}{replaced})")
    say(f"    {len(changes)} changes in {arn}")


def require(stage: str) -> None:
    """Ask the person at the terminal for the stage's name. Raises CommandError if nobody approves."""
    advice = f"Run it at a terminal, or: make deploy STAGE={stage} PLAN=yes, then CHANGE_SET=… of what it has shown."
    if not sys.stdin.isatty():
        raise CommandError("Nobody has approved these changes.", advice)
    if input(f"    To make these changes, type {stage}: ").strip() != stage:
        raise CommandError("These changes were not approved, and nothing was changed.", advice)
