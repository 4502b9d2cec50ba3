"""The format `cloudevents`, read by the package of the CloudEvents project."""

import json
from datetime import UTC, datetime

from cloudevents.core.formats.json import JSONFormat

from chalicelib.domain.events.event import Event, cloudevent

EVENT = Event(
    id="evt_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    type="transaction.posted",
    timestamp="2026-11-21T08:30:00.123456Z",
    subject="transactions/txn_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    sequence=3,
    data={"id": "txn_01KAK4XJ7M4Q9V0C2T5R8W3Y01", "amount": "20.00", "entries": [{"seq": 7}]},
)


def test_package_of_cloudevents_reads_an_event() -> None:
    read = JSONFormat().read(None, json.dumps(cloudevent(EVENT)))
    assert read.get_specversion() == "1.0"
    assert (read.get_id(), read.get_type(), read.get_subject()) == (EVENT.id, EVENT.type, EVENT.subject)
    assert read.get_source()
    assert read.get_time() == datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_data() == EVENT.data
    assert int(read.get_extension("sequence")) == EVENT.sequence


def test_package_of_cloudevents_writes_the_same_event() -> None:
    read = JSONFormat().read(None, json.dumps(cloudevent(EVENT)))
    assert json.loads(JSONFormat().write(read)) == cloudevent(EVENT)
