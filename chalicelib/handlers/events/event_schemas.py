"""Schemas of requests and responses about events."""

from typing import Any

from pydantic import Field

from chalicelib.domain.events.catalogue import EventType
from chalicelib.domain.events.event import body
from chalicelib.domain.events.examples import example_of, schema_of_event
from chalicelib.handlers.accounts.account_schemas import DateOrMoment
from chalicelib.handlers.audit.audit_schemas import AnyId
from chalicelib.handlers.http.schemas import PageQuery, Timestamp, View
from chalicelib.models.events.event_row import EventRow


class EventsQuery(PageQuery):
    type: AnyId | None = Field(default=None, description="A type of `GET /v1/event-types`")
    subject: str | None = Field(
        default=None, max_length=200, description="The subject of an event: events of this only"
    )
    from_: DateOrMoment | None = Field(default=None, alias="from")
    to: DateOrMoment | None = None


class EventView(View):
    id: str = Field(examples=["evt_01M7YKM0XVQ7AF34G1FW2HX3NC"])
    type: str = Field(examples=["account.frozen"])
    timestamp: Timestamp
    subject: str = Field(
        description="The path of what changed, without `/v1/`", examples=["accounts/acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"]
    )
    sequence: int = Field(description="Counts the events of the subject from 1, without gaps", examples=[2])
    data: dict[str, Any] = Field(
        description="Described by the type's schema", examples=[{"id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"}]
    )

    @classmethod
    def of(cls, row: EventRow) -> "EventView":
        return cls.model_construct(**body(row.event()))


class EventTypeView(View):
    type: str = Field(examples=["account.frozen"])
    description: str
    json_schema: dict[str, Any] = Field(description="The JSON Schema of an event of this type")
    example: dict[str, Any]

    @classmethod
    def of(cls, event_type: EventType) -> "EventTypeView":
        return cls.model_construct(
            type=event_type.name,
            description=event_type.description,
            json_schema=schema_of_event(event_type),
            example=example_of(event_type),
        )


class EventTypesView(View):
    data: list[EventTypeView]
