"""How far a long command is, for whoever watches it at a terminal."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]


def at_the_terminal() -> Progress:
    """Each line in the place of the one before; nothing where nobody watches."""
    return _show if sys.stderr.isatty() else lambda _: None


def _show(line: str) -> None:
    print(f"    {line}\033[K", end="\r", file=sys.stderr, flush=True)
