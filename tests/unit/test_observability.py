"""Lines of the log: short where nothing is amiss, complete where something is."""

import json

from chalicelib import observability

FIELDS = {
    "level": "INFO",
    "location": "_serve:103",
    "message": "request answered",
    "service": "florin",
    "cold_start": False,
    "function_name": "florin-local-api",
    "function_memory_size": 1024,
    "function_arn": "arn:aws:lambda:us-east-1:000000000000:function:florin-local-api",
    "function_request_id": "r",
    "request_id": "q",
}


def test_line_without_a_fault_has_what_it_is_about() -> None:
    line = json.loads(observability.to_line(FIELDS))
    assert line == {"level": "INFO", "message": "request answered", "request_id": "q"}


def test_line_of_a_fault_has_all_fields() -> None:
    faulty = FIELDS | {"level": "ERROR", "cold_start": True}
    assert json.loads(observability.to_line(faulty)) == faulty


def test_cold_start_is_told() -> None:
    assert json.loads(observability.to_line(FIELDS | {"cold_start": True}))["cold_start"] is True
