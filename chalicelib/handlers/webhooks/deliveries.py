"""Deliveries of events to webhook endpoints, and replays."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.handlers.webhooks.delivery_schemas import (
    DeliveriesQuery,
    DeliverySummaryView,
    DeliveryView,
    ReplayRange,
    ReplayView,
)
from chalicelib.models.paging import Paging
from chalicelib.services.webhooks import deliveries, replay


@describe(
    "List deliveries to a webhook endpoint",
    query=DeliveriesQuery,
    answer=Listing[DeliverySummaryView],
    problems=("not_found", "invalid_cursor"),
)
def list_deliveries(request: Request[None, DeliveriesQuery], endpoint_id: str) -> Listing[DeliverySummaryView]:
    """Lists deliveries, newest first. With a status, a page may be short while `has_more` is true."""
    query = request.query
    page = deliveries.page(request.caller, endpoint_id, query.status, Paging(query.limit, query.cursor))
    return Listing[DeliverySummaryView].page([DeliverySummaryView.of(one) for one in page.items], page.next_cursor)


@describe("Get a delivery", answer=DeliveryView, problems=("not_found",))
def get_delivery(request: Request[None, None], delivery_id: str) -> DeliveryView:
    """Returns the delivery with its attempts: when, how long each took, and what the receiver answered."""
    return DeliveryView.of_opened(deliveries.get(request.caller, delivery_id))


@describe(
    "Replay a delivery",
    status=202,
    answer=DeliveryView,
    problems=("not_found", "conflict", "contention"),
    limit="replays",
)
def replay_delivery(request: Request[None, None], delivery_id: str) -> Answer:
    """Sends the same `webhook-id` and body again, with a new timestamp and signature. The retries begin anew."""
    found, replayed = replay.replay(request.caller, request.idempotency_key, delivery_id)
    return Answer(DeliveryView.of_opened(found), replayed=replayed)


@describe(
    "Replay events to a webhook endpoint",
    status=202,
    body=ReplayRange,
    answer=ReplayView,
    problems=("not_found", "conflict", "contention"),
    limit="replays",
)
def replay_events(request: Request[ReplayRange, None], endpoint_id: str) -> Answer:
    """Sends the events of a range again that the endpoint is set to get, also those from while it was disabled. The
    range spans at most 31 days: without `from` it begins 31 days before its end, without `to` it ends now. One request
    looks at 100 events.
    """
    body = request.body
    found, replayed = replay.replay_range(
        request.caller, request.idempotency_key, endpoint_id, (body.from_, body.to), only_failed=body.only_failed
    )
    return Answer(ReplayView.of(found), replayed=replayed)
