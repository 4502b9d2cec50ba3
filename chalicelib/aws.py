"""Clients of other AWS services, built once, with timeouts that fit inside a request. boto3 would cost 200 ms."""

import os
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import get_session

CONNECT_TIMEOUT_SECONDS = 2


@cache
def client(service: str, *, read_timeout_seconds: int = 5, attempts_max: int = 3) -> Any:
    """A client of a service, shared by the process."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=read_timeout_seconds,
        retries={"total_max_attempts": attempts_max, "mode": "standard"},
        # An emulator's address takes no prefix such as "sync-".
        inject_host_prefix="AWS_ENDPOINT_URL" not in os.environ,
    )
    return get_session().create_client(service, config=config)
