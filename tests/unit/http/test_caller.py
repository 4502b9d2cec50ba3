"""Who asks, by what API Gateway hands over."""

from types import SimpleNamespace
from typing import Any

from chalicelib.handlers.http.caller import request_id_of


def raw(**context: str) -> Any:
    return SimpleNamespace(context=context)


def test_a_client_cannot_choose_the_id_of_its_request() -> None:
    """The audit tells requests apart by it, and a replay from the request that made it."""
    assert request_id_of(raw(extendedRequestId="gateways", requestId="clients")) == "gateways"
    assert request_id_of(raw(requestId="emulators")) == "emulators"
    assert request_id_of(raw()) != request_id_of(raw())
    assert request_id_of(None)
