"""Slots of an endpoint: how many attempts may go on at once, and since when it has had no success.

One item of the table `events` for each endpoint. A slot is leased, so one that was lost with its function comes back.
"""

import random
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.time import timestamp
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.events.event_row import EventsItem
from chalicelib.models.item import Key
from chalicelib.models.webhooks.update import change

SLOTS_MAX = 5
"""Attempts at once of an endpoint whose last one succeeded."""
SLOTS_FAILING_MAX = 1
"""Of one whose last attempt failed: whoever answers nothing occupies one function, not five."""
ROUNDS_MAX = 8


class EndpointSlots(EventsItem):
    """`leases` are the ends of leases (epoch milliseconds) by slot. `failing_since` is the first failure after the last
    success. `version` moves with every change."""

    version = IntegerAttribute(default=0)
    leases = CompactJSONAttribute(default=dict)
    failing_since = UnicodeAttribute(null=True)

    @staticmethod
    def key(endpoint_id: str) -> Key:
        return f"ENDPOINT#{endpoint_id}", "SLOTS"

    @classmethod
    def of(cls, endpoint_id: str) -> "EndpointSlots":
        """Read the slots of an endpoint, or return free ones."""
        return cls.find(*cls.key(endpoint_id)) or cls(*cls.key(endpoint_id), leases={})

    def running(self, now: datetime) -> dict[str, int]:
        """Return the slots whose leases have not ended."""
        at = int(now.timestamp() * 1000)
        return {slot: until for slot, until in self.leases.items() if until > at}

    def store(self, leases: dict[str, int], failing_since: str | None) -> bool:
        """Store leases and health, if nobody has changed them since they were read."""
        as_read = EndpointSlots.version == self.version if self.version else EndpointSlots.pk.does_not_exist()
        since = EndpointSlots.failing_since
        changes = [
            EndpointSlots.version.set(self.version + 1),
            EndpointSlots.leases.set(leases),
            since.set(failing_since) if failing_since else since.remove(),
        ]
        return change(self, changes, as_read) is not None


def take(endpoint_id: str, now: datetime, lease: timedelta) -> str | None:
    """Lease a slot and return its name, or None while all are taken."""
    for _ in range(ROUNDS_MAX):
        slots = EndpointSlots.of(endpoint_id)
        running = slots.running(now)
        most = SLOTS_FAILING_MAX if slots.failing_since else SLOTS_MAX
        if len(running) >= most:
            return None
        slot = f"{random.getrandbits(32):08x}"
        until = int((now + lease).timestamp() * 1000)
        if slots.store({**running, slot: until}, slots.failing_since):
            return slot
    return None


def give_back(endpoint_id: str, slot: str, now: datetime, *, has_succeeded: bool | None) -> str | None:
    """End the lease of a slot and remember how the attempt went (None: there was none).

    Return since when the endpoint has been failing, None after a success. A lease that cannot be ended ends by itself.
    """
    failing_since: str | None = None
    for _ in range(ROUNDS_MAX):
        slots = EndpointSlots.of(endpoint_id)
        failing_since = slots.failing_since
        if has_succeeded is not None:
            failing_since = None if has_succeeded else failing_since or timestamp(now)
        left = {name: until for name, until in slots.running(now).items() if name != slot}
        if slots.store(left, failing_since):
            break
    return failing_since


def forgive(endpoint_id: str) -> None:
    """Forget how long an endpoint has been failing, when it is enabled again."""
    slots = EndpointSlots(*EndpointSlots.key(endpoint_id))
    change(slots, [EndpointSlots.failing_since.remove(), EndpointSlots.version.add(1)])
