"""The faulty line in this process: every call of the shared DynamoDB client goes through it."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.retries.standard import ExponentialBackoff

from chalicelib.models import connection
from tests.faults.line import Line, Silence
from tests.faults.plan import Call, Plan

EVENT = "before-send.dynamodb"
HookedLine = Line[AWSPreparedRequest, AWSResponse]


class _Body(io.BytesIO):
    """What botocore takes for the body of a response."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def faulty_client(plan: Plan) -> Iterator[HookedLine]:
    """The shared client on a line of its own while the block runs; botocore's retries lose no time.

    A client that hears nothing hears it at once: what a timeout waits for teaches us nothing.
    """
    at_once: Any = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]  # as botocore's own sessions are
    session = URLLib3Session(socket_options=at_once)
    line = HookedLine(plan, session.send, _refuse)

    def carry(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        try:
            return line.carry(Call(operation, body), request)
        except Silence:
            silence = plan.one_of((ReadTimeoutError, ConnectionClosedError))
            raise silence(endpoint_url=request.url) from None

    events = connection.client().meta.events
    events.register_first(EVENT, carry)
    try:
        with mock.patch.object(ExponentialBackoff, "delay_amount", return_value=0):
            yield line
        line.flush()
    finally:
        events.unregister(EVENT, carry)
        session.close()


def _refuse(status: int, body: bytes) -> AWSResponse:
    return AWSResponse("", status, HTTPHeaders(), _Body(body))
