"""Compares the copies of functions that a stage reserves with those that the account may run at once."""

from typing import Any

from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

UNRESERVED_MIN = 100
"""What AWS keeps of an account's copies for functions that reserve none."""


def sum_reservations(template: dict[str, Any]) -> int:
    """Return how many copies the functions of a template reserve, by the defaults of its parameters."""
    total = 0
    for resource in template.get("Resources", {}).values():
        choice = resource.get("Properties", {}).get("ReservedConcurrentExecutions")
        if choice is not None:
            total += int(template["Parameters"][choice["Fn::If"][1]["Ref"]]["Default"])
    return total


def require(cloud: Cloud, settings: Settings, template: dict[str, Any]) -> None:
    """Raise CommandError if the account has too few copies: a new account has ten, and no reservation works there."""
    wanted = sum_reservations(template)
    if not wanted:
        return
    quota = cloud.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if wanted + UNRESERVED_MIN > quota:
        raise CommandError(
            f"Stage {settings.stage} reserves {wanted} copies of functions, and this account may run {quota} at once.",
            f"Nothing was changed. Ask AWS for {wanted + UNRESERVED_MIN} or more (Service Quotas, Lambda, Concurrent"
            " executions), or set the four parameters that end in Concurrency to 0 in"
            f" infra/fragments/stages/{settings.stage}.yaml.",
        )
