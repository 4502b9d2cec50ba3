"""Reads along whatever is logged, for what no log may have: who somebody is, and what lets somebody in."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.observability import logger

FORBIDDEN = re.compile(
    "correct horse battery staple|"
    "[a-z0-9.+-]+@(example[.]com|florin[.]example)|"
    "Lovelace|Hopper|Okafor|"
    r"(?<![\w-])(LV|DE|GB)[0-9]{2}[A-Z0-9]{4}[0-9]{6}|"  # IBANs, but no part of an id that looks like one
    r"eyJ[\w-]{20}|usr_[0-9A-Z]{26}[.]ses_"  # tokens
)
"""Names, addresses, account numbers and password of the people in tests/api, and the form of tokens."""


class LogWatch(logging.Handler):
    """Keeps the lines that have what they may not have."""

    def __init__(self) -> None:
        super().__init__()
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = logger.registered_formatter.format(record)
        if FORBIDDEN.search(line):
            self.leaks.append(line)


@contextmanager
def watched_log() -> Iterator[LogWatch]:
    """Watch until the end, with the stack traces of errors."""
    watch = LogWatch()
    logger.addHandler(watch)
    try:
        yield watch
    finally:
        logging.getLogger(logger.name).removeHandler(watch)
