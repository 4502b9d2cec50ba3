"""One hot account for minutes, in a time that no machine's load disturbs: the bank's own retries, a model of the rest.

Constants of retries are tuned here, for a run of seconds with 32 threads tells little of one post in a hundred.
"""

import heapq
import random
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from unittest.mock import patch

from bench.price import Tariff
from chalicelib.models import transact
from tests.chaos.posts import GAP_SECONDS_MAX, Post, Run

READ_SECONDS = Tariff.load().assumed["read_ms"] / 1000
TRANSACTION_SECONDS = Tariff.load().assumed["transaction_ms"] / 1000
COMPUTING_SECONDS = (0.003, 0.006)


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


def with_doubling_pauses() -> Iterator[int]:
    """Try as is usual: each pause may be twice as long as the last one. Only a test compares itself with this."""
    deadline = time.monotonic() + transact.DEADLINE_SECONDS
    for attempt in range(30):
        yield attempt
        pause = random.uniform(0, min(0.3, 0.01 * 2**attempt))
        if time.monotonic() + pause > deadline:
            return
        time.sleep(pause)


def post_at_one_account(
    writers: int, seconds: float, attempts: Callable[[], Iterator[int]] = transact.attempts, seed: int = 1
) -> Run:
    """Return the same posts with every call: chance has a seed, and time is not the machine's."""
    clock, chance = Clock(), random.Random(seed)
    done = Run(seconds, [[] for _ in range(writers)])
    with ExitStack() as stack:
        for module in (transact, sys.modules[__name__]):
            stack.enter_context(patch.object(module, "time", clock))
            stack.enter_context(patch.object(module, "random", chance))
        account = HotAccount(clock, chance)
        waiting = [(0.0, number, _writer(account, attempts, done.writers[number])) for number in range(writers)]
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
