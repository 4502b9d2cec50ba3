"""Who asks, by what API Gateway hands over."""

from types import SimpleNamespace
from typing import Any

from chalicelib.handlers.http.caller import caller_of, gateway_id_of, request_id_of


def raw(**context: str) -> Any:
    return SimpleNamespace(context=context, headers={})


def test_client_cannot_choose_the_id_that_its_writes_are_marked_with() -> None:
    """The audit tells requests apart by it, and a replay from the request that made it."""
    asked = raw(extendedRequestId="gateways", requestId="clients")
    assert gateway_id_of(asked) == caller_of(asked).request_id == "gateways"
    assert gateway_id_of(raw(requestId="emulators")) == "emulators"
    assert gateway_id_of(raw()) != gateway_id_of(raw())


def test_request_id_is_the_one_that_the_gateway_tells_the_client() -> None:
    assert request_id_of(raw(extendedRequestId="gateways", requestId="clients")) == "clients"
    assert request_id_of(raw()) != request_id_of(raw())
    assert request_id_of(None)


def test_request_without_an_id_gets_one_and_keeps_it() -> None:
    asked = raw()
    assert request_id_of(asked) == request_id_of(asked) == gateway_id_of(asked) == caller_of(asked).request_id
