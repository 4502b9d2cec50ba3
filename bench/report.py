"""Tables for a terminal, and the same for a page of Markdown."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 110
Row = Sequence[str]


@dataclass(frozen=True)
class Section:
    """One table, the command that made it, and what one must know to read it."""

    title: str
    command: str
    table: list[str]
    notes: tuple[str, ...] = ()

    def as_text(self) -> str:
        notes = (textwrap.fill(note, WIDTH, initial_indent="  ", subsequent_indent="    ") for note in self.notes)
        lines = [f"{self.title}   [{self.command}]", "", *(f"  {line}" for line in self.table), "", *notes]
        return "\n".join(lines).rstrip() + "\n"

    def as_markdown(self) -> str:
        notes = "\n".join(f"- {note}" for note in self.notes)
        table = "\n".join(self.table)
        return f"## {self.title}\n\n`{self.command}`\n\n```text\n{table}\n```\n\n{notes}\n".rstrip() + "\n"


def table(header: Row, rows: Iterable[Row], words: Sequence[int] = (0,)) -> list[str]:
    """Aligned lines; `words` are the columns of text, all others are figures."""
    cells = [header, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(_aligned(row, widths, words)).rstrip() for row in cells]
    return [lines[0], "─" * max(map(len, lines)), *lines[1:]]


def _aligned(row: Row, widths: Sequence[int], words: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if column in words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
