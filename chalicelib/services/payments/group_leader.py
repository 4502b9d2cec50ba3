"""Commits the intents of a busy account, oldest first, for the processes that wait for them."""

import random
import time
from collections.abc import Sequence
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import clock
from chalicelib.domain import permissions
from chalicelib.domain.errors import Unavailable
from chalicelib.models.item import Key
from chalicelib.models.ledger import crowd, shared_write
from chalicelib.models.ledger.group import MEMBERS_MAX
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import FoundIntent, Intent
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.shared_write import Group, GroupWrite, Round
from chalicelib.observability import logger
from chalicelib.services.payments.group_profiles import GroupProfiles
from chalicelib.services.payments.intent_disposal import IntentDisposal
from chalicelib.services.payments.intent_reader import IntentReader, ParseRequest
from chalicelib.services.payments.lease_keeper import LeaseKeeper
from chalicelib.services.payments.round_meter import RoundMeter
from chalicelib.services.payments.stopped_accounts import StoppedAccounts

LEAD_SECONDS = 1.0
"""After which a leader begins no group any more, for its own client waits, too. The change of leaders takes 30 ms."""
INTENTS_MAX = 32
"""Read at once: a group, and a few that it may leave out."""
PAUSE_SECONDS_MAX = 0.02
"""After a group that decided nothing."""
IDLE_SECONDS_MAX, IDLE_PAUSE_SECONDS = 0.05, 0.01
"""For which a leader looks for the next intents, and between two looks: a request finds out late that nobody leads."""
BEGIN_SECONDS_MAX, BEGIN_ROUNDS_MAX = 0.1, 2
"""To wait until the last group of the leader before is written: whichever is longer."""
QUERY_DELAY_SECONDS = 0.0015
"""After a write has begun, until the next intents are read, if groups are decided before the write is over."""
SEVERAL, USUALLY, NEWER_SHARE = 3, 1.5, 0.2
"""Posts of its last group, or of its groups on average, without which a leader does not: its own client would wait for
one other. In the average the last group has a share."""


