"""Renews a leader's lease in time and gives it back, beside the leader's other work."""

from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import background, clock
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.models.ledger.hot_account import HotAccount


class LeaseKeeper:
    """The lease of one leader, until it is given back or lost."""

    def __init__(self, lease: HotAccount):
        self._lease = lease
        self._renewal: Future[bool] | None = None
        self._giving: Future[None] | None = None

    def is_kept(self, rounds: Rounds | None) -> bool:
        """Return whether the lease is neither lost nor given back. Begin to renew it in time, with the `rounds`, and at
        once where it has none yet: whoever waits looks too often meanwhile."""
        if self._giving or (self._renewal and self._renewal.done() and not self._end_renewal()):
            return False
        is_due = self._lease.is_due(clock.now()) or (rounds is not None and self._lease.rounds is None)
        if self._renewal is None and is_due:
            self._lease.note_rounds(rounds)
            self._renewal = background.start(lambda: self._lease.renew(clock.now()))
        return True

    def give_back(self, posted: int, last_size: int, rounds: Rounds | None, seconds_left: float) -> None:
        """Begin to give the lease back, unless that has begun. The last group is written in `seconds_left`."""
        if self._giving:
            return
        self._end_renewal()
        self._lease.note_rounds(rounds)
        written_at = clock.now() + timedelta(seconds=seconds_left)
        self._giving = background.start(lambda: self._lease.give_back(posted, last_size, clock.now(), written_at))

    def finish(self) -> None:
        """Wait until the lease is given back, or cannot be."""
        with suppress(BotoCoreError, ClientError):
            if self._giving:
                self._giving.result()

    def _end_renewal(self) -> bool:
        """Wait for the last renewal, if any; return whether the lease was not lost. An error says nothing of it."""
        renewal, self._renewal = self._renewal, None
        with suppress(BotoCoreError, ClientError):
            return renewal is None or renewal.result()
        return True
