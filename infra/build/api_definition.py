"""Shortens the API's definition in the template: each path has seven methods, and CloudFormation takes one megabyte.

Chalice describes for each method what an answer looks like. API Gateway has no use for it where a function answers
itself: SAM's own definitions leave it out, too. It was a quarter of the template.
"""

import json
from pathlib import Path
from typing import Any

API = "RestAPI"
UNUSED = ("consumes", "produces")


def shorten(template: dict[str, Any]) -> None:
    """Take what describes answers from each method of the API."""
    for methods in template["Resources"][API]["Properties"]["DefinitionBody"]["paths"].values():
        for method in methods.values():
            for name in UNUSED:
                method.pop(name, None)
            method["responses"] = {}
            method["x-amazon-apigateway-integration"].pop("responses", None)


def shorten_file(file: Path) -> None:
    """Shorten the API's definition in a packaged template."""
    template = json.loads(file.read_text())
    shorten(template)
    file.write_text(json.dumps(template, indent=1))
