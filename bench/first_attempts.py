"""How soon an event reaches a receiver beside another one that takes 15 s for everything, at a deployed bank."""

import math
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bench.receiver import Receiver, open_receiver
from bench.report import Section, table
from infra.demo.client import Client
from infra.demo.own_bank import own_bank
from infra.settings import Settings

COMMAND = "python -m bench events"
SLOW_SECONDS = 15
EVENTS = 40
WARM_UP_EVENTS = 15
"""At once, beside the slow receiver: so there are as many warm functions as are needed."""
PAUSE_SECONDS = 1
"""Between two events: three times as many as the slow endpoint takes, five in 15 s."""
PATIENCE_SECONDS = 300
AIM_SECONDS = 10


@dataclass(frozen=True)
class FirstAttempts:
    """Seconds from an event to its first attempt, in order, and how many messages a slow receiver got meanwhile."""

    seconds: Sequence[float]
    slow_messages: int = 0

    def percentile(self, percent: int) -> float:
        """Return the time within which so many of a hundred came."""
        return self.seconds[math.ceil(len(self.seconds) * percent / 100) - 1]


def measure(
    client: Client, *, is_beside_slow: bool, events: int = EVENTS, pause_seconds: float = PAUSE_SECONDS
) -> FirstAttempts:
    """Let events happen, and wait for the first attempt of each. `client` is a manager or admin."""
    with open_receiver() as quick, open_receiver(SLOW_SECONDS) as slow:
        wanted = {quick.url: ["announcement.*"]} | ({slow.url: ["*"]} if is_beside_slow else {})
        with _endpoints(client, wanted):
            _publish(client, WARM_UP_EVENTS, pause_seconds=0)
            _wait_for(quick, WARM_UP_EVENTS)
            warm = set(quick.came)
            _publish(client, events, pause_seconds)
            _wait_for(quick, WARM_UP_EVENTS + events)
            slow_messages = len(slow.came)
    taken = [_seconds(at, event["timestamp"]) for one, (at, event) in quick.came.items() if one not in warm]
    return FirstAttempts(sorted(taken), slow_messages)


def measured_section() -> Section:
    """Deploy a bank, and measure alone and beside the slow receiver."""
    with own_bank(Settings()) as bank:
        tokens = bank.client.post(
            "/v1/auth/login", {"email": bank.admin.email, "password": bank.admin.password}
        ).expect(200)
        client = Client(bank.client.url, tokens["access_token"])
        found = {
            "alone": measure(client, is_beside_slow=False),
            f"beside an endpoint that takes {SLOW_SECONDS} s": measure(client, is_beside_slow=True),
        }
    return section(found)


def section(found: dict[str, FirstAttempts]) -> Section:
    """Tell how soon first attempts were made."""
    rows = [
        (name, *(f"{one.percentile(percent):.2f}" for percent in (50, 95, 100)), f"{one.slow_messages}")
        for name, one in found.items()
    ]
    p95 = list(found.values())[-1].percentile(95)
    notes = (
        f"{EVENTS} events, one each {PAUSE_SECONDS} s, on warm functions; from the event's timestamp to the receiver.",
        f"The aim is {AIM_SECONDS} s for 95 of 100: {'met' if p95 <= AIM_SECONDS else 'missed'}.",
        "The whole bank in the emulator of this machine, not on AWS. The slow endpoint wants every event.",
    )
    header = ("seconds to the first attempt", "median", "95 %", "longest", "messages to the slow one")
    return Section("First attempts beside a slow receiver", COMMAND, table(header, rows), notes)


@contextmanager
def _endpoints(client: Client, wanted: dict[str, list[str]]) -> Iterator[None]:
    """Have endpoints while the block runs."""
    made = [
        client.post("/v1/webhook-endpoints", {"url": url, "events": events}).expect(201)
        for url, events in wanted.items()
    ]
    try:
        yield
    finally:
        for one in made:
            client.send("DELETE", f"/v1/webhook-endpoints/{one['id']}").expect(204)


def _publish(client: Client, events: int, pause_seconds: float) -> None:
    for _ in range(events):
        client.post("/v1/announcements", {"title": "t", "message": "m"}, key=uuid.uuid4().hex).expect(201)
        time.sleep(pause_seconds)


def _wait_for(receiver: Receiver, events: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(receiver.came) < events:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(receiver.came)} of {events} events have come")
        time.sleep(0.05)


def _seconds(at: float, timestamp: str) -> float:
    return at - datetime.fromisoformat(timestamp).timestamp()
