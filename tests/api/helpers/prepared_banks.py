"""Banks as they stand when a test begins, with the people whom it names.

To register, hire or sign in one person takes a dozen calls, more than most tests make. Each bank is made once in a
while, and put back for every test that names the same people.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.services import reference_cache
from chalicelib.services.crypto import data_keys
from tests.api.helpers import cloud
from tests.api.helpers.bank import User
from tests.api.helpers.cloud import Saved

PEOPLE = ("admin", "customer", "other_customer", "teller", "manager", "auditor")
"""The fixtures that are somebody, in the order in which they come to a bank."""
People = dict[str, User]
SECONDS_MAX = 20
"""Nobody stays signed in for as long as all tests take, and `verify` takes what is older than a minute for settled."""


@dataclass(frozen=True)
class _Bank:
    tables: Saved
    keys: dict[str, bytes]
    people: People


class StandingBanks:
    """`begin` makes a bank without anybody but the first admin, `made` somebody where these others are already."""

    def __init__(self, begin: Callable[[], None], made: Callable[[str, People], User]) -> None:
        self._begin, self._made = begin, made
        self._kept: dict[tuple[str, ...], _Bank] = {}
        self._begun_at = 0.0

    def put_back(self, named: tuple[str, ...]) -> People:
        """Let a bank stand that has these people, named in their order, and nobody else but the first admin."""
        if not self._kept or abs(time.time() - self._begun_at) > SECONDS_MAX:
            self._begun_at = time.time()  # which a midnight may move: tests/midnight.py
            self._begin()
            self._kept = {(): _as_it_stands({})}
        return self._put_back(named)

    def _put_back(self, named: tuple[str, ...]) -> People:
        if named not in self._kept:
            others = self._put_back(named[:-1])
            self._kept[named] = _as_it_stands({**others, named[-1]: self._made(named[-1], others)})
        bank = self._kept[named]
        cloud.restore(bank.tables)
        reference_cache.forget()
        data_keys.cache.clear()
        for subject_id, key in bank.keys.items():
            data_keys.cache.put(subject_id, key)
        return bank.people


def _as_it_stands(people: People) -> _Bank:
    """With the data keys at hand, which the making of people has left there."""
    return _Bank(cloud.save(), data_keys.cache.plaintexts(), people)
