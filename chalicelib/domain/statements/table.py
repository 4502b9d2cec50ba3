"""A statement as the rows of a printed table, and how they fall on pages. Pure; who draws says how lines break."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.domain import money
from chalicelib.domain.statements.statement import Line, Statement

WORDS = {
    ("deposit", True): "Deposit",
    ("withdrawal", False): "Withdrawal",
    ("transfer", True): "Transfer from {party}",
    ("transfer", False): "Transfer to {party}",
    ("payment", False): "Payment to {party}",
    ("incoming_payment", True): "Payment from {party}",
    ("payment_return", True): "Returned payment",
    ("payment_return", False): "Payment given back",
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
        *(_row(statement, line) for line in statement.lines),
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


def _row(statement: Statement, line: Line) -> Row:
    entry = line.entry
    amount = money.format_grouped(abs(entry.amount), entry.currency)
    word = WORDS.get((entry.type, entry.amount > 0), entry.type.replace("_", " ").capitalize())
    told = (word.format(party=_party(line)), line.memo)
    return Row(
        description=tuple(filter(None, told)),
        balance=money.format_grouped(entry.balance_after, entry.currency),
        day=statement.day(entry).isoformat(),
        paid_out="" if entry.amount > 0 else amount,
        paid_in=amount if entry.amount > 0 else "",
    )


def _party(line: Line) -> str:
    """Return who is on the other side: its name with the account's number, or with IBAN and BIC at another bank."""
    if line.is_between_banks:
        named = (line.counterparty_name, line.counterparty_iban, line.counterparty_bic)
        return ", ".join(filter(None, named)) or "another bank"
    return " ".join(filter(None, (line.counterparty_name, line.counterparty_number))) or "another account"
