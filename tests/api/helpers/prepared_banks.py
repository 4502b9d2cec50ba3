"""Banks as they stand when a test begins, with the people whom it names.

To register, hire or sign in one person takes a dozen calls, more than most tests make. Each bank is made once in a file
of tests, and put back for every test that names the same people.
"""

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


@dataclass(frozen=True)
class _Bank:
    tables: Saved
    keys: dict[str, bytes]
    people: People


class StandingBanks:
    """Begins with what is in the tables. `made` makes somebody where these others are already."""

    def __init__(self, made: Callable[[str, People], User]) -> None:
        self._made = made
        self._kept: dict[tuple[str, ...], _Bank] = {(): _as_it_stands({})}

    def put_back(self, named: tuple[str, ...]) -> People:
        """Let the bank stand that has these people, named in their order, and nobody else but the first admin."""
        if named not in self._kept:
            others = self.put_back(named[:-1])
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
