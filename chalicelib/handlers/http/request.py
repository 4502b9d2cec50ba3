"""Parsing of a request: from what API Gateway passes on to what a view receives."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, NoReturn, TypeVar, cast

from chalice.app import MultiDict
from chalice.app import Request as RawRequest
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chalicelib.domain.errors import FieldError, IdempotencyKeyMissing, ValidationFailed
from chalicelib.domain.if_match import IfMatch
from chalicelib.domain.ledger import idempotency
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http import encoding, viewer
from chalicelib.handlers.http.errors import MalformedJson, PayloadTooLarge, UnsupportedMediaType
from chalicelib.handlers.http.schemas import Query, Schema
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity.login_log import Origin

BODY_BYTES_MAX = 64 * 1024
FIELDS_NAMED_MAX = 5
"""In the sentence for people; `errors` has them all."""
MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is unknown; check its spelling",
    "string_type": "must be text, in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
}
"""For people, instead of the validator's own words."""
_KEY = re.compile(r"[\x20-\x7e]{1,64}")

BodyT = TypeVar("BodyT")
QueryT = TypeVar("QueryT")
KeyRule = Literal["required", "honoured", "ignored"]


@dataclass(frozen=True)
class Document:
    """A body that is text of another media type than JSON. It may be about people: no fingerprint reveals it."""

    media_types: tuple[str, ...]
    bytes_max: int
    headers: tuple[str, ...] = ()
    """Those in which the operation takes what has no place in the document."""


@dataclass(frozen=True)
class Request(Generic[BodyT, QueryT]):
    """`idempotency_key` is None where none was sent or it is not honoured.
    `if_match` is the version on whose condition the request is made, `connected` the address that API Gateway sees."""

    body: BodyT
    query: QueryT
    caller: Caller
    idempotency_key: IdempotencyKey | None
    headers: Mapping[str, str]
    connected: str
    if_match: IfMatch

    @property
    def required_idempotency_key(self) -> IdempotencyKey:
        """Return the idempotency key of a request that moves money, which always has one."""
        if self.idempotency_key is None:
            raise IdempotencyKeyMissing("Send an Idempotency-Key header.")
        return self.idempotency_key

    @property
    def source_ip(self) -> str:
        """Return the address of the caller, also behind the console's distribution."""
        return viewer.address(self.headers, self.connected)

    @property
    def origin(self) -> Origin:
        return Origin(self.source_ip, self.headers.get("user-agent", ""))


def parse_body(raw: RawRequest, schema: type[Schema] | None) -> Any:
    """Parse the body into its schema. Raises the problem that names what is wrong."""
    if schema is None:
        return None
    content = cast(bytes, raw.raw_body)
    if len(content) > BODY_BYTES_MAX:
        raise PayloadTooLarge(f"The body is larger than {BODY_BYTES_MAX} bytes.")
    content_type = raw.headers.get("content-type", "application/json")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Send the body as application/json, not {media_type[:100]}.")
    text = encoding.decode(content, content_type)
    try:
        parsed = json.loads(text or "{}", parse_constant=_refuse_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise MalformedJson("The body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise ValidationFailed.of("body", "must be a JSON object")
    encoding.require_whole(parsed, "body")
    return validate(schema, parsed)


def parse_document(raw: RawRequest, accepted: Document) -> str:
    """Return the text of a body that is no JSON. Raises PayloadTooLarge, UnsupportedMediaType, ValidationFailed."""
    content = cast(bytes, raw.raw_body)
    if len(content) > accepted.bytes_max:
        raise PayloadTooLarge(f"The body is larger than {accepted.bytes_max} bytes.")
    content_type = raw.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in accepted.media_types:
        raise UnsupportedMediaType(f"Send the body as {accepted.media_types[0]}, not {media_type[:100] or 'untyped'}.")
    text = encoding.decode(content, content_type)
    encoding.require_whole({"body": text}, "body")
    return text


def parse_query(raw: RawRequest, schema: type[Query] | None) -> Any:
    """Parse the query string into its schema; without a schema, any parameter is refused."""
    given = raw.query_params if raw.query_params is not None else MultiDict({})
    values = {}
    for name in given:
        repeated = given.getlist(name)
        if len(repeated) > 1:
            raise ValidationFailed.of(name, "must be given once")
        values[name] = repeated[0]
    encoding.require_whole(values, "query")
    return validate(schema or Query, values)


def parse_path(parameters: dict[str, str]) -> dict[str, str]:
    """Return the parameters of the path. An id may be anything: a wrong one is unknown."""
    encoding.require_whole(parameters, "path")
    return parameters


def validate(schema: type[BaseModel], values: Mapping[str, object]) -> BaseModel:
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        found = tuple(
            FieldError(".".join(map(str, one["loc"])) or "body", _message(one))
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        )
        detail = "; ".join(f"{one.field}: {one.message}" for one in found[:FIELDS_NAMED_MAX])
        raise ValidationFailed(detail, errors=found) from None


def _message(error: ErrorDetails) -> str:
    return MESSAGES.get(error["type"]) or error["msg"].removeprefix("Value error, ").removeprefix("Input ")


def idempotency_key_of(
    raw: RawRequest, rule: KeyRule, caller: Caller, operation: str, body: Schema | str | None
) -> IdempotencyKey | None:
    """Return the idempotency key of the request, or None.

    Raises if a required key is missing, or the key is malformed.
    """
    if rule == "ignored":
        return None
    key = raw.headers.get("idempotency-key")
    if not key and rule == "required":
        raise IdempotencyKeyMissing("Send an Idempotency-Key header (1-64 printable ASCII), new for each payment.")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise ValidationFailed.of("Idempotency-Key", "must be 1-64 printable ASCII characters")
    if isinstance(body, str):
        return _with_mac(idempotency.derive_key(caller.user_id, key, operation, digest([body])))
    return derive_key(caller, key, operation, body)


def derive_key(caller: Caller, key: str, operation: str, body: Schema | None) -> IdempotencyKey:
    """Return what a key that a client has sent stands for: a request of this operation with this body."""
    content = body.model_dump(mode="json", exclude=set(body.secret_fields), exclude_defaults=True) if body else {}
    idempotency_key = idempotency.derive_key(caller.user_id, key, operation, content)
    if body is None or body.erasable_fields.isdisjoint(content):
        return idempotency_key
    return _with_mac(idempotency_key)


def _with_mac(idempotency_key: IdempotencyKey) -> IdempotencyKey:
    """Return a key whose fingerprint reveals nothing of a request about people."""
    return replace(idempotency_key, fingerprint=bank_keys.fingerprint_mac(idempotency_key.fingerprint))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Parse an object, and refuse two fields of one name: programs differ in which of them they take."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field occurs twice")
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
