"""One hot account for minutes, in a time that no machine's load disturbs: the bank's own retries, a model of the rest.

Constants of retries are tuned here, for a run of seconds with 32 threads tells little of one post in a hundred.
"""

import heapq
import random
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from types import ModuleType
from unittest.mock import patch

from bench import before
from bench.posts import GAP_SECONDS_MAX, VIRTUAL_SECONDS, WRITERS, Cell, Post, Run
from bench.price import Tariff
from chalicelib.models import transact

READ_SECONDS = Tariff.load().assumed["read_ms"] / 1000
TRANSACTION_SECONDS = Tariff.load().assumed["transaction_ms"] / 1000
COMPUTING_SECONDS = (0.003, 0.006)
RETRIES: dict[str, ModuleType] = {"before": before, "now": transact}


class Clock:
    """What stands in for `time` where retries are: it is as late as whoever is at work has waited for."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class HotAccount:
    """Whoever pays yields the moment at which it wants to go on.

    As DynamoDB has it, of transactions that overlap one goes on; it commits if no other has since the account was read.
    """

    def __init__(self, clock: Clock, chance: random.Random):
        self.clock, self.chance = clock, chance
        self.version = 0
        self.free_at = 0.0

    def paid(self, attempts: Callable[[], Iterator[int]], post: Post) -> Generator[float, None, bool]:
        """The attempts of one request; in the end, whether it was paid."""
        for _ in attempts():
            post.attempts += 1
            post.calls += 2
            yield self.clock.now + READ_SECONDS
            read = self.version
            yield self.clock.now + self.chance.uniform(*COMPUTING_SECONDS)
            met = self.clock.now < self.free_at
            moved = self.version != read
            if not met:
                self.free_at = self.clock.now + TRANSACTION_SECONDS
            yield self.clock.now + TRANSACTION_SECONDS
            post.conflicts += met
            post.moved += moved and not met
            if not met and not moved:
                self.version += 1
                return True
        return False


def cells(seconds: float = VIRTUAL_SECONDS) -> list[Cell]:
    """The writers of the contention table at one account."""
    return [
        Cell("one account, in virtual time", writers, retries, at_one_account(writers, retries, seconds))
        for writers in WRITERS[1:]
        for retries in RETRIES
    ]


def at_one_account(writers: int, retries: str, seconds: float, seed: int = 1) -> Run:
    """The same with every call: chance has a seed, and time is not the machine's."""
    clock, chance, module = Clock(), random.Random(seed), RETRIES[retries]
    done = Run(seconds, [[] for _ in range(writers)])
    with ExitStack() as stack:
        stack.enter_context(patch.object(module, "time", clock))
        stack.enter_context(patch.object(module, "random", chance))
        account = HotAccount(clock, chance)
        waiting = [(0.0, number, _writer(account, module.attempts, done.writers[number])) for number in range(writers)]
        while waiting[0][0] < seconds:
            clock.now, number, writer = waiting[0]
            heapq.heapreplace(waiting, (next(writer), number, writer))
    return done


def _writer(account: HotAccount, attempts: Callable[[], Iterator[int]], written: list[Post]) -> Iterator[float]:
    while True:
        yield account.clock.now + account.chance.uniform(0, GAP_SECONDS_MAX)
        post, began = Post(), account.clock.now
        while not (yield from account.paid(attempts, post)):
            post.given_up += 1
        post.seconds = account.clock.now - began
        written.append(post)
