"""Statements of the clearing for tests, written by the simulated one: who has booked what on a day."""

from datetime import date, datetime
from decimal import Decimal

from chalicelib.services.clearing import inbox
from clearing_bank import advices
from clearing_bank.advices import Page
from clearing_bank.answers import OWN_BIC
from clearing_bank.facts import Entry
from tests.api.helpers.clearing import BANK, BIC


def state(
    day: date,
    at: datetime,
    *payments: tuple[str, str],
    opening: str = "0.00",
    name: str = "STM-1",
    page: int = 1,
    is_last: bool = True,
) -> str:
    """Send a page of a statement with an entry for each payment, or without one where the UETR is empty; return its
    closing balance."""
    entries = [
        Entry(
            f"{name}-{page}-{number}",
            "MSG",
            day,
            Decimal(amount),
            "EUR",
            ((uetr, "T", "E", Decimal(amount)),) if uetr else (),
        )
        for number, (uetr, amount) in enumerate(payments)
    ]
    closing = Decimal(opening) + sum((one.amount for one in entries), Decimal("0.00"))
    sheet = Page(page, is_last, Decimal(opening), closing)
    document = advices.statement(f"{name}-P{page}", name, "EUR", day, sheet, entries, at)
    inbox.receive(BANK, document.replace(OWN_BIC, BIC))
    return str(closing)


def advise_fee(day: date, reference: str, amount: str, at: datetime) -> None:
    """Send the advice of an entry that belongs to no payment."""
    entry = Entry(reference, "MSG", day, Decimal(amount), "EUR", ())
    inbox.receive(BANK, advices.notification(f"ADV-{reference}", entry, at).replace(OWN_BIC, BIC))
