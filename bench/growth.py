"""What operations cost on accounts with few entries and with a million: calls and units."""

from collections.abc import Sequence

from bench import proof
from bench.functions import Functions
from bench.measure import Cost, counted
from bench.operations import Bank
from bench.report import Section, table
from bench.stub import running_stub
from bench.watch import Watch

COMMAND = "python -m bench growth"
ENTRIES_BEFORE = (0, 1_000_000)
GROWING = (
    "deposit",
    "withdraw",
    "transfer: start and answer",
    "transfer: post",
    "audit of a transfer",
    "reports and risk of a transfer",
    "account read",
    "history page (20 entries)",
)


def section() -> Section:
    """Measure a bank whose accounts are new, and one whose accounts number their entries from a million on."""
    few, many = map(_measure, ENTRIES_BEFORE)
    rows = [(one.name, *_figures(one), *_figures(other)) for one, other in zip(few, many, strict=True)]
    notes = (
        "Few: 25 entries of the paying account. Many: the same on accounts that number them from 1,000,001 on.",
        "The million is not in the tables: a post reads the account, never an entry, and a page reads the newest ones.",
    )
    header = ("operation", "few: calls", "read units", "all writes", "many: calls", "read units", "all writes")
    return Section("Accounts with few entries and with a million", COMMAND, table(header, rows), notes)


def _figures(cost: Cost) -> tuple[str, str, str]:
    return f"{cost.calls.total()}", f"{cost.units.read:g}", f"{cost.units.all_write:g}"


def _measure(entries_before: int) -> Sequence[Cost]:
    proof.forget()  # whatever bank was before
    watch = Watch()
    with running_stub() as stub:
        watch.begin()  # the stub's own clients look at items, and are not watched
        functions = Functions()
        found = {one.name: one for one in Bank(functions, stub, entries_before).operations()}
        costs = [counted(found[name], functions, stub, watch) for name in GROWING]
    watch.end()
    return costs
