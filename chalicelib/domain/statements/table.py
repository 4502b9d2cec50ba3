"""A statement as the rows of a printed table, and how they fall on pages. Pure; who draws says how lines break."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.domain import money
from chalicelib.domain.statements.booking import Booking, bookings
from chalicelib.domain.statements.statement import Line, PaymentBatch, Statement

WORDS = {
    ("deposit", True): "Deposit",
    ("withdrawal", False): "Withdrawal",
    ("transfer", True): "Transfer from {party}",
    ("transfer", False): "Transfer to {party}",
    ("payment", False): "Payment to {party}",
    ("incoming_payment", True): "Payment from {party}",
    ("payment_return", True): "Returned payment to {party}",
    ("payment_return", False): "Payment given back to {party}",
    ("interest_credit", True): "Interest",
    ("reversal", True): "Reversal",
    ("reversal", False): "Reversal",
}
"""What people read for an entry's type, by whether it is a credit."""


@dataclass(frozen=True)
class Letterhead:
    """The bank on paper."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True)
class Addressee:
    """Whom a statement is for: names and address as an envelope has them. The country is empty if it is not known."""

    lines: tuple[str, ...]
    country: str = ""


@dataclass(frozen=True)
class Row:
    """A row of the printed table. Amounts are text; each line of the description takes a line of the page."""

    description: tuple[str, ...]
    balance: str
    day: str = ""
    paid_out: str = ""
    paid_in: str = ""
    is_balance: bool = False

    @property
    def height(self) -> float:
        """Return the height in lines, with the space below the row."""
        return len(self.description) + 0.5

    def saying(self, description: Iterable[str]) -> "Row":
        return replace(self, description=tuple(description))


def rows(statement: Statement) -> list[Row]:
    """Return the opening balance, every entry, and the closing balance."""
    currency = statement.account.currency
    opening, closing = (
        money.format_grouped(amount, currency) for amount in (statement.opening_balance, statement.closing_balance)
    )
    return [
        Row(("Opening balance",), opening, statement.period.first.isoformat(), is_balance=True),
        *(_row(booking, currency) for booking in bookings(statement)),
        Row(("Closing balance",), closing, statement.period.last.isoformat(), is_balance=True),
    ]


def pages(table: Iterable[Row], first_lines: float, lines: float) -> list[list[Row]]:
    """Yield pages of at most so many lines; a row is never split."""
    sheets: list[list[Row]] = [[]]
    left = first_lines
    for row in table:
        if row.height > left and sheets[-1]:
            sheets.append([])
            left = lines
        sheets[-1].append(row)
        left -= row.height
    return sheets


def _row(booking: Booking, currency: str) -> Row:
    amount = money.format_grouped(abs(booking.amount), currency)
    told = _words_of_batch(booking, booking.batch) if booking.batch else _words(booking.last)
    return Row(
        description=tuple(filter(None, told)),
        balance=money.format_grouped(booking.balance_after, currency),
        day=booking.day.isoformat(),
        paid_out="" if booking.amount > 0 else amount,
        paid_in=amount if booking.amount > 0 else "",
    )


def _words(line: Line) -> tuple[str | None, ...]:
    entry = line.entry
    word = WORDS.get((entry.type, entry.amount > 0), entry.type.replace("_", " ").capitalize())
    return word.format(party=_party(line)), line.memo


def _words_of_batch(booking: Booking, batch: PaymentBatch) -> tuple[str | None, ...]:
    """Return the file's message and the number of payments, then the batch, all as the customer has named them."""
    file = " ".join(filter(None, ("Payment file", batch.message_id)))
    return f"{file}, {len(booking.lines)} payments", batch.payment_information_id


def _party(line: Line) -> str:
    """Return who is on the other side: its name with the account's number, or with IBAN and BIC at another bank."""
    if line.is_between_banks:
        named = (line.counterparty_name, line.counterparty_iban, line.counterparty_bic)
        return ", ".join(filter(None, named)) or "another bank"
    return " ".join(filter(None, (line.counterparty_name, line.counterparty_number))) or "another account"
