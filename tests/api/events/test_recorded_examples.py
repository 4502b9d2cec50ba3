"""Examples of events in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.recorder import Recorder
from tests.api.helpers.stream import Stream


def test_examples_of_events_are_answers_of_the_api(recorder: Recorder) -> None:
    stream = Stream()
    account = recorder.ask("open_account", "customer", {"type": "current"}).ok(201)["id"]
    recorder.ask("freeze_account", "teller", {"reason": "Card reported stolen"}, account_id=account).ok()
    stream.deliver()
    event = recorder.example("list_events", "customer", query="limit=1")["data"][0]
    recorder.example("get_event", "customer", event_id=event["id"])
    catalogue = recorder.example("list_event_types", "customer")["data"]
    recorder.found["list_event_types"]["200"] = {"data": catalogue[:1]}
    recorder.compare()
