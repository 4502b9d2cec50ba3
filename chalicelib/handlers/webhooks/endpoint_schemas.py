"""Schemas of requests and responses about webhook endpoints."""

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from chalicelib.domain.webhooks.endpoint import DisabledReason, Format, Scope, Signature, Status
from chalicelib.handlers.http.schemas import Line, Printable, Schema, Timestamp, View
from chalicelib.services.webhooks.endpoint_lookup import OpenedEndpoint
from chalicelib.services.webhooks.endpoints import NewEndpoint
from chalicelib.services.webhooks.try_out import TrialAnswer

BANNERS: dict[str, str] = {
    "gone": "The receiver answered 410 Gone. Enable the endpoint when it is there again, then replay what it missed.",
    "failing": "No message has reached the receiver for five days. Enable the endpoint, then replay what it missed.",
    "right_ended": "The person responsible lost the right to these events. Enable the endpoint to take it over.",
}

Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Printable,
    Field(
        description="Where messages are sent: https, and a public address. Redirects are not followed",
        examples=["https://example.com/florin"],
    ),
]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=64), Printable]
Patterns = Annotated[
    list[Pattern],
    Field(
        min_length=1,
        max_length=50,
        description="Types of events, where `*` at the end stands for any: `transaction.*`",
        examples=[["transaction.*", "account.frozen"]],
    ),
]
SIGNATURE = "`ed25519`: with the bank's key, which is public; `hmac`: with a secret of the endpoint"
FORMAT = "`cloudevents`: CloudEvents 1.0, structured JSON"


class CreateWebhookEndpoint(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"url", "description"})

    url: Url
    events: Patterns
    description: Line | None = None
    signature: Signature = Field(default="ed25519", description=SIGNATURE)
    format: Format = Field(default="standard", description=FORMAT)
    scope: Scope | None = Field(
        default=None, description="`customer` for customers, `bank` for managers and admins; yours by default"
    )

    def new(self) -> NewEndpoint:
        """Return what is to be made."""
        return NewEndpoint(self.url, self.events, self.description, self.signature, self.format)


class EditWebhookEndpoint(Schema):
    """Edits of an endpoint. Omitted fields stay as they are; null removes the description."""

    erasable_fields: ClassVar[frozenset[str]] = frozenset({"url", "description"})

    url: Url = Field(default_factory=str)
    events: Patterns = Field(default_factory=list)
    description: Line | None = None
    format: Format = Field(default_factory=lambda: "standard", description=FORMAT)


class WebhookEndpointView(View):
    id: str = Field(examples=["whe_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    scope: Scope
    url: str | None
    events: list[str]
    description: str | None
    signature: Signature
    format: Format
    status: Status
    disabled_reason: DisabledReason | None
    disabled_at: Timestamp | None
    banner: str | None = Field(description="What to do about a disabled endpoint")
    secret: str | None = Field(description="Of `hmac`; shown once, in the response to the request that made it")
    previous_secret_until: Timestamp | None = Field(description="Until when the secret before this one signs as well")
    responsible_id: str = Field(description="The user who made it, or enabled it last")
    created_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def of(cls, opened: OpenedEndpoint) -> "WebhookEndpointView":
        endpoint = opened.endpoint
        names = (
            "id scope events signature format status disabled_reason disabled_at responsible_id created_at updated_at"
        )
        return cls.model_construct(
            **{name: getattr(endpoint, name) for name in f"{names} version".split()},
            url=opened.url,
            description=opened.description,
            secret=opened.secret,
            banner=BANNERS.get(str(endpoint.disabled_reason)),
            previous_secret_until=endpoint.previous_until,
        )


class WebhookTestView(View):
    """The receiver's answer to a test event; `error` instead of `status` where none came."""

    event_id: str = Field(examples=["evt_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    status: int | None = Field(examples=[204])
    error: str | None
    milliseconds: int
    answer: str | None = Field(description="The first 1 kB of the response's body")

    @classmethod
    def of(cls, tried: TrialAnswer) -> "WebhookTestView":
        answer = tried.answer
        return cls.model_construct(
            event_id=tried.event_id,
            status=answer.status,
            error=answer.error,
            milliseconds=answer.milliseconds,
            answer=answer.excerpt or None,
        )
