"""Events: what has happened, whether or not anybody listens."""

from chalicelib.domain.events.catalogue import TYPES
from chalicelib.handlers.events.event_schemas import EventsQuery, EventTypesView, EventTypeView, EventView
from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.models.paging import Paging
from chalicelib.services.events import event_lists
from chalicelib.services.events.event_lists import EventQuery


@describe("List events", query=EventsQuery, answer=Listing[EventView], problems=("invalid_cursor",))
def list_events(request: Request[None, EventsQuery]) -> Listing[EventView]:
    """Lists what has happened, newest first, for up to 400 days. Customers see what concerns their own accounts and
    things, staff and auditors everything. A page may be short or empty while `has_more` is true.
    """
    query = request.query
    asked = EventQuery(query.type, query.subject, query.from_, query.to)
    page = event_lists.page(request.caller, asked, Paging(query.limit, query.cursor))
    return Listing[EventView].page([EventView.of(row) for row in page.items], page.next_cursor)


@describe("Get an event", answer=EventView, problems=("not_found",))
def get_event(request: Request[None, None], event_id: str) -> EventView:
    """Returns an event as its receivers get it. Its entries are those of your own accounts."""
    return EventView.of(event_lists.get(request.caller, event_id))


@describe("List types of events", answer=EventTypesView)
def list_event_types(request: Request[None, None]) -> EventTypesView:
    """Returns the catalogue: each type with the JSON Schema of its events and an example."""
    return EventTypesView.model_construct(data=[EventTypeView.of(event_type) for event_type in TYPES])
