"""The network that requests come from."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from chalice.local import LambdaEventConverter

from tests.api.helpers.bank import Api, Reply

WRONG = "a wrong password"
NEAR, SAME_NETWORK, ELSEWHERE = "203.0.113.7", "203.0.113.99", "198.51.100.7"


@contextmanager
def requests_from(source_ip: str) -> Iterator[None]:
    """Let API Gateway tell this address of whatever is sent while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LambdaEventConverter, "LOCAL_SOURCE_IP", source_ip)
        yield


def guess(client: Api, email: str, password: str = WRONG, device_token: str | None = None, **headers: str) -> Reply:
    """Log in from wherever requests come from."""
    body = {"email": email, "password": password} | ({"device_token": device_token} if device_token else {})
    return client.post("/v1/auth/login", body, headers=headers)


def guess_from(
    source_ip: str, client: Api, email: str, password: str = WRONG, device_token: str | None = None
) -> Reply:
    with requests_from(source_ip):
        return guess(client, email, password, device_token)