class GroupLeader:
    """The holder of an account's lease, who commits groups until its time is over or no intent is left.

    While one group is being written, the next one is read and decided on what that write will leave. It is written only
    if that write is known to be recorded. Otherwise all is read and decided again.
    """

    def __init__(self, lease: HotAccount, parse: ParseRequest, until: float, begins_at: datetime | None = None):
        self._lease, self._until = lease, until
        self._reader = IntentReader(lease.account_id, parse)
        self._begins_at = begins_at
        self._others = lease.last_size if begins_at and begins_at > clock.now() else 0
        self._account_id = lease.account_id
        self._posted = self._last_size = 0
        self._usual_size = float(lease.last_size) if lease.posted and lease.last_size >= SEVERAL else 1.0
        self._is_early = False
        """Whether the last group was decided before the one before was written."""
        self._worked_at = time.monotonic()
        self._stopped, self._profiles = StoppedAccounts(lease.account_id), GroupProfiles()
        self._skipped = set[str]()
        self._writing: GroupWrite | None = None
        self._chosen = self._intents = dict[str, tuple[Key, PostingRequest]]()
        """Of the group that was decided last, and of the one that is being written, by transaction."""
        self._queried_at, self._has_all = clock.now(), True
        """When the intents were queried, and whether the group that was decided last has all of them."""
        self._disposal = IntentDisposal()
        self._keeper, self._meter = LeaseKeeper(lease), RoundMeter(lease.rounds)

    def serve(self) -> None:
        """Commit groups, and give the lease back."""
        end = min(time.monotonic() + LEAD_SECONDS, self._until)
        try:
            while time.monotonic() < end and self._leads() and (self._advance(end) or self._awaits_more()):
                pass
        except (Unavailable, BotoCoreError, ClientError) as error:
            logger.warning("a leader stops", account_id=self._account_id, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 — its own client's transfer may be posted, by it or by the next leader
            logger.error("a leader fails", account_id=self._account_id, exc_info=error)
        finally:
            self._leave()

    def _leads(self) -> bool:
        return self._keeper.is_kept(self._meter.rounds)

    def _leave(self) -> None:
        """Give the lease back while the last group is being written: the next leader needs longer to read intents."""
        self._give_back()
        try:
            self._finish_write()
        finally:
            self._disposal.finish()
            self._keeper.finish()

    def _give_back(self, coming: int = 0) -> None:
        """Begin to give the lease back, though a group of so many is `coming` yet."""
        writing = self._writing.group.size if self._writing else 0
        seconds_left = self._meter.seconds_left(writes=2) if coming else 0
        last_size = coming or writing or self._last_size
        self._keeper.give_back(self._posted + writing + coming, last_size, self._meter.rounds, seconds_left)

    def _advance(self, end: float) -> bool:
        """Decide the next group, finish the write before, and begin the next one; return whether there was any work.

        The lease is given back before the last group that is over by the `end`.
        """
        before = self._writing
        if before and self._is_early:
            time.sleep(QUERY_DELAY_SECONDS)
        found = self._find_intents()
        chosen = self._choose(found)
        if before and chosen and self._meter.ends_soon(end):
            self._give_back(len(chosen))
        group = self._prepare(chosen, before)
        self._is_early = before is not None and self._meter.rounds is not None and not before.is_over
        if before and not self._finish_write():
            return True
        if group:
            self._begin_write(group)
        elif found and not before:
            self._pause()
        return bool(found)

    def _awaits_more(self) -> bool:
        """Pause, and return whether more intents may come soon: groups had several posts, a moment ago."""
        is_crowd = self._last_size >= SEVERAL or self._usual_size >= USUALLY
        if not is_crowd or time.monotonic() - self._worked_at > IDLE_SECONDS_MAX:
            return False
        self._meter.note_break()
        time.sleep(IDLE_PAUSE_SECONDS)
        return True

    def _choose(self, found: Sequence[FoundIntent]) -> list[PostingRequest]:
        """Return the requests of the next group, oldest first, and delete intents that no group can decide, or that
        none takes any more.

        A transaction that is being written is left out, as is, once, one that another writer has stopped.
        """
        requests, dropped = self._reader.sort(found)
        skipped, self._skipped = self._skipped, set()
        in_flight = self._writing.group.names if self._writing else set()
        waiting = {name: one for name, one in requests.items() if name not in skipped | in_flight}
        alone = [name for name, (_, request) in waiting.items() if self._stopped.must_be_alone(request)]
        self._disposal.drop([*dropped, *(waiting.pop(name)[0] for name in alone)])
        self._chosen = dict(list(waiting.items())[:MEMBERS_MAX])
        self._has_all = len(self._chosen) == len(waiting)
        return [request for _, request in self._chosen.values()]

    def _prepare(self, chosen: list[PostingRequest], before: GroupWrite | None) -> Group | None:
        if self._begins_at:
            left = (self._begins_at - clock.now()).total_seconds()
            time.sleep(min(max(left, 0), max(BEGIN_SECONDS_MAX, self._meter.seconds_of(BEGIN_ROUNDS_MAX))))
            self._begins_at = None
        return (
            shared_write.prepare_group(self._account_id, self._profiles.to_members(chosen), before) if chosen else None
        )

    def _begin_write(self, group: Group) -> None:
        """Begin to write a group; one in which nothing is new is finished at once."""
        self._intents = {name: self._chosen[name] for name in group.names}
        if group.size:
            self._meter.note_begin(self._read_to())
            self._profiles.note_begin(group.names)
            self._writing = shared_write.GroupWrite(group)
        elif not self._note(group.became):
            self._pause()

    def _read_to(self) -> datetime:
        """Return until when intents were stored that are in the group which was decided last."""
        if self._has_all and len(self._intents) == len(self._chosen):
            return self._queried_at
        moments = (Intent.moment_of(key) for key, _ in self._intents.values())
        newest = max((at for at in moments if at), default=self._queried_at)
        return min(newest, self._queried_at)  # the clock of a request may be ahead

    def _finish_write(self) -> bool:
        """Wait for the write that is under way; return whether it was recorded."""
        if self._writing is None:
            return False
        writing, self._writing = self._writing, None
        became = writing.finish()
        self._profiles.note_end(became.recorded)
        if became.recorded:
            self._meter.note_end(writing.group)
        else:
            self._meter.note_break()
        if became.is_overtaken:
            crowd.call_to_groups(writing.group.account, permissions.system(self._lease.holder))
        if not self._note(became):
            self._pause()
        return bool(became.recorded)

    def _pause(self) -> None:
        time.sleep(random.uniform(0, PAUSE_SECONDS_MAX))

    def _find_intents(self) -> list[FoundIntent]:
        """Return the intents that wait, oldest first, without those of the group that is being written.

        If that is one of the leader before, its intents are the oldest ones.
        """
        in_flight = {key for key, _ in self._intents.values()} if self._writing else set()
        others, self._others, self._queried_at = self._others, 0, clock.now()
        found = Intent.oldest(self._account_id, INTENTS_MAX + others + len(in_flight) + self._disposal.left)
        found = found[others:] or found
        return [one for one in found if one.key not in in_flight and one.key not in self._disposal]

    def _note(self, became: Round) -> bool:
        """Drop the intents that are no longer needed, recorded or to be decided alone; return whether there are any.

        One that another writer has stopped is left out of the next group, and decided alone when that happens again.
        """
        if became.recorded:
            self._posted, self._last_size = self._posted + len(became.recorded), len(became.recorded)
            self._worked_at = time.monotonic()
            self._usual_size += (self._last_size - self._usual_size) * NEWER_SHARE
        asked = {name: request for name, (_, request) in self._intents.items()}
        self._stopped.note(*([asked[name] for name in names] for names in (became.stopped, became.overspent)))
        often = {name for name in became.stopped if self._stopped.must_be_alone(asked[name])}
        self._skipped = became.stopped - often
        decided = became.recorded | became.done | became.alone | often
        self._disposal.drop(self._intents[name][0] for name in decided)
        return bool(decided)
