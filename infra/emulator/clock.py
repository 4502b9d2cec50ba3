"""Sets the clock of a deployed bank ahead, for a test or a demo; works in stage `local` only."""

from datetime import timedelta

from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

VARIABLE = "CLOCK_AHEAD_SECONDS"


def set_ahead(cloud: Cloud, settings: Settings, distance: timedelta, only: str | None = None) -> None:
    """Set the clock of every function so far ahead of the real one, or of one only; no distance at all sets it right.

    What is done then has happened in the future. Once the clock is right again, the accounts that were moved stay as
    they are until their time has come: the ledger refuses to date entries ahead. Raises CommandError.
    """
    if settings.stage != "local":
        raise CommandError(f"The clock of stage {settings.stage} cannot be set.", "Only the clock of stage local can.")
    functions = cloud.client("lambda")
    waiter = functions.get_waiter("function_updated_v2")
    names = [only] if only else function_names(cloud, settings.stack_name)
    for name in names:
        found = functions.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
        variables = {key: value for key, value in found.items() if key != VARIABLE}
        if distance:
            variables[VARIABLE] = str(int(distance.total_seconds()))
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    for name in names:
        waiter.wait(FunctionName=name)


def function_names(cloud: Cloud, stack_name: str) -> list[str]:
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_name)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [one["PhysicalResourceId"] for one in resources if one["ResourceType"] == "AWS::Lambda::Function"]
