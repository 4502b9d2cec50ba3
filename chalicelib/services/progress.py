"""How far long work is, told in words to the caller that passes a `Progress`."""

from collections.abc import Callable

Progress = Callable[[str], None]


def ignore(_: str) -> None:
    """Tell nobody."""
