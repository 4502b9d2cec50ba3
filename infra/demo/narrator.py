"""Tells a story to the person at the terminal, and insists that every answer is the one that it announces."""

import re
import textwrap
import time
from collections.abc import Callable
from typing import Any

from infra.demo.client import Reply, Unexpected
from infra.progress import list_counts, say

WIDTH = 110
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 60
"""For what follows a commit through the stream."""

_ID = re.compile(r"\b((?:acc|apr|brn|cus|ses|txn|usr|whe)_)[0-9A-Z]{22}(?=[0-9A-Z]{4}\b)")


class Narrator:
    """Numbers the steps and counts the seconds."""

    def __init__(self) -> None:
        self._steps = 0
        self._started = time.monotonic()

    def chapter(self, title: str) -> None:
        say(f"\n{title}")

    def step(
        self,
        sentence: str,
        reply: Reply,
        status: int = 200,
        code: str | None = None,
        tells: Callable[[Any], str] = lambda _: "",
    ) -> Any:
        """Check that a reply has this status and, for a problem, this code; print it. Return its body."""
        body = reply.expect(status, code)
        told = f"{body['code']}: {body['detail']}" if code else tells(body)
        if reply.is_replay:
            told += " (replayed: nothing was done twice)"
        self._steps += 1
        say(f" {self._steps:>2}. {sentence}")
        answer = f"{reply.method} {short(reply.path)} → {reply.status} {short(told)}".rstrip()
        say(_indent(f"{answer} [{reply.seconds * 1000:.0f} ms]"))
        return body

    def step_when(
        self, sentence: str | None, ask: Callable[[], Reply], ready: Callable[[Any], bool], tells: Callable[[Any], str]
    ) -> Any:
        """Play a step whose result arrives a moment after the commit. Without a sentence nothing is printed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready((reply := ask()).expect(200)):
            if time.monotonic() > deadline:
                raise Unexpected(f"{reply.path} does not show the change after {PATIENCE_SECONDS} s: {reply.body}")
            time.sleep(POLL_SECONDS)
        return self.step(sentence, reply, tells=tells) if sentence else reply.body

    def check(self, what: str, found: object, wanted: object) -> None:
        """Raise Unexpected if a value is not the expected one."""
        if found != wanted:
            raise Unexpected(f"{what} should be {wanted}, but is {found}.")

    def end(self) -> None:
        say(f"\n✓ {self._steps} responses, all as expected, in {time.monotonic() - self._started:.1f} s.\n")


def describe_verdict(verdict: Any) -> str:
    """Return what a verification has counted, or what it found broken."""
    return f"{'ok' if verdict['ok'] else verdict['broken']}: {list_counts(verdict['checked'])}"


def short(text: str) -> str:
    """Return text with ids cut to their last four characters."""
    return _ID.sub(r"\1…", text)


def _indent(text: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=" " * 5, subsequent_indent=" " * 7, break_long_words=False, break_on_hyphens=False
    )
