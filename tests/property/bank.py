"""The real ledger under the model's words: the bank's services in this process, on the tables of an engine."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from chalicelib import clock, config
from chalicelib.domain import ids, money
from chalicelib.domain.errors import BankError
from chalicelib.domain.if_match import ANY_VERSION
from chalicelib.domain.interest import carried_fraction
from chalicelib.domain.ledger import general_ledger, idempotency
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, moment, timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.branches.branch import Branch
from chalicelib.models.item import Key
from chalicelib.models.ledger import ledger, shards
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.terms import Terms
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services import amounts
from chalicelib.services.accounts import changes, close_account, open_account
from chalicelib.services.accounts.open_account import Opening
from chalicelib.services.interest import accrual, credit
from chalicelib.services.interest.credit import Credited
from chalicelib.services.payments import deposits_withdrawals, transactions, transfer_steps
from chalicelib.services.payments.deposits_withdrawals import CashRequest
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest, to_posting_request
from chalicelib.services.verification import verify_entries, verify_transactions
from tests.property.model import DAILY_LIMIT, TRANSACTION_LIMIT

SETTINGS = {
    "TRANSACTION_LIMIT": money.text(TRANSACTION_LIMIT, "USD"),
    "DAILY_LIMIT": money.text(DAILY_LIMIT, "USD"),
    "LEDGER_SHARDS": "3",
    "BANK_TIMEZONE": "UTC",
}
"""Limits low enough to be met, and few shards, so that the same ones are met again."""

LATER = "2099-01-01T00:00:00.000000Z"
TODAY = Terms(lambda pending, _: replace(pending.movement(), limits=amounts.limits(pending.currency)))
"""The limits of the moment, as an approval asks them; whether the people may still pay and decide, others test."""
ENDS: dict[str, Callable[..., Outcome]] = {
    "posted": partial(ledger.settle, terms=TODAY),
    "voided": ledger.void,
    "expired": ledger.expire,
}
Answer = tuple[str, bool]
"""What came of it (a status or a refusal's code), and whether an earlier request had done it."""


def answer(call: Callable[[], Any]) -> Answer:
    try:
        done = call()
    except BankError as refused:
        return refused.code, getattr(refused, "replayed", False)
    if isinstance(done, Credited):
        return "posted" if done.transaction else "nothing", done.replayed
    if isinstance(done, Outcome):
        made = done.transaction
        return made.failure["code"] if made.status == "failed" else made.status, done.replayed
    account, replayed = done if isinstance(done, tuple) else (done, False)
    return account.status, replayed


class Bank:
    """A branch and a customer of their own, so that every run finds an empty bank, and a clock that only we move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 14, 9, tzinfo=UTC)
        clock.set_clock(self._tick)
        shards.move()
        self.user_id = f"usr_{uuid.uuid4().hex}"
        self.branch_id = ids.new_id("brn", self.now)
        self._opened: dict[str, str] = {}
        self._proven: dict[str, int] = {}
        branch = Branch.new(self.branch_id, "now", name="Proof", code="PROOF", city="Oslo", country="NO")
        transact.commit([branch.stamp(self._manager(), self.now).put_if_absent()], "r")
        expense = self._shards(general_ledger.interest_expense("USD"))
        self.expense_before = sum(one.balance for one in expense)
        """Of banks before this one: all branches pay interest from one account, whose entries come after theirs."""
        self.now = max([self.now, *(moment(one.last_entry_at or "") + timedelta(days=1) for one in expense)])

    def _tick(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    def _customer(self) -> Caller:
        return Caller(self.user_id, "customer", uuid.uuid4().hex, f"cus_{self.user_id}")

    def _manager(self) -> Caller:
        return Caller(self.user_id, "manager", uuid.uuid4().hex, branch_id=self.branch_id)

    def _other_manager(self) -> Caller:
        """Whoever made a transaction does not reverse it."""
        return replace(self._manager(), user_id=f"{self.user_id}_other")

    def ask(self, key: str, operation: str, *given: Any) -> Answer:
        """Have something done under an idempotency key."""
        idempotency_key = idempotency.derive_key(self.user_id, key, operation, given)
        return answer(lambda: getattr(self, operation)(idempotency_key, *given))

    def open(self, idempotency_key: IdempotencyKey, deposit: int) -> tuple[Account, bool]:
        initial = _text(deposit) if deposit else None
        opening = Opening("savings", "USD", self.branch_id, initial_deposit=initial)
        account, replayed = open_account.open_account(self._customer(), opening, idempotency_key)
        assert self._opened.setdefault(idempotency_key.transaction_id, account.id) == account.id, (
            "one key opened two accounts"
        )
        return account, replayed

    def deposit(self, idempotency_key: IdempotencyKey, account: str, amount: int) -> Outcome:
        return deposits_withdrawals.deposit(self._customer(), self._cash(account, amount), idempotency_key)

    def withdraw(self, idempotency_key: IdempotencyKey, account: str, amount: int) -> Outcome:
        return deposits_withdrawals.withdraw(self._customer(), self._cash(account, amount), idempotency_key)

    def _cash(self, account: str, amount: int) -> CashRequest:
        return CashRequest(self.account_id(account), _text(amount), branch_id=self.branch_id)

    def transfer(self, idempotency_key: IdempotencyKey, payer: str, payee: str, amount: int) -> Outcome:
        """As the state machine does it."""
        request = self._transfer(idempotency_key, payer, payee, amount)
        return transfer_steps.outcome_of(transfer_steps.post(request))

    def hold(self, idempotency_key: IdempotencyKey, payer: str, payee: str, amount: int) -> Outcome:
        return ledger.hold(to_posting_request(self._transfer(idempotency_key, payer, payee, amount)), LATER)

    def _transfer(self, idempotency_key: IdempotencyKey, payer: str, payee: str, amount: int) -> TransferRequest:
        sides = self.account_id(payer), self.account_id(payee)
        return TransferRequest(*sides, _text(amount), None, Annotations(), self._customer(), idempotency_key)

    def reverse(self, idempotency_key: IdempotencyKey, name: str, overdraw: bool) -> Outcome:
        original = self.transaction_id(name)
        other = self._other_manager()
        return transactions.reverse(other, original, "a mistake", idempotency_key, allow_overdrawn=overdraw)

    def apply_interest(self, idempotency_key: IdempotencyKey, account: str) -> Credited:
        return credit.credit_by_hand(self._manager(), self.account_id(account), idempotency_key)

    def turn(self, idempotency_key: IdempotencyKey, account: str, after: str) -> tuple[Account, bool]:
        change = changes.freeze if after == "frozen" else changes.unfreeze
        return change(self._manager(), self.account_id(account), "why not", idempotency_key)

    def end(self, name: str, status: str) -> Answer:
        return answer(lambda: ENDS[status](self.transaction_id(name), self._manager()))

    def limit(self, account: str, amount: int) -> Answer:
        edits = {"overdraft_limit": _text(amount)}
        return answer(lambda: changes.edit(self._manager(), self.account_id(account), edits, ANY_VERSION))

    def close(self, account: str) -> Answer:
        return answer(lambda: close_account.close(self._manager(), self.account_id(account)))

    def transaction_id(self, name: str) -> str:
        return ids.transaction_id(self.user_id, name)

    def account_id(self, name: str) -> str:
        return self._opened[self.transaction_id(name)]

    def stored(self, names: list[str]) -> tuple[dict[str, Account], list[Account], list[Account]]:
        """Customers' accounts by name, and the shards of the branch's cash and of the interest paid."""
        read = batch_get(map(Account.key, self._opened.values()))
        found = {one.id: one for one in read if isinstance(one, Account)}
        customers = {name: found[self.account_id(name)] for name in names}
        cash_id = general_ledger.cash(self.branch_id, "USD")
        return customers, self._shards(cash_id), self._shards(general_ledger.interest_expense("USD"))

    def _shards(self, account_id: str) -> list[Account]:
        shard_ids = [f"{account_id}.{number:03d}" for number in range(config.ledger_shards())]
        return [one for one in batch_get(map(Account.key, shard_ids)) if isinstance(one, Account)]

    def unpaid_days(self, account: Account) -> int:
        return accrual.unpaid(account, accrual.yesterday()).count

    def carried(self, account: Account) -> Fraction:
        return carried_fraction.parse(account.interest_carried or "0")

    def spent_today(self, account: Account) -> int:
        return account.position().spending_on(day(timestamp(self.now), UTC).isoformat())

    def prove(self, status: list[Account], names: list[str]) -> dict[str, Transaction]:
        """Every account that has moved since it was proven, by its chain, its head, its holds and its number, and all
        transactions, by the entries that they list. Raises Broken."""
        for account in status:
            if self._proven.get(account.id) != account.ledger_version:
                proof = verify_entries.prove(account.id, LATER, lambda _: None)
                assert proof.balance == account.balance
                self._proven[account.id] = account.ledger_version
        keys: list[Key] = [Transaction.key(self.transaction_id(name)) for name in names]
        proven = [Transaction.from_raw_data(transaction.raw) for transaction in verify_transactions.prove(keys)]
        found = {transaction.id: transaction for transaction in proven}
        return {name: found[self.transaction_id(name)] for name in names}


def _text(amount: int) -> str:
    return money.text(amount, "USD")
