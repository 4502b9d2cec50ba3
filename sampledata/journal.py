"""Accounts in hand, on which money moves in the order of time: what a sandbox writes instead of asking the bank."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.domain.interest import accrual as interest_accrual
from chalicelib.domain.interest import carried_fraction
from chalicelib.domain.interest.accrual import Terms
from chalicelib.domain.ledger import general_ledger, idempotency
from chalicelib.domain.ledger.balance import InterestPaid
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Leg, Movement, TransactionType
from chalicelib.domain.money import MINOR_MAX
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account, general_ledger_account
from chalicelib.models.item import Item
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.interest.run_partition import idempotency_key_of
from sampledata.books import Kept, new, post

Put = Callable[[Item], None]


@dataclass
class Holder:
    """A customer's account in hand, who acts for it, and the entries since its interest was credited."""

    kept: Kept[Account]
    caller: Caller
    since_credit: list[LedgerEntry] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return self.kept.item


NO_LIMITS = Limits(MINOR_MAX, MINOR_MAX)
"""What was spent is counted, as ever; but the limits that a bank has now say nothing of its past."""

Side = tuple[Holder | Kept[Account], int]
"""An account and what it gains, in minor units; negative for what it pays."""


class Journal:
    """Moves money at one branch, in one currency. Every item that is made on the way is put; accounts at the end."""

    def __init__(self, put: Put, branch_id: str, currency: str, bank: Caller):
        self._put, self._branch_id, self._currency, self._bank = put, branch_id, currency, bank
        self._own: dict[str, Kept[Account]] = {}
        self._turns = 0

    def deposit(self, to: Holder, amount: int, at: datetime, memo: str) -> None:
        cash = self._bank_account(general_ledger.cash(self._branch_id, self._currency), at)
        self._move("deposit", [(cash, -amount), (to, amount)], to.caller, at, memo)

    def withdraw(self, holder: Holder, amount: int, at: datetime, memo: str | None, category: str | None) -> None:
        cash = self._bank_account(general_ledger.cash(self._branch_id, self._currency), at)
        self._move("withdrawal", [(holder, -amount), (cash, amount)], holder.caller, at, memo, category)

    def transfer(
        self, payer: Holder, payee: Holder, amount: int, at: datetime, memo: str | None, category: str | None
    ) -> None:
        self._move("transfer", [(payer, -amount), (payee, amount)], payer.caller, at, memo, category)

    def credit_interest(self, holder: Holder, month: Month, terms: Terms, opened_on: date, at: datetime) -> None:
        """What the month's run would have paid, under the run's own key. A month that earns less than half a minor
        unit pays nothing here, and is paid with the next."""
        account = holder.account
        paid = account.interest_paid_through
        days = interest_accrual.unpaid(
            date.fromisoformat(paid) if paid else None, opened_on, month.last, is_closed=False
        )
        entries = holder.since_credit
        before = entries[0].balance_after - entries[0].amount if entries else account.balance
        carried_in = carried_fraction.parse(account.interest_carried or "0")
        accrual = interest_accrual.accrue(terms, days, balance=before, entries=entries, carried_in=carried_in)
        if not accrual.credit:
            return
        expense = self._bank_account(general_ledger.interest_expense(self._currency), at)
        holder.since_credit = []
        idempotency_key = idempotency_key_of(account.id, str(month), self._bank)
        interest_paid = InterestPaid(account.id, days, carried_fraction.text(accrual.carried_out))
        sides: list[Side] = [(holder, accrual.credit), (expense, -accrual.credit)]
        self._post("interest_credit", sides, self._bank, at, idempotency_key, interest_paid)

    def close_books(self) -> None:
        """Put the bank's own accounts, as they stand now."""
        for kept in self._own.values():
            self._put(kept.item)

    def _move(
        self,
        kind: TransactionType,
        sides: list[Side],
        caller: Caller,
        at: datetime,
        memo: str | None,
        category: str | None = None,
    ) -> None:
        self._turns += 1
        idempotency_key = idempotency.derive_key(caller.user_id, f"sandbox {self._turns}", kind, [])
        branch_id = self._branch_id if kind in ("deposit", "withdrawal") else None
        made = self._post(kind, sides, caller, at, idempotency_key, memo=memo, branch_id=branch_id)
        if category and made.from_account_id:
            label = Label.new(made.from_account_id, made.id, str(made.created_at), category, [])
            for item in new(label.stamp(caller, str(made.created_at))):
                self._put(item)

    def _post(
        self,
        kind: TransactionType,
        sides: list[Side],
        caller: Caller,
        at: datetime,
        idempotency_key: IdempotencyKey,
        paid: InterestPaid | None = None,
        memo: str | None = None,
        branch_id: str | None = None,
    ) -> Transaction:
        holders = {side.account.id: side for side, _ in sides if isinstance(side, Holder)}
        kept = [side.kept if isinstance(side, Holder) else side for side, _ in sides]
        legs = tuple(Leg(one.item.id, amount) for one, (_, amount) in zip(kept, sides, strict=True))
        movement = Movement(idempotency_key.transaction_id, kind, self._currency, legs, NO_LIMITS, interest=paid)
        made: Transaction | None = None
        for item in post(idempotency_key, movement, {one.item.id: one for one in kept}, caller, at, memo, branch_id):
            self._put(item)
            if isinstance(item, Transaction):
                made = item
            elif isinstance(item, LedgerEntry) and item.account_id in holders:
                holders[item.account_id].since_credit.append(item)
        assert made is not None, "a posting has a transaction"  # noqa: S101 — a bug of this module
        return made

    def _bank_account(self, name: str, at: datetime) -> Kept[Account]:
        account_id = f"{name}.000"
        if account_id not in self._own:
            account = general_ledger_account(account_id, self._currency, self._bank, timestamp(at))
            self._own[account_id] = Kept(account)
        return self._own[account_id]
