"""Prints what a command does and how long it takes."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


def say(line: str = "") -> None:
    """Print a line. If the reader has closed the pipe (`make status | head`), continue without output."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def list_counts(counts: Mapping[str, int]) -> str:
    """Return counts in words, such as "1 digest, 3 audit records"; names are plurals with underscores."""
    return ", ".join(f"{count} {_words(name, count)}" for name, count in counts.items())


def _words(name: str, count: int) -> str:
    plural = name.replace("_", " ")
    return plural.removesuffix("s") if count == 1 else plural


@contextmanager
def step(title: str) -> Iterator[None]:
    """Frame one step: its title before, its seconds after."""
    started = time.monotonic()
    say(f"▸ {title}")
    try:
        yield
    except BaseException:
        say(f"  ✗ after {time.monotonic() - started:.1f} s")
        raise
    say(f"  ✓ {time.monotonic() - started:.1f} s")


def live_line() -> Callable[[str], None]:
    """Return a function that shows each line in place of the one before; nothing unless stderr is a terminal."""
    return _overwrite if sys.stderr.isatty() else lambda _: None


def _overwrite(line: str) -> None:
    # A line that is wider than the terminal would go on below, where the next one does not reach it.
    width = shutil.get_terminal_size().columns - 1
    print(f"{f'    {line}'[:width]}\033[K", end="\r", file=sys.stderr, flush=True)


def complain(problem: str, advice: str = "") -> None:
    print(f"\n✗ {problem}", file=sys.stderr)
    if advice:
        print("".join(f"\n  {line}" for line in advice.splitlines()), file=sys.stderr)
