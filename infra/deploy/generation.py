"""Decides whether new functions can work beside those that are deployed, as they do for five minutes of a canary.

A deployment writes its generation into an output of the stack, and the next one compares it with its own.
"""

import hashlib
import json
from typing import Any

NUMBER = 1
"""Raise it if new functions refuse what the API, the workflow of transfers or its task of the version before sends,
though the workflow itself is the same."""
OUTPUT = "Generation"
WORKFLOW = "TransferStateMachine"
"""The workflow between the API and `transfer_task`: both have versions, the workflow has none."""


def of_template(template: dict[str, Any]) -> str:
    """Return the generation of a template. It changes with each change of the workflow of transfers."""
    definition = template["Resources"].get(WORKFLOW, {}).get("Properties", {}).get("Definition")
    return f"{NUMBER}-{hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:16]}"


def is_other(stack: dict[str, Any] | None, template: dict[str, Any]) -> bool:
    """Return whether a bank of another generation is deployed. A stack without outputs was never whole."""
    outputs = {one["OutputKey"]: one["OutputValue"] for one in (stack or {}).get("Outputs", [])}
    return bool(outputs) and outputs.get(OUTPUT) != of_template(template)
