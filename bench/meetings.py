"""Contention, as tables."""

from collections.abc import Sequence

from bench.posts import VIRTUAL_SECONDS, Cell
from bench.price import Tariff
from bench.report import Section, table

COMMAND = "python -m bench contention"


def measured(cells: Sequence[Cell], tariff: Tariff) -> Section:
    """Writers that meet, with the retries of before and of now."""
    transaction_ms = tariff.assumed["transaction_ms"]
    notes = (
        f"The emulator, with DynamoDB's TransactionConflict for items under way, {transaction_ms:g} ms or longer.",
        "Writers are threads of one process that shares its machine: compare posts/s, but believe only the counts.",
        "Between two posts a writer pauses up to 100 ms. What is answered with 503 it repeats with the same key.",
        "met: attempts that met a transaction under way. late: attempts that came after another (a version moved).",
        "attempts, met, late, calls (to DynamoDB): means of a post. p99: of its attempts. 503: all of the run.",
        "posts/writer: of the slowest and of the fastest. longest: the post that took longest, repetitions included.",
        "before: at most 30 attempts in 4 s, with pauses that double from 10 to 300 ms (kept in bench/before.py).",
    )
    return Section("Contention", COMMAND, _lines(cells), notes)


def in_virtual_time(cells: Sequence[Cell]) -> Section:
    """The same at one account, without a machine's noise."""
    notes = (
        "The bank's own retries on a model of one account that all want (bench/virtual.py): the same at every run.",
        f"{VIRTUAL_SECONDS:g} s of its time. Transactions and reads take what the bill assumes, computing 3 to 6 ms.",
    )
    return Section("Contention at one account, in virtual time", COMMAND, _lines(cells), notes)


def _lines(cells: Sequence[Cell]) -> list[str]:
    rows = [(cell.scenario, f"{cell.writers}", cell.retries, *_figures(cell)) for cell in cells]
    figures = ("posts/s", "attempts", "p99", "met", "late", "calls", "503", "posts/writer", "longest")
    return table(("scenario", "writers", "retries", *figures), rows, words=(0, 2))


def _figures(cell: Cell) -> tuple[str, ...]:
    run, longest = cell.run, cell.run.longest
    attempts, *others = [f"{run.per_post(count):.2f}" for count in ("attempts", "conflicts", "moved", "calls")]
    return (
        f"{run.posts_per_second:.0f}",
        attempts,
        f"{run.attempts_p99}",
        *others,
        f"{run.given_up}",
        f"{run.fewest_posts}–{run.most_posts}",
        f"{longest.attempts} in {longest.seconds:.1f} s",
    )
