"""Checks the settings of the functions before they are packaged: a wrong one would stop every function at its start."""

import json
from typing import Any

from chalicelib import config_check
from chalicelib.environment import SettingError
from infra.errors import CommandError
from infra.settings import Settings

OF_POWERTOOLS = {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"}
CONFIG_FILE = ".chalice/config.json"


def of_stage(settings: Settings) -> dict[str, str]:
    """Return what .chalice/config.json sets for the functions of a stage."""
    given = json.loads((settings.root / CONFIG_FILE).read_text())
    variables: dict[str, str] = (
        given["environment_variables"] | given["stages"][settings.stage]["environment_variables"]
    )
    return variables


def require_valid(settings: Settings, fragments: dict[str, Any]) -> None:
    """Check what .chalice/config.json and the fragments set for a stage. Raises CommandError."""
    variables = of_stage(settings)
    for resource in fragments["Resources"].values():
        # Chalice makes the bank's functions; a fragment adds to them and need not repeat their type.
        if resource.get("Type") == "AWS::Serverless::Function":
            continue  # the simulated clearing bank, which has settings of its own
        added = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        variables |= {name: value for name, value in added.items() if isinstance(value, str)}
    try:
        config_check.check(variables)
    except SettingError as error:
        raise CommandError(
            f"The settings of stage {settings.stage} are wrong.", f"Correct {CONFIG_FILE}:\n{error}"
        ) from None
    unknown = sorted(variables.keys() - config_check.SETTINGS.keys() - OF_POWERTOOLS)
    if unknown:
        raise CommandError(f"There is no setting {', '.join(unknown)}.", f"Check the spelling in {CONFIG_FILE}.")
