"""Progress of long work, in words, for the caller that passes a `Progress`."""

from collections.abc import Callable

Progress = Callable[[str], None]


def ignore(_: str) -> None:
    """Tell nobody."""
