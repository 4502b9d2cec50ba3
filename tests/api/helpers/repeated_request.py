"""One request that is sent again and again, each time as if for the first time, while services of AWS fail."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.models import transact
from chalicelib.services import reference_cache
from chalicelib.services.crypto import data_keys
from tests.api.helpers import cloud
from tests.api.helpers.bank import Json, Reply
from tests.api.helpers.cloud import Saved
from tests.api.helpers.failing_services import KINDS, SAID, Call, Fault, Kind, line

REFUSED, UNKNOWN = {"unavailable", "contention"}, "outcome_unknown"
NOTES = {"personal_read", "login_attempts", "source_attempts"}
"""Types of items that a request may write though it is refused: who has read what, and who has tried what."""
ENDED_FIRST = {"session"}
"""Sessions end before what takes their reason away, so that a request cut short leaves none (sessions.ending)."""
SPREAD = {"branch_accounts"}
"""Counts on one of several items, chosen at random: how many of them there are says nothing."""
SERVICES_OF_OTHERS = {"ses"}
"""Called by functions that the API does not wait for; here they run within the request."""
kinds: Iterator[Kind] = cycle(KINDS)


def give_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bank try a write twice only, without a pause."""
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    monkeypatch.setattr(transact, "FIRST_PAUSE_SECONDS_MAX", 0.0)


@dataclass
class RepeatedRequest:
    """`prepare` puts back what is not in a table. `has_key`: each time it is sent with the same idempotency key."""

    send: Callable[[], Reply]
    has_key: bool
    prepare: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self._before = cloud.save()
        reply, self.calls = self.ask()
        self.status, self._done = reply.status, things()

    def do(self) -> None:
        """Do it for the next request of a table, without a fault."""
        self.reset()
        self.ask()

    def reset(self) -> None:
        cloud.restore(self._before)
        self.prepare()

    def wrongs(self) -> Iterator[str]:
        """Yield what is wrong with the response to each fault, or with the one to its repeat."""
        for fault in self._faults():
            self.reset()
            if found := self._wrong_after(fault):
                yield f"{self.calls[fault.place]} {fault}: {found}"[:400]

    def _faults(self) -> Iterator[Fault]:
        """Yield a fault at the first and the last call of each operation, of one kind after the other.

        The service fails from then on. A change is also made once without an answer, which the bank may send again.
        """
        first = {call: place for place, call in reversed(list(enumerate(self.calls)))}
        last = {call: place for place, call in enumerate(self.calls)}
        for place in sorted({*first.values(), *last.values()}):
            if self.calls[place].service in SERVICES_OF_OTHERS:
                continue
            yield Fault(place, next(kinds), lasts=True)
            if not self.calls[place].is_read:
                yield Fault(place, "unheard", lasts=False)

    def _wrong_after(self, fault: Fault) -> str | None:
        try:
            reply, _ = self.ask(fault)
        except Unavailable:
            return None  # the authorizer's: the gateway makes a 503 of it
        if reply.status == self.status:
            return None  # the call is not needed, or was sent again
        if reply.status != 503 or "Retry-After" not in reply.headers or SAID in reply.text:
            return f"{reply.status} {reply.headers} {reply.text}"
        if reply.code in REFUSED and (changed := self._changed - NOTES - ENDED_FIRST):
            return f"{reply.code}, and changed are {changed}"
        return self._wrong_repeat(reply)

    def _wrong_repeat(self, first: Reply) -> str | None:
        again, _ = self.ask()
        # What has no key, and was done, cannot be done again.
        is_known = first.code == UNKNOWN and not self.has_key and 400 <= again.status < 500
        if again.status != self.status and not is_known:
            return f"{first.code}, then {again.status} {again.text}"
        if (found := things()) != self._done:
            return f"{first.code}, then {dict(found - self._done)} too many and {dict(self._done - found)} too few"
        return None

    def ask(self, fault: Fault | None = None) -> tuple[Reply, list[Call]]:
        """Send it, with nothing in caches, and return the response with the calls that it took."""
        reference_cache.forget()
        data_keys.cache.clear()
        with line(fault) as used:
            return self.send(), used.calls

    @cached_property
    def _places_before(self) -> dict[tuple[object, ...], Json]:
        return _by_place(self._before)

    @property
    def _changed(self) -> set[str]:
        """Return the types of items that differ from those before the request."""
        now = _by_place(cloud.save())
        return {_kind(item) for place, item in now.items() if self._places_before.get(place) != item}


def things() -> Counter[str]:
    """Return how many items of each type, and with each balance, there are: a request done twice shows in it."""
    left_out = NOTES | ENDED_FIRST | SPREAD
    return Counter(kind for item in cloud.stored_items() if (kind := _kind(item)) not in left_out)


def _kind(item: Json) -> str:
    """Return the type of an item, and the balance if it has one."""
    return str(item.get("type", {"S": "entry"})["S"] + item.get("balance", {"N": ""})["N"])


def _by_place(saved: Saved) -> dict[tuple[object, ...], Json]:
    return {
        (name, pk, sk): item
        for name, table in saved.tables.items()
        for pk, partition in table["items"].items()
        for sk, item in partition.items()
    }
