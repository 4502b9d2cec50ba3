"""Posts transfers of a busy account in groups: one process commits what others have asked for, too.

Each request stores an intent and looks for its record. Whoever finds nobody at work takes the account's lease and
commits the intents, oldest first. docs/ledger.md says what this guarantees, whatever is killed or lost.
"""

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import clock
from chalicelib.domain.errors import BankError, IdempotencyKeyReused, OutcomeUnknown, Unavailable
from chalicelib.models.ledger import group_queue, intent, ledger
from chalicelib.models.ledger.commit import Outcome, Retries
from chalicelib.models.ledger.crowd import AccountIsHot
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.group_queue import Progress
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import Intent
from chalicelib.models.ledger.transaction import IdempotencyRecord
from chalicelib.observability import count, logger
from chalicelib.services.payments import known_rounds
from chalicelib.services.payments.group_leader import GroupLeader
from chalicelib.services.payments.group_looks import Looks
from chalicelib.services.payments.intent_reader import Json, ParseRequest
from chalicelib.services.payments.lease_watch import LeaseWatch


@dataclass(frozen=True)
class GroupedRequest:
    """A transfer that waits for a group until a moment of `time.monotonic`: what is asked of the ledger, as JSON and as
    a member, and how JSON of others is read."""

    given: Json
    member: Member
    parse: ParseRequest
    until: float


def post(asked: GroupedRequest, hot: AccountIsHot) -> Outcome:
    """Have a transfer posted with others of the same account, and return what it has come to.

    Once its intent may have been read nothing is concluded from not finding a record: an error that is not recorded
    becomes OutcomeUnknown.
    """
    own = _new_intent(asked, hot.account_id)
    try:
        own.store()
    except (BotoCoreError, ClientError) as error:
        logger.warning("an intent was not stored", error=type(error).__name__)
        return _post_alone(asked)
    try:
        found = _wait(asked, hot, own)
    except BankError:
        raise
    except Exception as error:  # noqa: BLE001 — such as a lease that nobody can read: it is posted without a group
        logger.error("a request cannot wait for its group", account_id=hot.account_id, exc_info=error)
        found = None
    return found or _post_alone(asked)


def _wait(asked: GroupedRequest, hot: AccountIsHot, own: Intent) -> Outcome | None:
    """Look for the record, and lead if nobody does; return None for a request that is to be posted alone."""
    has_led, watch = False, LeaseWatch()
    for pause in Looks(hot, asked.until).pauses():
        time.sleep(0 if has_led else pause)
        progress = _look(asked, hot.account_id, own)
        if progress is None:
            continue
        if progress.lease:
            known_rounds.note(hot.account_id, progress.lease.rounds)
        if progress.record:
            if not has_led and progress.lease and progress.lease.is_handed_over(clock.now()):
                _lead_if_free(asked, hot.account_id, progress)
            return _answer(asked, progress.record, hot)
        if not progress.is_waiting:
            return None
        has_led = _lead_if_free(asked, hot.account_id, progress, is_abandoned=watch.is_abandoned(progress.lease))
        if has_led:
            known_rounds.note(hot.account_id, None)
    return _give_up(asked, own)


def _new_intent(asked: GroupedRequest, account_id: str) -> Intent:
    now = clock.now()
    left = timedelta(seconds=asked.until - time.monotonic())
    return Intent.new(account_id, asked.member.transaction_id, asked.given, now, now + left)


def _look(asked: GroupedRequest, account_id: str, own: Intent) -> Progress | None:
    """Return how far a group is with a request, or None if that cannot be read now."""
    try:
        return group_queue.read_progress(account_id, asked.member.transaction_id, own)
    except Unavailable:
        return None


def _answer(asked: GroupedRequest, record: IdempotencyRecord, hot: AccountIsHot) -> Outcome:
    request = asked.member.request
    outcome = ledger.answer(record, request.idempotency_key, request.caller)
    return outcome if outcome.replayed else replace(outcome, sides=hot.sides)


def _lead_if_free(asked: GroupedRequest, account_id: str, progress: Progress, *, is_abandoned: bool = False) -> bool:
    """Commit the intents of the account, unless another process does; return whether this one has done it.

    Its own is one of them, in its turn. A lease that `is_abandoned` is free, whatever it says.
    """
    now = clock.now()
    if progress.lease and not (is_abandoned or progress.lease.is_free(now)):
        return False
    try:
        lease = HotAccount.take(account_id, progress.lease, uuid.uuid4().hex, now)
    except (BotoCoreError, ClientError) as error:
        logger.warning("a lease was not taken", error=type(error).__name__)
        return False
    if lease:
        begins_at = progress.lease.last_write_end if progress.lease else None
        GroupLeader(lease, asked.parse, asked.until, begins_at).serve()
    return lease is not None


def _post_alone(asked: GroupedRequest) -> Outcome:
    """Post a transfer that a group has set aside, or may have. A group's write of it may still land."""
    try:
        return ledger.post_if_clear(asked.member.request, asked.member.judge, Retries(asked.until, is_ambiguous=True))
    except IdempotencyKeyReused:
        raise
    except BankError as error:
        raise OutcomeUnknown.from_lost_answer() from error


def _give_up(asked: GroupedRequest, own: Intent) -> Outcome:
    """Withdraw the intent, and return the outcome if there is one by now. Raises OutcomeUnknown."""
    with suppress(BotoCoreError, ClientError):
        intent.delete([own.own_key])
    with suppress(Unavailable):
        found = ledger.find_outcome(asked.member.request.idempotency_key, asked.member.request.caller)
        if found:
            return found
    count("WritesGivenUp", outcome="contention")  # no answer of DynamoDB was lost: the account was too busy
    raise OutcomeUnknown.from_lost_answer()
