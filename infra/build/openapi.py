"""Write the API's description to docs/openapi.json, where a test compares it with the routes."""

import json
from pathlib import Path


def write(root: Path) -> Path:
    from chalicelib.handlers.http.openapi import document

    path = root / "docs" / "openapi.json"
    path.write_text(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
    return path
