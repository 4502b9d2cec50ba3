"""Notices a lease that nobody holds any more, although its end is in the future by the clock of its holder."""

import time

from chalicelib.models.ledger.hot_account import LEASE, HotAccount


class LeaseWatch:
    """The lease as one request has seen it. A holder at work renews its lease in half of its time."""

    def __init__(self) -> None:
        self._seen: tuple[str, str] | None = None
        self._since = 0.0

    def is_abandoned(self, lease: HotAccount | None) -> bool:
        """Return whether a lease is what it was when all of its time began to pass, by the clock of this process."""
        seen = (str(lease.holder), str(lease.until)) if lease else None
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return seen is not None and time.monotonic() - self._since > LEASE.total_seconds()
