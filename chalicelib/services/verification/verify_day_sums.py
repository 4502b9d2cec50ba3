"""Verifies the sums of a day by which limits and ceilings are enforced: computes them from entries and transactions.

An account is followed by its entries. A customer has sums of its own only with several accounts, or for cash: these
are followed by the transactions of the accounts. What staff move alone is added up from all transactions.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.time import start_of, timestamp
from chalicelib.domain.verification.customer_sums import CustomerSums, Payment
from chalicelib.domain.verification.day_sums import LIMITED, AccountDays, PersonDays, Window
from chalicelib.domain.verification.staff_sums import STAFF_KINDS, Moved, StaffSums
from chalicelib.domain.verification.supervision import Supervision
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Key
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.spending import DailySpending
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import TransactionFacts, read_facts

IDS_AT_ONCE = 100


class FollowedAccount(AccountDays):
    """The sums of an account. Its item adds nothing to its records."""

    def see(self, key: Key, image: Image) -> None:
        """Take an item of the account."""


class FollowedPerson(PersonDays):
    """The sums of a customer or a user of the staff."""

    def see(self, key: Key, image: Image) -> None:
        """Check the hours of a sum. Raises Broken."""
        self.require_hours(key, DailySpending.hours_in(image))


def prove_account(account: AccountDays) -> None:
    """Verify what an account counts, after its audit was followed. Raises Broken."""
    if is_general_ledger(account.account_id) or not account.is_moved:
        return
    for page in LedgerEntry.raw_pages_since(account.account_id, _start(account.window)):
        entries = [one for one in map(LedgerEntry.entry_in, page) if one.seq <= account.seq]
        for entry in entries:
            if entry.amount < 0 and entry.type in LIMITED:
                account.pay(-entry.amount, entry.created_at)
        _give_back(account, [one for one in entries if one.amount > 0 and one.type == "reversal"])
        if len(entries) < len(page):
            break
    account.require()


def _give_back(account: AccountDays, reversals: list[Entry]) -> None:
    """Give back what reversed payments of an account had counted."""
    made = {one.id: one.reverses for one in _read(entry.transaction_id for entry in reversals)}
    originals = {one.id: one for one in _read(filter(None, made.values()))}
    for entry in reversals:
        original = originals.get(made.get(entry.transaction_id) or "")
        for name, amount, on in _shares(original, account.counting_day) if original else ():
            if name == account.account_id:
                account.give_back(amount, on, entry.created_at)


@dataclass(frozen=True)
class _Reader:
    """Reads the transactions of a customer that its sums can have counted."""

    customer_id: str
    window: Window
    supervision: Supervision

    def add_all(self, sums: CustomerSums) -> None:
        """Add all transactions of own accounts, and what the customer pays as a joint holder."""
        since = _start(self.window)
        for account_id, is_own in Account.own_by_id(self.customer_id).items():
            if is_own:
                for some in _read_in_turn(_ids_of_entries(account_id, since)):
                    self._add(sums, [one for one in some if one.status == "posted"])
        for some in _read_in_turn(Hold.transaction_ids_of_owner(self.customer_id, since)):
            self._add(sums, [one for one in some if one.status != "posted"])
        customer = Customer.find(*Customer.key(self.customer_id))
        for some in _read_in_turn(Transaction.ids_made_by(customer.user_id, since)) if customer else ():
            self._add(sums, [one for one in some if one.holder_id == self.customer_id], as_holder=True)

    def _add(self, sums: CustomerSums, read: list[TransactionFacts], *, as_holder: bool = False) -> None:
        reversals = {one.id: one for one in _read(filter(None, (one.reversed_by for one in read)))}
        for one in read:
            if one.transaction_type in LIMITED and one.status in ("posted", "pending", "voided", "expired"):
                payment = self._payment(one, reversals)
                (sums.pay_as_holder if as_holder else sums.pay)(payment)
            elif one.transaction_type == "deposit" and not one.has_waited and (counted := self._counts_cash(one)):
                sums.bring_cash(one.amount, one.currency, one.created_at, is_sure=counted == {True})

    def _payment(self, one: TransactionFacts, reversals: dict[str, TransactionFacts]) -> Payment:
        shares = [(name, amount, frozenset({on})) for name, amount, on in one.holds]
        if not shares:
            days = frozenset(self.window.days_around(one.posted_at or ""))
            shares = [(name, amount, days) for name, amount in _amounts_out(one)]
        reversal = reversals.get(one.reversed_by or "")
        ended_at = reversal.posted_at if reversal else None
        if one.status in ("voided", "expired"):
            ended_at = one.updated_at
        return Payment(tuple(shares), one.currency, one.created_at, ended_at, one.is_own)

    def _counts_cash(self, one: TransactionFacts) -> set[bool]:
        """Return what the policies that may have been known then say of cash, nothing where none counts it."""
        found = set[bool]()
        for policy in self.supervision.policies_around("deposit", one.created_at):
            found |= {True, False} if policy is None else {policy.free_in_day(one.currency) is not None}
        return found if True in found else set()


def prove_customer(customer_id: str, days: PersonDays, supervision: Supervision) -> None:
    """Verify the sums of a customer, after its audit was followed. Raises Broken.

    A customer without sums has nothing to verify: what counts a payment commits with it, and no sum is removed.
    """
    if not days.keys:
        return
    sums = CustomerSums(days)
    _Reader(customer_id, days.window, supervision).add_all(sums)
    sums.require(customer_id)


def add_staff(sums: StaffSums, found: Iterable[TransactionFacts], supervision: Supervision, window: Window) -> None:
    """Add what members of staff have moved alone."""
    since = _start(window)
    for one in found:
        if one.created_at < since or one.initiated_by not in supervision.staff_ids or one.status == "failed":
            continue
        if one.transaction_type in STAFF_KINDS and not one.is_own and not one.has_waited:
            of = (one.initiated_by, one.transaction_type, one.amount, one.currency, one.created_at, one.is_ordered)
            sums.add(Moved(*of), supervision.ranks, supervision.grace, window)


def _ids_of_entries(account_id: str, since: str) -> Iterator[str]:
    """Yield the transactions that have paid from an account, or brought cash to it."""
    for page in LedgerEntry.raw_pages_since(account_id, since):
        for one in map(LedgerEntry.entry_in, page):
            if (one.type in LIMITED and one.amount < 0) or one.type == "deposit":
                yield one.transaction_id


def _read_in_turn(ids: Iterable[str]) -> Iterator[list[TransactionFacts]]:
    """Yield transactions, as many as one call reads at once."""
    rest = iter(ids)
    while some := list(islice(rest, IDS_AT_ONCE)):
        yield _read(some)


def _read(ids: Iterable[str]) -> list[TransactionFacts]:
    return read_facts(map(Transaction.key, ids))


def _shares(one: TransactionFacts, day_of: Callable[[str], str]) -> list[tuple[str, int, str]]:
    """Return what a posted transaction has counted, by account and day."""
    return one.holds or [(name, amount, day_of(one.posted_at or "")) for name, amount in _amounts_out(one)]


def _amounts_out(one: TransactionFacts) -> Iterator[tuple[str, int]]:
    """Yield what left customers' accounts with a posted transaction."""
    for line in one.entries or []:
        if line["amount"] < 0 and not is_general_ledger(line["account_id"]):
            yield line["account_id"], -line["amount"]


def _start(window: Window) -> str:
    return timestamp(start_of(date.fromisoformat(window.first), window.zone))
