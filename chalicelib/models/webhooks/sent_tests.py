"""The test messages that an owner has had sent lately: one item of the table `events` for each owner."""

from datetime import datetime

from chalicelib.domain.webhooks.endpoint import recent_tests, seconds_until_test
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.events.event_row import EventsItem
from chalicelib.models.item import Key
from chalicelib.models.webhooks.update import change

ROUNDS_MAX = 8


class SentTests(EventsItem):
    """`times` are in epoch seconds. `version` moves with every change."""

    version = IntegerAttribute(default=0)
    times = CompactJSONAttribute(default=list)

    @staticmethod
    def key(owner: str) -> Key:
        return f"ENDPOINT#{owner}", "TESTS"


def count_test(owner: str, now: datetime) -> int:
    """Count one more test message, and return 0; or count nothing, and return the seconds until one is allowed."""
    at = int(now.timestamp())
    for _ in range(ROUNDS_MAX):
        sent = SentTests.find(*SentTests.key(owner)) or SentTests(*SentTests.key(owner), times=[])
        wait = seconds_until_test(sent.times, at)
        if wait:
            return wait
        as_read = SentTests.version == sent.version if sent.version else SentTests.pk.does_not_exist()
        times = [*recent_tests(sent.times, at), at]
        if change(sent, [SentTests.version.set(sent.version + 1), SentTests.times.set(times)], as_read):
            return 0
    return 1
