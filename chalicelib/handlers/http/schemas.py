"""The types of fields in requests and responses; OpenAPI is generated from them."""

import re
from datetime import date
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from chalicelib.domain.text import is_blank, is_control

T = TypeVar("T")

AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?$"


def _no_control_characters(text: str) -> str:
    if any(map(is_control, text)):
        raise ValueError("must not contain control characters")
    if all(map(is_blank, text)):
        raise ValueError("must not be blank")
    return text


def _lines(text: str) -> str:
    """Return text with line ends of one kind; it may contain tabs."""
    text = text.replace("\r\n", "\n")
    _no_control_characters(text.replace("\n", " ").replace("\t", " "))
    return text


def _whole_number(text: object) -> object:
    if isinstance(text, str) and not (text.isascii() and text.isdigit()):
        raise ValueError("must be a whole number")
    return text


def _true_or_false(text: object) -> object:
    if isinstance(text, str) and text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text


def _decimal_string(text: str) -> str:
    if not re.fullmatch(AMOUNT_PATTERN, text, re.ASCII):
        raise ValueError('must be a positive decimal string such as "125.50"')
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("must be a date such as 2026-12-01") from None


Printable = AfterValidator(_no_control_characters)
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), Printable]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), Printable]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000),
    AfterValidator(_lines),
    Field(
        description="Plain text; may have several lines and tabs", json_schema_extra={"contentMediaType": "text/plain"}
    ),
]
Memo = Annotated[str, StringConstraints(min_length=1, max_length=140), Printable]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=32), Printable]
Category = Annotated[str, StringConstraints(min_length=1, max_length=32), Printable]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64), Printable]
Amount = Annotated[
    str,
    AfterValidator(_decimal_string),
    Field(
        description="A positive decimal string with at most as many decimals as its currency has",
        examples=["125.50"],
        json_schema_extra={"pattern": AMOUNT_PATTERN},
    ),
]
Money = Annotated[str, Field(description="A decimal string, in the object's currency", examples=["125.50"])]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217", examples=["USD"])]
Timestamp = Annotated[
    str, Field(description="RFC 3339 in UTC with microseconds", examples=["2026-11-21T08:30:00.123456Z"])
]
Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_day),
    Field(description="A date of the bank's time zone", examples=["2026-12-01"]),
]
Hash = Annotated[
    str,
    Field(description="SHA-256", examples=["5b0e1c7e4b8f1d6a0c3f9e2d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b"]),
]
Pin = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4,6}$"),
    Field(description="Four to six digits: no run, no repetition, nothing of the owner's date of birth"),
]


class Schema(BaseModel):
    """A request body. Types are strict, unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True, hide_input_in_errors=True)
    secret_fields: ClassVar[frozenset[str]] = frozenset()
    """Never part of a fingerprint, never logged."""
    erasable_fields: ClassVar[frozenset[str]] = frozenset()
    """What erasure takes away. With any of these in it a fingerprint is keyed: nobody can try on it what they were."""


Bom = Annotated[
    bool, Field(description="Whether a CSV begins with a byte order mark, by which spreadsheets know that it is UTF-8")
]


class Query(BaseModel):
    """A query string. Text is converted to the type of its field."""

    model_config = ConfigDict(extra="forbid", defer_build=True, hide_input_in_errors=True)


TrueOrFalse = BeforeValidator(_true_or_false)
"""Of a bool in a query string that must not be misunderstood."""

WholeNumber = BeforeValidator(_whole_number)
"""Of an int in a query string; bounds stand before it, so that the API's description has them too."""


class PageQuery(Query):
    limit: Annotated[int, Field(ge=1, le=100), WholeNumber] = 20
    cursor: Annotated[str, StringConstraints(max_length=1024)] | None = None


class DryRunQuery(Query):
    dry_run: Annotated[bool, TrueOrFalse] = Field(
        default=False, description="Only say whether it would wait for approval; nothing is done"
    )


class View(BaseModel):
    """A response."""

    model_config = ConfigDict(defer_build=True, populate_by_name=True)


PendingApprovals = Annotated[
    list[str] | None,
    Field(
        description="Ids of the requests about this that wait for another person (`/v1/approvals/{id}`), the first to"
        " expire first; null for customers",
        examples=[[]],
    ),
]


class Listing(View, Generic[T]):
    """A page, newest first; `next_cursor` asks for the one after it."""

    data: list[T]
    has_more: bool
    next_cursor: str | None

    @classmethod
    def page(cls, data: list[T], next_cursor: str | None) -> "Listing[T]":
        return cls.model_construct(data=data, has_more=next_cursor is not None, next_cursor=next_cursor)


class FieldProblem(View):
    field: str
    message: str


class Problem(View):
    """An error of RFC 9457, sent as application/problem+json."""

    type: str = Field(examples=["https://florin.example/problems/insufficient_funds"])
    title: str
    status: int
    detail: str
    code: str = Field(examples=["insufficient_funds"])
    request_id: str
    errors: list[FieldProblem]
    traceparent: str | None = Field(
        default=None,
        description="The request's header of that name (W3C Trace Context), if it had a valid one",
        examples=["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    )
    transaction_id: str | None = Field(default=None, description="The refused transaction, if it was recorded")
    retry_after: int | None = Field(default=None, description="Seconds to wait, as in Retry-After", examples=[1])
    currency: str | None = Field(default=None, description="Of `available` and `limit`", examples=["USD"])
    available: str | None = Field(
        default=None,
        description="What the account could have paid: its available balance, or what was left of the day's limit",
        examples=["125.50"],
    )
    limit: str | None = Field(default=None, description="The limit that was exceeded", examples=["1000000.00"])
    resets_at: str | None = Field(
        default=None, description="When a day's limit begins again", examples=["2026-11-22T00:00:00.000000Z"]
    )
