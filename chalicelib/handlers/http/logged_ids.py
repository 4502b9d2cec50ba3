"""The ids that a request's log lines have besides its own, so that `make logs ID=…` finds what led to it."""

from collections.abc import Mapping
from typing import Literal

from chalicelib.domain import ids

APPROVALS = "/v1/approvals/"
KINDS: Mapping[str, Literal["apr", "txn"]] = {"approval_id": "apr", "transaction_id": "txn"}


def of_request(path_parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the approval or transaction that a path names. Any other text is not logged: it may be a name."""
    return {name: text for name, text in path_parameters.items() if name in KINDS and ids.is_id(KINDS[name], text)}


def of_response(headers: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Return the approval that a request waits for."""
    location = headers.get("Location")
    is_waiting = isinstance(location, str) and location.startswith(APPROVALS)
    return {"approval_id": str(location).removeprefix(APPROVALS)} if is_waiting else {}
