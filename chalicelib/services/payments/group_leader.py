"""Commits the intents of a busy account, oldest first, for the processes that wait for them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import background, clock
from chalicelib.domain import permissions
from chalicelib.domain.errors import Unavailable
from chalicelib.models.item import Key
from chalicelib.models.ledger import crowd, shared_write
from chalicelib.models.ledger.group import MEMBERS_MAX
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import FoundIntent, Intent
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.shared_write import Group, GroupWrite, Round
from chalicelib.observability import logger
from chalicelib.services.payments.batch_profiles import BatchProfiles
from chalicelib.services.payments.intent_disposal import IntentDisposal

LEAD_SECONDS = 1.0
"""After which a leader begins no group any more, for its own client waits, too. The change of leaders takes 30 ms."""
INTENTS_MAX = 32
"""Read at once: a group, and a few that it may leave out."""
STOPPED_MAX = 3
"""How often another writer may stop a member before it is decided alone."""
PAUSE_SECONDS_MAX = 0.02
"""After a group that decided nothing."""
IDLE_SECONDS_MAX, IDLE_PAUSE_SECONDS = 0.05, 0.01
"""For which a leader looks for the next intents, and between two looks: a request finds out late that nobody leads."""
SEVERAL = 3
"""Posts of the last group, without which a leader does not: its own client would wait for one other."""

Json = dict[str, Any]
ParseRequest = Callable[[Json], PostingRequest]
"""Returns what an intent's JSON asks of the ledger. Raises anything for one that asks nothing."""


