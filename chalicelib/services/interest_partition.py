"""One partition of a monthly run: account by account, in the order of ids, from where the last invocation stopped.

```
read the partition ─► next 50 accounts ─► credit each ─► write progress, tally and failures together
        ▲                                                        │  (if the partition is as it was read)
        └────────────────────────────────────────────────────────┘
```

A credit's key is made of account and period, so whatever is done again answers the same: accounts that were paid by an
invocation that died are counted as those that were paid by this one.

**Contention** may be one account's, on which others never stop working, or the infrastructure's, which takes no writes.
The next write tells: an account that ends in contention is held back until one after it is paid, and has then failed by
itself. If another one ends so before, nobody has failed, and the partition is taken up again from the first of the two.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib import clock, config
from chalicelib.domain import idempotency
from chalicelib.domain.errors import AccountClosed, BankError, Contention, Unavailable
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.interest_tally import Ending, Tally
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact, walk
from chalicelib.models.account import Account
from chalicelib.models.interest_run import InterestFailure, InterestPartition
from chalicelib.models.snapshot import batch_get_raw
from chalicelib.observability import logger
from chalicelib.services import interest
from chalicelib.services.interest_accrual import EntriesMissing
from chalicelib.services.interest_terms import Products

ACCOUNTS_AT_ONCE = 50
"""Between two writes of progress: what is done again when an invocation dies. Their failures fit one transaction."""
INFRASTRUCTURE = (Unavailable, BotoCoreError, ClientError, PynamoDBException)
"""Says nothing about an account: the invocation fails, and is repeated. But for contention, which may be its own."""

REASON_LENGTH_MAX = 500

Json = dict[str, Any]


@dataclass
class _Page:
    """What some accounts came to. `cursor` is the last of them; `trouble` is what kept it from the next."""

    tally: Tally
    cursor: str | None
    failures: list[tuple[str, str]] = field(default_factory=list)
    trouble: Exception | None = None

    def fail(self, account_id: str, error: Exception, *, is_frozen: bool) -> None:
        """Record what is wrong with one account; the others are paid."""
        logger.error("interest not credited", account_id=account_id, exc_info=error)
        self.failures.append((account_id, _reason(error)))
        self.tally.count("failed", is_frozen=is_frozen)


@dataclass(frozen=True)
class _HeldBack:
    """An account that ended in contention, and the page as it was before it."""

    account_id: str
    error: Exception
    before: _Page


def accrue(period: str, attempt: int, number: int, caller: Caller, has_time: Callable[[], bool]) -> Json:
    """Pay the accounts of a partition while there is time; at least one, so that every invocation comes further.

    Raises what is the infrastructure's fault, a clock that is behind the one by which the run was opened too; whoever
    comes next goes on from what was written.
    """
    if not Month.parse(period).is_over(clock.now(), config.timezone()):
        raise RuntimeError(f"{period} is not over by the clock of this machine")
    products = Products()
    part = _read(period, attempt, number)
    while part.status != "done":
        _advance(part, products, caller, has_time)
        part = _read(period, attempt, number)
        if not has_time():
            break
    logger.info("interest partition", partition=number, status=part.status, accounts=part.tally().accounts)
    return {"status": "done" if part.status == "done" else "more", "partition": number}


def claim_of(account_id: str, period: str, caller: Caller) -> Claim:
    """The key of an account's credit for a period, whoever starts the run and however often."""
    key = f"interest {account_id} {period}"
    return idempotency.claim(caller.user_id, key, "monthly_interest", [account_id, period])


def _read(period: str, attempt: int, number: int) -> InterestPartition:
    part = InterestPartition.find(*InterestPartition.key(period, attempt, number))
    if part is None:
        raise LookupError(f"interest run {period} has no partition {number} in attempt {attempt}")
    return part


def _advance(part: InterestPartition, products: Products, caller: Caller, has_time: Callable[[], bool]) -> None:
    """Pay the next accounts and write how far that is, unless somebody else was faster: then that is how far it is."""
    account_ids, is_last = walk.customer_account_ids(part.number, part.cursor, ACCOUNTS_AT_ONCE)
    page = _paid(part, account_ids, products, caller, has_time)
    is_done = is_last and page.cursor == (account_ids[-1] if account_ids else part.cursor)
    at = timestamp(clock.now())
    failures = [InterestFailure.of(part, account_id, reason, caller, at) for account_id, reason in page.failures]
    progress = part.advanced(page.cursor, page.tally, caller, at, is_done=is_done)
    try:
        transact.commit([progress, *failures], caller.request_id)
    except transact.Cancelled:
        logger.info("interest partition was taken further by another", partition=part.number)
    if page.trouble:
        raise page.trouble


def _paid(
    part: InterestPartition, account_ids: list[str], products: Products, caller: Caller, has_time: Callable[[], bool]
) -> _Page:
    """Each account in its turn, until the time is up or the infrastructure fails.

    With an account held back it goes on when the time is up, or an invocation might not come past it. Where no write
    follows that could tell, the progress that is written next is the proof: it commits together with the failure.
    """
    page = _Page(part.tally(), part.cursor)
    frozen = _frozen(account_ids)
    held_back: _HeldBack | None = None
    for account_id in account_ids:
        try:
            is_written = _pay(page, part.period, account_id, products, caller, is_frozen=account_id in frozen)
        except INFRASTRUCTURE as error:
            if held_back or not isinstance(error, Contention):
                return replace(held_back.before if held_back else page, trouble=error)
            held_back = _HeldBack(account_id, error, deepcopy(page))
        else:
            if held_back and is_written:
                page.fail(held_back.account_id, held_back.error, is_frozen=held_back.account_id in frozen)
                held_back = None
        page.cursor = account_id
        if not held_back and not has_time():
            break
    if held_back:
        page.fail(held_back.account_id, held_back.error, is_frozen=held_back.account_id in frozen)
    return page


def _pay(page: _Page, period: str, account_id: str, products: Products, caller: Caller, *, is_frozen: bool) -> bool:
    """Credit one account and count how that ended. What is wrong with it stops nobody else.

    Returns whether anything was written for it just now.
    """
    claim = claim_of(account_id, period, caller)
    try:
        paid = interest.credit(account_id, Month.parse(period).last, claim, caller, products)
    except AccountClosed:
        page.tally.count("closed", is_frozen=is_frozen)
    except Exception as error:  # whatever is wrong with one account, the others are paid
        if isinstance(error, INFRASTRUCTURE) and not isinstance(error, EntriesMissing):
            raise
        page.fail(account_id, error, is_frozen=is_frozen)
    else:
        ending: Ending = "credited" if paid.transaction else "nothing"
        page.tally.count(ending, paid.currency, paid.amount, is_frozen=is_frozen)
        return not paid.replayed
    return False


def _reason(error: Exception) -> str:
    """For staff, who look into it; never more than fits an item with ease."""
    name = error.code if isinstance(error, BankError) else type(error).__name__
    return f"{name}: {error}"[:REASON_LENGTH_MAX]


def _frozen(account_ids: list[str]) -> set[str]:
    """Those that are frozen, as good as they can be counted: they are paid like all others."""
    found = batch_get_raw("bank", map(Account.key, account_ids), consistent=False)
    return {item["id"]["S"] for item in found if item.get("status") == {"S": "frozen"}}
