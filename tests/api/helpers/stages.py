"""The settings of the stages that are deployed."""

import json

from infra.settings import ROOT


def deployed_settings(stage: str) -> dict[str, str]:
    """The environment of a stage's functions, as `.chalice/config.json` has it."""
    stages = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]
    return dict(stages[stage]["environment_variables"])
