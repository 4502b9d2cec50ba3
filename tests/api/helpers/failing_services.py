"""Services of AWS that fail at one call of a request, or from it on, for all clients of this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib import trial

Kind = Literal["throttled", "failed", "broken", "unheard"]
"""How a service fails. `unheard`: it does what it is asked, and its answer is lost."""
KINDS: tuple[Kind, ...] = ("throttled", "failed", "broken", "unheard")
SAID = "words of the service"
"""In each answer of a service that fails: no client may read them."""
STATUS = {"throttled": (400, "ThrottlingException"), "failed": (500, "InternalServerError")}
URL = "http://aws.invalid"
METHOD = "_make_api_call"
"""Of botocore's clients, through which PynamoDB's calls pass, too."""
send: Callable[..., Any] = getattr(BaseClient, METHOD)


class Call(NamedTuple):
    service: str
    operation: str

    @property
    def is_read(self) -> bool:
        return trial.is_read(self.operation)


class Fault(NamedTuple):
    """What happens at one call of a request, by its place among them. With `lasts` the service fails from then on."""

    place: int
    kind: Kind
    lasts: bool


@dataclass
class Line:
    """Between the clients and AWS. `calls` are those of the request so far."""

    fault: Fault | None = None
    calls: list[Call] = field(default_factory=list)

    def carry(self, client: Any, operation: str, parameters: Any) -> Any:
        """Send a call, or fail it as botocore does: its handlers hear of it."""
        call = Call(client.meta.service_model.service_name, operation)
        self.calls.append(call)
        if self.fault is None or not self._hits(call, self.fault):
            return send(client, operation, parameters)
        kind, where = self.fault.kind, f"{client.meta.service_model.service_id.hyphenize()}.{operation}"
        if kind in STATUS:
            status, code = STATUS[kind]
            said = {"Error": {"Code": code, "Message": SAID}, "ResponseMetadata": {"HTTPStatusCode": status}}
            model, http = client.meta.service_model.operation_model(operation), SimpleNamespace(status_code=status)
            client.meta.events.emit(f"after-call.{where}", http_response=http, parsed=said, model=model, context={})
            raise ClientError(said, operation)  # type: ignore[arg-type]  # all that is read of it
        if kind == "unheard":
            send(client, operation, parameters)
        silence = ReadTimeoutError if kind == "unheard" else EndpointConnectionError
        error = silence(endpoint_url=URL, error=SAID)
        client.meta.events.emit(f"after-call-error.{where}", exception=error, context={})
        raise error

    def _hits(self, call: Call, fault: Fault) -> bool:
        place = len(self.calls) - 1
        if place == fault.place:
            return True
        return fault.lasts and place > fault.place and call.service == self.calls[fault.place].service


@contextmanager
def line(fault: Fault | None = None) -> Iterator[Line]:
    """Let what is sent in this block pass through a line, with a fault or without."""
    made = Line(fault)
    # A function, unlike the method itself, is bound to the client.
    with mock.patch.object(BaseClient, METHOD, lambda *call: made.carry(*call)):  # noqa: PLW0108
        yield made
