"""Errors of HTTP itself: the request never reaches a service.

BankError
└── HttpError
    ├── MalformedJson
    └── MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType
"""

from chalicelib.domain.errors import BankError


class HttpError(BankError):
    """An error of the request as such, whatever it asks for."""


class MalformedJson(HttpError):
    code, title = "malformed_json", "The body is not JSON"


class MethodNotAllowed(HttpError):
    code, title = "method_not_allowed", "This resource has no such method"


class PayloadTooLarge(HttpError):
    code, title = "payload_too_large", "The body is too large"


class UnsupportedMediaType(HttpError):
    code, title = "unsupported_media_type", "This media type is not accepted"


BY_CODE: dict[str, type[HttpError]] = {kind.code: kind for kind in HttpError.__subclasses__()}
