"""What a statement books: entries of the ledger, of which those of one batch and one day are booked as one.

The ledger has an entry for each payment. A file may ask to have its payments booked together, so camt.053 and the PDF
show one sum with the payments below it. Each booking follows from the one before, and ends in the ledger's balance.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.statements.statement import Line, PaymentBatch, Statement


@dataclass(frozen=True)
class Booking:
    """A single entry, or those of a batch on a day. Amounts in minor units.

    `balance_after` is the opening balance and all bookings up to this one. It is the ledger's, except between the
    entries of a batch that others interrupt: a batch is booked where its last entry is.
    """

    lines: tuple[Line, ...]
    day: date
    balance_after: int

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def amount(self) -> int:
        return sum(line.entry.amount for line in self.lines)

    @property
    def batch(self) -> PaymentBatch | None:
        """Return the batch whose payments it sums up, or None of a single entry."""
        return self.last.batch if len(self.lines) > 1 else None


def bookings(statement: Statement) -> list[Booking]:
    """Return the bookings in the order of their last entries. Their sum is that of the entries."""
    booked, balance = list[Booking](), statement.opening_balance
    for day, lines in _together(statement):
        balance += sum(line.entry.amount for line in lines)
        booked.append(Booking(lines, day, balance))
    return booked


def _together(statement: Statement) -> Iterator[tuple[date, tuple[Line, ...]]]:
    """Yield lines that are booked as one, once the last of them has come."""
    named = [(line, statement.day(line.entry)) for line in statement.lines]
    left = Counter((line.batch.id, day) for line, day in named if line.batch)
    come: dict[tuple[str, date], list[Line]] = {key: [] for key in left}
    for line, day in named:
        if line.batch is None:
            yield day, (line,)
            continue
        key = line.batch.id, day
        come[key].append(line)
        if len(come[key]) == left[key]:
            yield day, tuple(come.pop(key))
