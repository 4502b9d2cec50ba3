"""The machine of tests/property behind a bad line, with a client that repeats each request until it knows."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from chalicelib.domain import ids
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Key
from chalicelib.models.ledger.transaction import IdempotencyRecord
from tests.faults.hook import HookedLine
from tests.property.bank import Answer, Bank
from tests.property.machine import LedgerMachine
from tests.property.steps import ROUND

an_amount = st.sampled_from(ROUND)
UNDONE = {"contention", "unavailable"}
"""Answers that promise that this attempt did nothing."""
UNDECIDED = UNDONE | {"outcome_unknown"}
TRIES_MAX = 100
PATIENCE = (1, 1, 2, 30)
"""After how many attempts a request gives up: with few of them, clients have to repeat."""


class Lie(AssertionError):
    """An answer was not true."""


class FaultyBank(Bank):
    """The bank as a client on a bad line meets it. What the tests themselves read, they read undisturbed."""

    def __init__(self, line: HookedLine):
        self.line = line
        self.was_disturbed = False
        self._request_id = ""
        line.faulty = False
        super().__init__()

    def _customer(self) -> Caller:
        return self._remembered(super()._customer())

    def _manager(self) -> Caller:
        return self._remembered(super()._manager())

    def _remembered(self, caller: Caller) -> Caller:
        self._request_id = caller.request_id
        return caller

    def ask(self, key: str, operation: str, *given: Any) -> Answer:
        slot = IdempotencyRecord.key(ids.transaction_id(self.user_id, key))
        return self._until_known([slot], lambda: super(FaultyBank, self).ask(key, operation, *given))

    def end(self, name: str, status: str) -> Answer:
        slot = IdempotencyRecord.key(self.transaction_id(name))
        return self._until_known([slot], lambda: super(FaultyBank, self).end(name, status))

    def limit(self, account: str, amount: int) -> Answer:
        return self._until_known([], lambda: super(FaultyBank, self).limit(account, amount))

    def close(self, account: str) -> Answer:
        return self._until_known([], lambda: super(FaultyBank, self).close(account))

    def _until_known(self, slots: list[Key], call: Callable[[], Answer]) -> Answer:
        before = self.line.plan.happened.total()
        for _ in range(TRIES_MAX):
            with self._disturbed():
                code, replayed = call()
            self.was_disturbed = self.line.plan.happened.total() > before
            if code not in UNDECIDED:
                return code, replayed
            FaultyMachine.undecided[code] += 1
            if code in UNDONE:
                self._require_undone(code, slots)
        raise AssertionError(f"still {code} after {TRIES_MAX} tries")

    @contextmanager
    def _disturbed(self) -> Iterator[None]:
        self.line.faulty = True
        patience = self.line.plan.one_of(PATIENCE)
        try:
            with mock.patch.object(transact, "ATTEMPTS_MAX", patience):
                yield
        finally:
            self.line.faulty = False

    def _require_undone(self, code: str, slots: list[Key]) -> None:
        """Nothing that this attempt wrote stands anywhere, nor is anything of it under way."""
        mark = self._request_id
        if any(mark.encode() in call.body for call, _ in self.line.late):
            raise Lie(f"{code}, but a write of this attempt is still under way")
        keys = [*slots, *map(Account.key, self._opened.values())]
        if any(item.request_id == mark for item in batch_get(keys)):
            raise Lie(f"{code}, but this attempt has written")


class FaultyMachine(LedgerMachine):
    """Every example has a seed for its faults, which is shrunk and printed like the steps."""

    line: ClassVar[HookedLine]
    undecided: ClassVar[Counter[str]] = Counter()
    """How often clients were told to come again, by code, over all examples of this process."""

    def new_bank(self) -> Bank:
        return FaultyBank(self.line)

    @initialize(seed=st.integers(0, 2**32), first=an_amount, second=an_amount, held=an_amount)
    def begin(self, seed: int, first: int, second: int, held: int) -> None:
        self.line.flush()
        self.line.plan.chance = random.Random(seed)
        super().begin(first, second, held)

    def compare(self, what: str, expected: Answer, found: Answer) -> None:
        """A request that was sent again may truthfully say that it had been done before."""
        assert isinstance(self.bank, FaultyBank)
        if self.bank.was_disturbed and found[1]:
            expected = expected[0], True
        super().compare(what, expected, found)
