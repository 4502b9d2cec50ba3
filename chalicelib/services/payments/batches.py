"""Makes many transfers of one caller: in order, as many in one write as it takes, or all of them or none.

Each has its own idempotency key and result, and meets the questions of a transfer by itself: rights, limits, risk,
policies, ceilings. One that another person must approve is held by itself.
"""

import itertools
import time
from collections.abc import Sequence

from chalicelib.domain.errors import BankError, BatchRefused, Contention, Unavailable
from chalicelib.models.item import Key
from chalicelib.models.ledger import group, ledger
from chalicelib.models.ledger.group import Result
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.snapshot import session_keys
from chalicelib.services.accounts import pins
from chalicelib.services.identity import verified_email
from chalicelib.services.payments.batch_profiles import BatchProfiles
from chalicelib.services.payments.transfer_request import TransferRequest, to_posting_request

SECONDS_MAX = 18.0
"""After which no more transfers are begun: a group or a single one ends within 8 s, before API Gateway gives up."""
NOT_BEGUN = "There was no time for this transfer. Nothing of it was done; send the same batch again."

Asked = TransferRequest | BankError
"""A transfer, or why a line of a batch is none: its result, then."""


def transfer_all(lines: Sequence[Asked], pin: str | None, *, is_atomic: bool = False) -> list[Result]:
    """Make the transfers of a customer or a teller from one account, once its PIN is proved; return each result.

    Customers need a verified e-mail address. Raises what `pins.require_for_transfers` and `post_all` do.
    """
    requests = [line for line in lines if isinstance(line, TransferRequest)]
    if requests:
        first = requests[0]
        verified_email.require_verified(first.caller)
        keys = [request.idempotency_key for request in requests]
        pins.require_for_transfers(first.caller, first.from_account_id, pin, keys)
    return post_all(lines, is_atomic=is_atomic)


def post_all(lines: Sequence[Asked], *, is_atomic: bool = False) -> list[Result]:
    """Make transfers in their order, all of one caller, and return for each its outcome or its error.

    They are posted in writes of up to 24; those that are `is_atomic` in one write, or none of them. Raises what
    `group.commit_together` does, and Unauthorized if the caller's session has ended before the first write.
    """
    requests = [line for line in lines if isinstance(line, TransferRequest)]
    profiles = BatchProfiles(_account_ids(requests))
    asked = [line if isinstance(line, BankError) else _member(line, profiles) for line in lines]
    unproved = session_keys(requests[0].caller) if requests else []
    return _post_together(asked, unproved) if is_atomic else _post_in_order(asked, unproved)


def _account_ids(requests: Sequence[TransferRequest]) -> list[str]:
    return list(dict.fromkeys(name for one in requests for name in (one.from_account_id, one.to_account_id)))


def _member(request: TransferRequest, profiles: BatchProfiles) -> Member | BankError:
    """Return what the ledger is asked, or the error of a request that cannot be one."""
    try:
        return Member(to_posting_request(request), profiles.judge(request.caller))
    except BankError as error:
        return error


def _post_together(asked: Sequence[Member | BankError], unproved: list[Key]) -> list[Result]:
    if any(isinstance(one, BankError) for one in asked):
        return [one if isinstance(one, BankError) else BatchRefused(group.NOT_POSTED) for one in asked]
    return group.commit_together([one for one in asked if isinstance(one, Member)], unproved)


def _post_in_order(asked: Sequence[Member | BankError], unproved: list[Key]) -> list[Result]:
    results = list[Result]()
    until = time.monotonic() + SECONDS_MAX
    while len(results) < len(asked):
        rest = asked[len(results) :]
        if isinstance(rest[0], BankError):
            results.append(rest[0])
        elif time.monotonic() > until:
            results += [one if isinstance(one, BankError) else Contention(NOT_BEGUN) for one in rest]
        else:
            members = itertools.takewhile(lambda one: isinstance(one, Member), rest)
            results += _post_next([one for one in members if isinstance(one, Member)], unproved)
    return results


def _post_next(members: Sequence[Member], unproved: list[Key]) -> list[Result]:
    """Post the first of these transfers, as many as one write takes; or the first one by itself."""
    try:
        done = group.commit_first(members, unproved)
    except Unavailable as error:
        return [error for _ in members[: group.MEMBERS_MAX]]
    if done:
        return done
    try:
        return [ledger.post_if_clear(members[0].request, members[0].judge)]
    except BankError as error:
        return [error]
