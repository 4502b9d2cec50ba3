"""Merges the fragments into the one JSON file that `chalice package --merge-template` takes."""

import json
from pathlib import Path
from typing import Any

import yaml

from infra import gateway_responses
from infra.settings import Settings


def merged_fragments(settings: Settings) -> dict[str, Any]:
    """Everything of the stack that Chalice does not write, for one stage."""
    fragments_dir = settings.root / "infra" / "fragments"
    paths = sorted(fragments_dir.glob("*.yaml"))
    if settings.stage != "local":
        paths += sorted((fragments_dir / "keep").glob("*.yaml"))
    if settings.has_layer:
        paths += sorted((fragments_dir / "layered").glob("*.yaml"))
    merged = gateway_responses.fragment()
    for path in paths:
        merged = merge(merged, yaml.safe_load(path.read_text()))
    merged["Parameters"]["Stage"] |= {"Default": settings.stage, "AllowedValues": [settings.stage]}
    for resource in merged["Resources"].values():
        if resource.get("Type") == "AWS::StepFunctions::StateMachine":
            _inline_definition(resource["Properties"], settings.root)
    return merged


def merge(base: dict[str, Any], addition: dict[str, Any]) -> dict[str, Any]:
    """Deeply: mappings are united, of anything else the addition's wins. It is what Chalice does, too."""
    united = dict(base)
    for key, value in addition.items():
        both_mappings = isinstance(value, dict) and isinstance(united.get(key), dict)
        united[key] = merge(united[key], value) if both_mappings else value
    return united


def _inline_definition(properties: dict[str, Any], root: Path) -> None:
    """Put the state machine's own file where the fragment names it."""
    properties["Definition"] = json.loads((root / properties["Definition"]).read_text())
