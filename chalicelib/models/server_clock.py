"""Compares this machine's clock with DynamoDB's, by the `Date` of each response, at no call of its own."""

import threading
from email.utils import parsedate_to_datetime
from typing import Any

from chalicelib import clock

_request = threading.local()
"""When this thread has made its last request."""


def watch(client: Any) -> None:
    """Compare the clocks at each response that a client of DynamoDB receives."""
    client.meta.events.register_first("before-send.dynamodb", _note_sent)
    client.meta.events.register("response-received.dynamodb", _compare)


def _note_sent(**_: Any) -> None:
    _request.sent = clock.system_now()


def _compare(response_dict: dict[str, Any] | None = None, **_: Any) -> None:
    """Skip what has no date: a lost response, and an emulator's that leaves it out."""
    received = clock.system_now()
    try:
        answered = parsedate_to_datetime(response_dict["headers"]["Date"]) if response_dict else None
    except (KeyError, ValueError):
        return
    if answered and answered.tzinfo:
        clock.compare(_request.sent, answered, received)
