"""Known devices: from which a user has logged in before, each known by the hash of a token that only it has."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

DEVICES_MAX = 10
LIFE = timedelta(days=180)
"""A device that has not logged in for so long is forgotten."""
USE_RECORDED_AFTER = timedelta(days=1)
"""A log-in within this time of the last one need not be recorded."""

Devices = Mapping[str, Sequence[int]]
"""By the hash of the token: when the device was added, and when it was last used, in epoch seconds. A device that has
never sent its token has been used when it was added."""


def is_known(devices: Devices, token_hash: str, now: datetime) -> bool:
    """Return whether the token is a known device's."""
    return token_hash in _present(devices, now)


def with_new(devices: Devices, token_hash: str, now: datetime) -> dict[str, list[int]]:
    """Return the devices and a new one. If there are too many, those go first that have never sent their token.

    Otherwise a script that discards its tokens would push out the owner's phone.
    """
    present, moment = _present(devices, now), int(now.timestamp())
    by_worth = sorted(present, key=lambda one: (present[one][1] > present[one][0], present[one][1]), reverse=True)
    return {one: present[one] for one in by_worth[: DEVICES_MAX - 1]} | {token_hash: [moment, moment]}


def is_use_recorded(devices: Devices, token_hash: str, now: datetime) -> bool:
    """Return whether a use of the device was recorded lately."""
    added, used = devices[token_hash]
    return used > added and used > (now - USE_RECORDED_AFTER).timestamp()


def with_use(devices: Devices, token_hash: str, now: datetime) -> dict[str, list[int]]:
    """Return the devices, this one used now; without it if it is not among them any more."""
    present = _present(devices, now)
    if token_hash in present:
        added = present[token_hash][0]
        present[token_hash] = [added, max(int(now.timestamp()), added + 1)]
    return present


def _present(devices: Devices, now: datetime) -> dict[str, list[int]]:
    """Return the devices that are not forgotten."""
    return {one: list(times) for one, times in devices.items() if times[1] > (now - LIFE).timestamp()}