class GroupLeader:
    """The holder of an account's lease, who commits groups until its time is over or no intent is left.

    While one group is being written, the next one is read and decided on what that write will leave. It is written only
    if that write is known to be recorded. Otherwise all is read and decided again.
    """

    def __init__(self, lease: HotAccount, parse: ParseRequest, until: float):
        self._lease, self._parse, self._until = lease, parse, until
        self._account_id = lease.account_id
        self._posted = self._last_size = 0
        self._worked_at = time.monotonic()
        self._stopped = Counter[str]()
        self._skipped = set[str]()
        self._writing: GroupWrite | None = None
        self._chosen = self._intents = dict[str, Key]()
        """Of the group that was decided last, and of the one that is being written, by transaction."""
        self._disposal = IntentDisposal()
        self._renewal: Future[bool] | None = None

    def serve(self) -> None:
        """Commit groups, and give the lease back."""
        end = min(time.monotonic() + LEAD_SECONDS, self._until)
        try:
            while time.monotonic() < end and self._holds_lease() and (self._advance() or self._awaits_more()):
                pass
        except (Unavailable, BotoCoreError, ClientError) as error:
            logger.warning("a leader stops", account_id=self._account_id, error=type(error).__name__)
        finally:
            self._leave()

    def _leave(self) -> None:
        """Give the lease back while the last group is being written: the next leader needs longer to read intents."""
        self._end_renewal()
        posted = self._posted + (self._writing.group.size if self._writing else 0)
        last_size = self._writing.group.size if self._writing else self._last_size
        giving = background.start(lambda: self._lease.give_back(posted, last_size, clock.now()))
        try:
            self._finish_write()
        finally:
            self._disposal.finish()
            with suppress(BotoCoreError, ClientError):
                giving.result()

    def _holds_lease(self) -> bool:
        """Renew the lease in time, beside the work; return whether no other process has taken it."""
        if self._renewal and self._renewal.done() and not self._end_renewal():
            return False
        if self._renewal is None and self._lease.is_due(clock.now()):
            self._renewal = background.start(lambda: self._lease.renew(clock.now()))
        return True

    def _end_renewal(self) -> bool:
        """Wait for the last renewal, if any; return whether the lease was not lost. An error says nothing of it."""
        renewal, self._renewal = self._renewal, None
        with suppress(BotoCoreError, ClientError):
            return renewal is None or renewal.result()
        return True

    def _advance(self) -> bool:
        """Decide the next group, finish the write before, and begin the next one; return whether there was any work."""
        before = self._writing
        found = self._find_intents()
        group = self._prepare(self._choose(found), before)
        if before and not self._finish_write():
            return True
        if group:
            self._begin_write(group)
        elif found and not before:
            self._pause()
        return bool(found)

    def _awaits_more(self) -> bool:
        """Pause, and return whether more intents may come soon: the last group had several posts, a moment ago."""
        if self._last_size < SEVERAL or time.monotonic() - self._worked_at > IDLE_SECONDS_MAX:
            return False
        time.sleep(IDLE_PAUSE_SECONDS)
        return True

    def _choose(self, found: Sequence[FoundIntent]) -> list[PostingRequest]:
        """Return the requests of the next group, oldest first, and delete intents that no group can decide.

        A transaction that is being written is left out, as is, once, one that another writer has stopped.
        """
        requests, dropped = self._sort(found)
        self._disposal.drop(dropped)
        skipped, self._skipped = self._skipped, set()
        in_flight = self._writing.group.names if self._writing else set()
        chosen = [name for name in requests if name not in skipped | in_flight][:MEMBERS_MAX]
        self._chosen = {name: requests[name][0] for name in chosen}
        return [requests[name][1] for name in chosen]

    def _prepare(self, chosen: list[PostingRequest], before: GroupWrite | None) -> Group | None:
        return shared_write.prepare_group(self._account_id, _members(chosen), before) if chosen else None

    def _begin_write(self, group: Group) -> None:
        """Begin to write a group; one in which nothing is new is finished at once."""
        self._intents = {name: self._chosen[name] for name in group.names}
        if group.size:
            self._writing = shared_write.GroupWrite(group)
        elif not self._note(group.became):
            self._pause()

    def _finish_write(self) -> bool:
        """Wait for the write that is under way; return whether it was recorded."""
        if self._writing is None:
            return False
        writing, self._writing = self._writing, None
        became = writing.finish()
        if became.is_overtaken:
            crowd.call_to_groups(writing.group.account, permissions.system(self._lease.holder))
        if not self._note(became):
            self._pause()
        return bool(became.recorded)

    def _pause(self) -> None:
        time.sleep(random.uniform(0, PAUSE_SECONDS_MAX))

    def _find_intents(self) -> list[FoundIntent]:
        """Return the intents that wait, oldest first, without those of the group that is being written."""
        in_flight = set(self._intents.values()) if self._writing else set()
        found = Intent.oldest(self._account_id, INTENTS_MAX + len(in_flight) + self._disposal.left)
        return [one for one in found if one.key not in in_flight and one.key not in self._disposal]

    def _sort(self, found: Sequence[FoundIntent]) -> tuple[dict[str, tuple[Key, PostingRequest]], list[Key]]:
        """Return the requests by transaction with the keys of their intents, and the keys of intents to drop.

        Of two intents of one transaction the later one is looked at when the earlier one is decided.
        """
        requests, dropped = dict[str, tuple[Key, PostingRequest]](), list[Key]()
        for one in found:
            request = self._read_request(one)
            if request is None:
                dropped.append(one.key)
            else:
                requests.setdefault(request.idempotency_key.transaction_id, (one.key, request))
        return requests, dropped

    def _read_request(self, found: FoundIntent) -> PostingRequest | None:
        """Return what an intent asks for; None if its time is over, or if no group can decide it."""
        if found.intent is None:
            return None
        try:
            if found.intent.is_over(clock.now()):
                return None
            request = self._parse(found.intent.request)
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one must not stop the others
            logger.warning("an intent is no transfer", account_id=self._account_id, error=type(error).__name__)
            return None
        return request if self._account_id in request.accounts else None

    def _note(self, became: Round) -> bool:
        """Drop the intents that are no longer needed, recorded or to be decided alone; return whether there are any.

        One that another writer has stopped is left out of the next group, and decided alone when that happens again.
        """
        if became.recorded:
            self._posted, self._last_size = self._posted + len(became.recorded), len(became.recorded)
            self._worked_at = time.monotonic()
        self._stopped.update(became.stopped)
        often = {name for name in became.stopped if self._stopped[name] >= STOPPED_MAX}
        self._skipped = became.stopped - often
        decided = became.recorded | became.done | became.alone | often
        self._disposal.drop(self._intents[name] for name in decided)
        return bool(decided)


def _members(requests: Sequence[PostingRequest]) -> list[Member]:
    """Return requests as members of one group: each is judged after those before it, risk and policies included."""
    profiles = BatchProfiles(dict.fromkeys(name for request in requests for name in request.accounts))
    return [Member(request, profiles.judge(request.caller)) for request in requests]
