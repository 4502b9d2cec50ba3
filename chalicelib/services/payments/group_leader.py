"""Commits the intents of a busy account, oldest first, for the processes that wait for them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import clock
from chalicelib.domain.errors import Unavailable
from chalicelib.models.item import Key
from chalicelib.models.ledger import intent, shared_write
from chalicelib.models.ledger.group import MEMBERS_MAX
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import FoundIntent, Intent
from chalicelib.models.ledger.ledger import PostingRequest
from chalicelib.models.ledger.shared_write import Round
from chalicelib.observability import logger
from chalicelib.services.payments.batch_profiles import BatchProfiles

LEAD_SECONDS = 0.5
"""After which a leader begins no group any more, for its own client waits, too."""
INTENTS_MAX = 32
"""Read at once: a group, and a few that it may leave out."""
STOPPED_MAX = 3
"""How often another writer may stop a member before it is decided alone."""
PAUSE_SECONDS_MAX = 0.02
"""After a group that decided nothing."""

Json = dict[str, Any]
ParseRequest = Callable[[Json], PostingRequest]
"""Returns what an intent's JSON asks of the ledger. Raises anything for one that asks nothing."""


class GroupLeader:
    """The holder of an account's lease, who commits groups until its time is over or no intent is left."""

    def __init__(self, lease: HotAccount, parse: ParseRequest, until: float):
        self._lease, self._parse, self._until = lease, parse, until
        self._account_id = lease.account_id
        self._posted = self._last_size = 0
        self._stopped = Counter[str]()
        self._skipped = set[str]()

    def serve(self) -> None:
        """Commit groups, and give the lease back."""
        end = min(time.monotonic() + LEAD_SECONDS, self._until)
        try:
            while time.monotonic() < end and self._commit_next():
                pass
        except (Unavailable, BotoCoreError, ClientError) as error:
            logger.warning("a leader stops", account_id=self._account_id, error=type(error).__name__)
        finally:
            with suppress(BotoCoreError, ClientError):
                self._lease.give_back(self._posted, self._last_size, clock.now())

    def _commit_next(self) -> bool:
        """Commit the next group; return whether there was any intent."""
        found = Intent.oldest(self._account_id, INTENTS_MAX)
        requests, dropped = self._sort(found)
        chosen = [request for name, (_, request) in requests.items() if name not in self._skipped][:MEMBERS_MAX]
        became = shared_write.commit_round(self._account_id, _members(chosen)) if chosen else Round()
        dropped += [requests[name][0] for name in self._note(became)]
        if dropped:
            intent.delete(dropped)
        elif found:
            time.sleep(random.uniform(0, PAUSE_SECONDS_MAX))
        return bool(found)

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

    def _note(self, became: Round) -> set[str]:
        """Return the transactions whose intents are no longer needed: recorded, or to be decided alone.

        One that another writer has stopped is left out of the next group, and decided alone when that happens again.
        """
        if became.recorded:
            self._posted, self._last_size = self._posted + len(became.recorded), len(became.recorded)
        self._stopped.update(became.stopped)
        often = {name for name in became.stopped if self._stopped[name] >= STOPPED_MAX}
        self._skipped = became.stopped - often
        return became.recorded | became.done | became.alone | often


def _members(requests: Sequence[PostingRequest]) -> list[Member]:
    """Return requests as members of one group: each is judged after those before it, risk and policies included."""
    profiles = BatchProfiles(dict.fromkeys(name for request in requests for name in request.accounts))
    return [Member(request, profiles.judge(request.caller)) for request in requests]
