"""Schemas of requests and responses about deliveries and replays."""

from typing import Any

from pydantic import Field

from chalicelib.domain.webhooks.delivery import Status
from chalicelib.handlers.http.schemas import Id, PageQuery, Schema, Timestamp, View
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.services.webhooks.deliveries import OpenedDelivery
from chalicelib.services.webhooks.replay import Replayed

BOUND = "A date or a timestamp, as in other lists"


class DeliveriesQuery(PageQuery):
    status: Status | None = None


class ReplayRange(Schema):
    from_: Id | None = Field(default=None, alias="from", description=BOUND, examples=["2026-11-20"])
    to: Id | None = Field(default=None, description=BOUND, examples=["2026-11-21"])
    only_failed: bool = Field(default=False, description="Only events that the endpoint has not got")


class AttemptView(View):
    """An attempt; `error` instead of `status` where no answer came."""

    at: Timestamp
    status: int | None = Field(examples=[200])
    error: str | None = Field(examples=["timeout"])
    milliseconds: int
    answer: str | None = Field(description="The first 1 kB of the response's body")

    @classmethod
    def of(cls, attempt: dict[str, Any]) -> "AttemptView":
        values: dict[str, Any] = {name: attempt.get(name) for name in cls.model_fields}
        return cls.model_construct(**values)


class DeliverySummaryView(View):
    id: str = Field(examples=["dlv_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    endpoint_id: str
    event_id: str
    event_type: str = Field(examples=["transaction.posted"])
    status: Status
    attempt_count: int
    next_attempt_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliverySummaryView":
        return cls.model_construct(**summary_of(delivery))


class DeliveryView(DeliverySummaryView):
    attempts: list[AttemptView] = Field(description="The last 20, the first one first")

    @classmethod
    def of_opened(cls, opened: OpenedDelivery) -> "DeliveryView":
        return cls.model_construct(
            **summary_of(opened.delivery), attempts=[AttemptView.of(one) for one in opened.attempts]
        )


class ReplayView(View):
    queued: int = Field(description="Deliveries that this request has queued")
    next_from: Timestamp | None = Field(
        description="There are more events in the range. Send another request, with this as `from`, under another key"
    )

    @classmethod
    def of(cls, replayed: Replayed) -> "ReplayView":
        return cls(queued=replayed.queued, next_from=replayed.next_from)


def summary_of(delivery: Delivery) -> dict[str, Any]:
    """Return what lists say of a delivery."""
    names = "id endpoint_id event_id event_type status attempt_count created_at updated_at".split()
    return {name: getattr(delivery, name) for name in names} | {"next_attempt_at": delivery.due_at}
