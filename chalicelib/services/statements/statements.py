"""Statements of accounts: read from the entries, and put into the format that is asked for.

One query finds the last entry of the month, another reads the entries, a thousand at a call, and what moved them is
read a hundred transactions at a call. Short ones are answered at once; the others are made by a function of their own
and kept (`services/statements/store.py`)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib import clock, config
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.permissions import Caller
from chalicelib.domain.statements.statement import Line, PaymentBatch, Period, Statement, StatementAccount
from chalicelib.domain.time import day
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.accounts import accounts, history, other_banks
from chalicelib.services.accounts.other_banks import Counterparty
from chalicelib.services.statements import payment_batches

ENTRIES_AT_ONCE_MAX = 1000
"""Longer statements are not made while a client waits; these are about a megabyte at most in any format."""


@dataclass(frozen=True)
class StatementRequest:
    """A statement that can be made: whose, of when, and the last entry up to its end, None where there is none yet."""

    account: StatementAccount
    period: Period
    newest: Entry | None

    @property
    def is_empty(self) -> bool:
        return self.newest is None or self.newest.created_at < self.period.since


def request_for(caller: Caller, account_id: str, month: str) -> StatementRequest:
    """Return the request for a statement.

    Raises NotFound for an account that the caller may not see, ValidationFailed for a wrong month.
    """
    return of_month(accounts.get(caller, account_id), month)


def of_month_or_none(account: Account, month: str) -> StatementRequest | None:
    """Return the same as `of_month`, or None for a month before the account."""
    try:
        return of_month(account, month)
    except ValidationFailed:
        return None


def of_month(account: Account, month: str) -> StatementRequest:
    """Return the content of an account's statement of a month, in one query.

    Raises ValidationFailed for a wrong month.
    """
    zone = config.timezone()
    opened_on = day(str(account.created_at), zone)
    try:
        period = Period.parse(month, opened_on, clock.now(), zone)
    except ValueError as error:
        raise ValidationFailed.of("month", str(error)) from None
    statement_account = StatementAccount(
        account_id=account.id,
        account_number=str(account.account_number),
        iban=config.bank_identifier().iban_of(str(account.account_number)),
        account_type=account.account_type,
        currency=account.currency,
        customer_id=str(account.customer_id),
        opened_on=opened_on,
        holder_ids=tuple(account.access().holders),
    )
    last = LedgerEntry.last_of(account.id, period.until)
    return StatementRequest(statement_account, period, last.entry() if last else None)


def read(wanted: StatementRequest) -> Statement:
    """Read the statement with all its entries.

    Raises Unavailable if the account moves too fast to be read, ValueError if the ledger is broken.
    """
    lines = [line for page in _pages(wanted) for line in _lines(page, wanted.account)]
    return Statement(wanted.account, wanted.period, wanted.newest, lines)


def read_within(wanted: StatementRequest, entries_max: int) -> Statement | None:
    """Read the statement, unless it has more entries than that."""
    pages = _pages(wanted)
    first = next(pages, [])
    if len(first) > entries_max or next(pages, None) is not None:
        return None
    return Statement(wanted.account, wanted.period, wanted.newest, _lines(first, wanted.account))


def _pages(wanted: StatementRequest) -> Iterator[list[LedgerEntry]]:
    """Return the month's entries in pages, oldest first.

    A page has at most as many as fit in a body, and one more to know whether there are more.
    """
    if wanted.newest is None or wanted.is_empty:
        return iter(())
    return LedgerEntry.pages_up_to(wanted.newest, wanted.period.since, ENTRIES_AT_ONCE_MAX + 1)


def _lines(entries: list[LedgerEntry], account: StatementAccount) -> list[Line]:
    """Return each entry with its transaction's memo and the account on the other side."""
    details = history.read_details(entries)
    bank = config.bank_identifier()
    others_found = _accounts(one.counterparty_id for one in details.values() if one.counterparty_id)
    parties = other_banks.read_counterparties(entries)
    batches = payment_batches.read_batches(parties.values())
    return [
        Line(
            entry=entry.entry(),
            memo=shown.memo,
            counterparty_id=shown.counterparty_id,
            counterparty_number=str(other.account_number) if other else None,
            counterparty_iban=bank.iban_of(str(other.account_number)) if other else None,
            counterparty_name=_name(other, account) if other else None,
        )
        if (party := parties.get(entry.transaction_id)) is None
        else _line_between_banks(entry.entry(), party, batches.get(party.batch_id or ""), shown.memo)
        for entry in entries
        for shown in [details[entry.seq]]
        for other in [others_found.get(shown.counterparty_id or "")]
    ]


def _line_between_banks(entry: Entry, party: Counterparty, batch: PaymentBatch | None, memo: str | None) -> Line:
    """Return an entry of a payment between banks. All who may see the account may see who is on the other side.

    The memo of a return says why the payment came back.
    """
    return Line(
        entry=entry,
        memo=memo if party.return_reason else party.remittance,
        counterparty_iban=party.iban,
        counterparty_name=party.name,
        counterparty_bic=party.bic,
        counterparty_bank_code=party.bank_code,
        end_to_end_id=party.end_to_end_id,
        batch=batch,
        is_instant=party.rail == "instant",
        uetr=party.uetr,
        return_reason=party.return_reason,
    )


def _accounts(account_ids: Iterable[str]) -> dict[str, Account]:
    found = batch_get({Account.key(account_id) for account_id in account_ids}, consistent=False)
    return {item.id: item for item in found if isinstance(item, Account)}


def _name(other: Account, account: StatementAccount) -> str | None:
    """Return what an account is to the readers of a statement, if all of them may see it."""
    access = other.access()
    readers = account.named_ids
    if not all(access.level_of(reader) for reader in readers):
        return None
    kind = "your" if access.owner_id == account.customer_id else "joint"
    return f"{kind} {other.account_type} account"
