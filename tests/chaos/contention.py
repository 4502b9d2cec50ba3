"""Writers that meet at the same accounts: how often they try, what they call, and how long the unluckiest waits.

Each writer is a thread with a shard of its own, as a Lambda worker is a process with one. It pays again and again, and
repeats with the same key what is answered with 503. Transactions that overlap get DynamoDB's `TransactionConflict`.
"""

import math
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import BankError, Contention, OutcomeUnknown
from chalicelib.domain.ledger import idempotency
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.models import connection, transact
from chalicelib.models.accounts.account import Account
from chalicelib.services.payments import batches, deposits_withdrawals, transfer_steps
from chalicelib.services.payments.deposits_withdrawals import CashRequest
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from tests.chaos.posts import GAP_SECONDS_MAX, Post, Run
from tests.faults.conflicts import Conflicts

CUSTOMER_ID = "cus_bench"
AMOUNT = "0.01"
OVERDRAFT_MINOR = 10**9
BOUND_SECONDS = 60.0

LEDGER_CALLS = {"BatchGetItem", "TransactWriteItems", "Query", "PutItem", "BatchWriteItem"}
"""Besides, a post may read settings whose cache has expired."""

Pay = Callable[[IdempotencyKey], None]


class Meter:
    """Counts attempts, conflicts and calls of the post that a thread is about."""

    def __init__(self) -> None:
        self._mine: ContextVar[Post] = ContextVar("post")
        """Of the thread, and of those that it starts."""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Between the ledger and the one place that writes, and at every call that leaves for DynamoDB."""
        events = connection.client().meta.events
        events.register("before-call.dynamodb", self._called)
        with patch.object(transact, "write", self._metered(transact.write)):
            yield
        events.unregister("before-call.dynamodb", self._called)

    def begin(self) -> Post:
        self._mine.set(Post())
        return self._post

    @property
    def _post(self) -> Post:
        return self._mine.get()

    def _called(self, model: Any, **_: Any) -> None:
        self._post.calls += model.name in LEDGER_CALLS

    def _metered(self, write: Callable[[list[Any]], None]) -> Callable[[list[Any]], None]:
        def metered(actions: list[Any]) -> None:
            self._post.attempts += 1
            try:
                write(actions)
            except transact.Cancelled as cancelled:
                if any(reason.is_conflict for reason in cancelled.reasons):
                    self._post.conflicts += 1
                else:
                    self._post.moved += 1
                raise
            except transact.Ambiguous:
                self._post.lost += 1
                raise

        return metered


def run(
    pays: Sequence[Pay],
    service_seconds: float,
    *,
    seconds: float = math.inf,
    posts: int | None = None,
    conflicts: Conflicts | None = None,
) -> Run:
    """A writer for each way to pay, all at once, for so long or so many posts each; a post once begun is finished.

    Without `conflicts` the writers meet those of this process only.
    """
    done, meter, ready = Run(writers=[[] for _ in pays]), Meter(), threading.Barrier(len(pays))

    def write(pay: Pay, written: list[Post]) -> None:
        ready.wait()
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(written) != posts:
            time.sleep(random.uniform(0, GAP_SECONDS_MAX))
            written.append(_post(pay, meter))
            written[-1].ended_at = time.monotonic() - started

    met = (conflicts or Conflicts(service_seconds)).on(connection.client())
    with met, meter.installed(), ThreadPoolExecutor(len(pays)) as pool:
        started = time.monotonic()
        for writer in [pool.submit(write, pay, written) for pay, written in zip(pays, done.writers, strict=True)]:
            writer.result()
        done.seconds = time.monotonic() - started
    return done


def _post(pay: Pay, meter: Meter) -> Post:
    """Pay until it is paid. Raises Contention when that takes longer than any client has patience for."""
    post, started = meter.begin(), time.monotonic()
    idempotency_key = idempotency.derive_key("usr_bench", uuid.uuid4().hex, "pay", ())
    while True:
        try:
            pay(idempotency_key)
        except (Contention, OutcomeUnknown):
            post.given_up += 1
            if time.monotonic() - started > BOUND_SECONDS:
                raise
        else:
            post.seconds = time.monotonic() - started
            return post


def new_accounts(count: int) -> list[str]:
    """Accounts that can pay for ever."""
    made = []
    for _ in range(count):
        account_id = ids.new_id("acc", clock.now())
        account = Account.of_customer(
            account_id, CUSTOMER_ID, "now", account_type="current", currency="USD", ledger_version=1
        )
        account.overdraft_limit = OVERDRAFT_MINOR
        transact.commit([account.stamp(_caller(), clock.now()).put_if_absent()], "bench")
        made.append(account_id)
    return made


def transferring(payer: str, payee: str) -> Pay:
    """Transfers as the workflow's task posts them."""

    def pay(idempotency_key: IdempotencyKey) -> None:
        transfer_steps.outcome_of(
            transfer_steps.post(TransferRequest(payer, payee, AMOUNT, None, Annotations(), _caller(), idempotency_key))
        )

    return pay


def paying_in_batches(payer: str, payees: Sequence[str]) -> Pay:
    """A transfer to each payee, all in one batch."""

    def pay(idempotency_key: IdempotencyKey) -> None:
        keys = [idempotency.derive_key(idempotency_key.transaction_id, one, "pay", ()) for one in payees]
        asked = [
            TransferRequest(payer, payee, AMOUNT, None, Annotations(), _caller(), key)
            for payee, key in zip(payees, keys, strict=True)
        ]
        for error in (one for one in batches.post_all(asked) if isinstance(one, BankError)):
            raise error

    return pay


def depositing(account_id: str) -> Pay:
    """Deposits at the head office."""

    def pay(idempotency_key: IdempotencyKey) -> None:
        deposits_withdrawals.deposit(
            _caller(), CashRequest(account_id, AMOUNT, branch_id=HEAD_OFFICE_ID), idempotency_key
        )

    return pay


def _caller() -> Caller:
    return Caller("usr_bench", "customer", uuid.uuid4().hex, CUSTOMER_ID)
