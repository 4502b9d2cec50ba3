"""Statements of a day (camt.053): in pages that fit into a message of a queue, and sent once a day."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from clearing_bank import advices, business_days
from clearing_bank.advices import Page
from clearing_bank.clearing import Clearing, message_id
from clearing_bank.facts import Entry
from clearing_bank.store import Answer

PAGE_CHARACTERS = 180_000
"""A queue takes 256 KB."""
ENTRY_CHARACTERS, PAYMENT_CHARACTERS = 900, 520
CURRENCIES = ("EUR",)
DAYS_AT_ONCE = 10


def documents(clearing: Clearing, currency: str, day: date) -> tuple[str, int, list[str]]:
    """Return the id of a day's statement, how many entries it has, and its pages."""
    every = clearing.store.entries(currency, day)
    balance = sum((entry.amount for entry in every if entry.day < day), Decimal("0.00"))
    entries = [entry for entry in every if entry.day == day]
    own_id = message_id("STM", currency, day.isoformat(), str(len(entries)))
    parts, written = _parts(entries), list[str]()
    for number, part in enumerate(parts, 1):
        page = Page(number, number == len(parts), balance, balance + sum((one.amount for one in part), Decimal(0)))
        page_id = own_id if number == 1 else message_id("STM", currency, day.isoformat(), own_id, str(number))
        written.append(advices.statement(page_id, own_id, currency, day, page, part, clearing.now))
        balance = page.closing
    return own_id, len(entries), written


def send_daily(clearing: Clearing) -> int:
    """Send the statements of the open days that are over, each once, and return how many."""
    return sum(_send_due(clearing, currency) for currency in CURRENCIES)


def _send_due(clearing: Clearing, currency: str) -> int:
    """Send what is due of a currency. The first time, that is the last open day before today."""
    today, last = clearing.now.date(), clearing.store.last_stated_day(currency)
    day = last + business_days.DAY if last else _open_before(today)
    day, sent = max(day, today - timedelta(days=DAYS_AT_ONCE)), 0
    while day < today:
        if business_days.is_open(day):
            clearing.send(*map(Answer, documents(clearing, currency, day)[2]))
            sent += 1
        clearing.store.state_up_to(currency, day)
        day += business_days.DAY
    return sent


def _open_before(day: date) -> date:
    day -= business_days.DAY
    while not business_days.is_open(day):
        day -= business_days.DAY
    return day


def _parts(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return the entries of each page; a day without any has one page."""
    parts: list[list[Entry]] = [[]]
    left = PAGE_CHARACTERS
    for entry in entries:
        size = ENTRY_CHARACTERS + PAYMENT_CHARACTERS * len(entry.payments)
        if size > left and parts[-1]:
            parts.append([])
            left = PAGE_CHARACTERS
        parts[-1].append(entry)
        left -= size
    return parts
