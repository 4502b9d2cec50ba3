"""Makes calls of services that speak JSON with fewer steps than botocore, which serves all of AWS.

Bodies are written, requests signed and responses read as botocore does it. What is repeated, after which pause, and
what an error means, botocore decides: only what happens within one attempt is ours.
"""

from binascii import crc32
from typing import Any, cast

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.endpoint import Endpoint, convert_to_response_dict
from botocore.exceptions import ConnectionClosedError
from botocore.handlers import add_retry_headers
from botocore.hooks import first_non_none_response
from botocore.serialize import JSONSerializer

from chalicelib.json_signature import Signer

OK = 200


def use_few_steps(client: Any) -> None:
    """Let a client write, sign and send with few steps. It validates no parameters any more; the service does."""
    # botocore has no other place for either.
    client._endpoint = JsonEndpoint(client._endpoint, client._request_signer)  # noqa: SLF001 — as above
    client._serializer = JsonSerializer()  # noqa: SLF001 — as above


class _PlainSerializer(JSONSerializer):
    """Takes parameters for what JSON makes of them."""

    def _serialize(self, serialized: Any, value: Any, *_: Any) -> None:
        serialized.update(value)


class JsonSerializer(JSONSerializer):
    """Botocore's without its walk through every value, unless one is nothing that JSON has: bytes, or a moment."""

    _plain = _PlainSerializer()

    def serialize_to_request(self, parameters: Any, operation_model: Any) -> Any:
        try:
            return self._plain.serialize_to_request(parameters, operation_model)
        except TypeError:
            return super().serialize_to_request(parameters, operation_model)


class JsonEndpoint(Endpoint):
    """An endpoint of botocore for requests without query, streams and checksums.

    There is no event `request-created`: with botocore's, its own signer would sign.
    """

    # Botocore's own, which its stubs leave out.
    _event_emitter: Any
    _response_parser_factory: Any
    _send: Any
    _add_modeled_error_fields: Any

    def __init__(self, usual: Endpoint, signer: Any):
        vars(self).update(vars(usual))
        self._signer = Signer(signer)

    def create_request(self, params: Any, operation_model: Any = None) -> Any:
        """Return a signed request."""
        url, body, headers = params["url"], params["body"], cast(Any, dict(params["headers"]))
        request: Any = AWSPreparedRequest(params["method"], url, headers, body, False, params["context"])
        self._signer.sign(request, operation_model.name)
        add_retry_headers(request)
        headers["Content-Length"] = str(len(body))
        request.headers = HeadersDict({name: value.encode() for name, value in headers.items()})
        return request

    def _get_response(self, request: Any, operation_model: Any, context: Any) -> Any:
        """Return the response with what it says and no error, or the other way round."""
        name = f"{operation_model.service_model.service_id.hyphenize()}.{operation_model.name}"
        told = parsed = found = failure = None
        try:
            answers = self._event_emitter.emit(f"before-send.{name}", request=request)
            response = first_non_none_response(answers) or self._send(request)
            _require_whole(response, request)
        except Exception as error:  # noqa: BLE001 — botocore decides whether to try again, or raises it
            failure = error
        else:
            told = convert_to_response_dict(response, operation_model)
            parsed = self._parse(told, operation_model)
            found = response, parsed
        self._event_emitter.emit(
            f"response-received.{name}", response_dict=told, parsed_response=parsed, context=context, exception=failure
        )
        return found, failure

    def _parse(self, told: dict[str, Any], operation_model: Any) -> Any:
        parser = self._response_parser_factory.create_parser(operation_model.service_model.resolved_protocol)
        parsed = parser.parse(told, operation_model.output_shape)
        if told["status_code"] >= 300:
            self._add_modeled_error_fields(told, parsed, operation_model, parser)
        return parsed

    def _needs_retry(
        self, attempts: int, operation_model: Any, request_dict: Any, response: Any = None, caught_exception: Any = None
    ) -> bool:
        """Return whether to send a request again, after a pause. A success at once says nothing of that."""
        if attempts == 1 and response and response[0].status_code == OK:
            return False
        asked = attempts, operation_model, request_dict, response, caught_exception
        again: bool = super()._needs_retry(*asked)  # type: ignore[misc]  # not in botocore's stubs
        return again


def _require_whole(response: Any, request: Any) -> None:
    """Raise ConnectionClosedError if a body has not the checksum that DynamoDB sent with it.

    botocore sends such a request again, but takes the last response as it is: then a read could find nothing.
    """
    checksum = response.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(crc32(response.content)):
        raise ConnectionClosedError(endpoint_url=request.url, request=request)
