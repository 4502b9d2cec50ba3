"""Builds, deploys and runs the bank: `python -m infra <command>`, called by the Makefile."""

import sys
from types import TracebackType


def _report(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Print a traceback, except after Ctrl-C: the command that was called says what that means."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _report
