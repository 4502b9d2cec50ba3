"""The description of the API as it is served.

A package has it: to generate it takes a function seconds, and anybody may ask for it.
"""

import json
from functools import cache
from pathlib import Path

PACKAGED = Path(__file__).with_name("description.json")
"""Only in packages: docs/openapi.json, without its spaces."""


@cache
def text() -> str:
    """Return the description as JSON; generated, where the code does not run from a package."""
    if PACKAGED.exists():
        return PACKAGED.read_text()
    from chalicelib.handlers.http.openapi import document

    return json.dumps(document())


@cache
def page() -> str:
    """Return the description as a web page."""
    from chalicelib.handlers.http import docs_page

    return docs_page.page(json.loads(text()))
