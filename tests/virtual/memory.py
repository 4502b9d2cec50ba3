"""What each process of a run remembers by itself, though all of them are threads of one."""

from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from typing import TypeVar

from tests.virtual.time import VirtualTime

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class OwnMemory(MutableMapping[KeyT, ValueT]):
    """A mapping that has other contents in each process."""

    def __init__(self, time: VirtualTime):
        self._time = time
        self._all = defaultdict[int, dict[KeyT, ValueT]](dict)

    @property
    def _mine(self) -> dict[KeyT, ValueT]:
        return self._all[self._time.process if self._time.is_inside else -1]

    def __getitem__(self, key: KeyT) -> ValueT:
        return self._mine[key]

    def __setitem__(self, key: KeyT, value: ValueT) -> None:
        self._mine[key] = value

    def __delitem__(self, key: KeyT) -> None:
        del self._mine[key]

    def __iter__(self) -> Iterator[KeyT]:
        return iter(self._mine)

    def __len__(self) -> int:
        return len(self._mine)
