"""Old versions of functions, which AWS keeps until somebody deletes them: 75 GB of code are all that an account has."""

from typing import Any

KEPT = 3
"""Versions that stay beside those that an alias names: enough to go back by hand."""


def prune(functions: Any, names: list[str]) -> int:
    """Delete all but the newest versions of functions, and those that an alias names. Return how many."""
    deleted = 0
    for name in names:
        for version in _old_versions(functions, name):
            functions.delete_function(FunctionName=name, Qualifier=version)
            deleted += 1
    return deleted


def _old_versions(functions: Any, name: str) -> list[str]:
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    numbers = [one["Version"] for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
    used: set[str] = set()
    for page in functions.get_paginator("list_aliases").paginate(FunctionName=name):
        for alias in page["Aliases"]:
            used |= {alias["FunctionVersion"], *alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})}
    return [one for one in sorted(numbers, key=int)[:-KEPT] if one not in used]
