"""What the ledger is supposed to do, in plain Python: the bank as somebody would keep it on a sheet of paper.

Every method answers as the ledger must: what came of it, by name. Accounts and transactions bear the key that made
them. Amounts in minor units.
"""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

CASH, EXPENSE = "cash", "interest expense"
OWN = (CASH, EXPENSE)
TRANSACTION_LIMIT, DAILY_LIMIT = 1000, 2000


@dataclass
class Account:
    status: str = "active"
    balance: int = 0
    held: int = 0
    overdraft_limit: int = 0
    spent: Counter[int] = field(default_factory=Counter)
    unpaid_days: int = 0
    owed: Fraction = Fraction(0)
    """Interest that was not credited yet, exactly; after a credit, the fraction that is carried on."""


@dataclass
class Transaction:
    """`status` is the refusal's code for one that was refused; `day` is when it was asked for."""

    status: str
    payer: str
    payee: str
    amount: int
    day: int
    kind: str
    is_reversed: bool = False


class Model:
    def __init__(self) -> None:
        self.day = 0
        self.accounts = {name: Account() for name in OWN}
        self.transactions: dict[str, Transaction] = {}
        self.led_to: dict[str, str] = {}
        self.came_to_nothing: set[str] = set()
        self.withdrawn: Counter[int] = Counter()
        """By day, from all accounts together: they are one customer's, so transfers leave none of it."""

    def pass_days(self, days: int) -> None:
        """At 3 % a year. What is closed earns nothing, and what is overdrawn neither."""
        self.day += days
        for account in self.accounts.values():
            if account.status != "closed":
                account.unpaid_days += days
                account.owed += max(account.balance, 0) * Fraction(3, 100) * Fraction(days, 365)

    def apply_interest(self, key: str, name: str) -> str:
        account = self.accounts[name]
        if account.status == "closed":
            return "account_closed"
        if not account.unpaid_days:
            return "conflict"
        paid = self._interest(account)
        if not paid:
            self.came_to_nothing.add(key)
            return "nothing"
        return self.move(key, "interest_credit", EXPENSE, name, paid)

    def _interest(self, account: Account) -> int:
        """What is to be credited. Python rounds a Fraction half to even."""
        paid = round(account.owed)
        account.owed, account.unpaid_days = account.owed - paid, 0
        return paid

    def move(self, key: str, kind: str, payer: str, payee: str, amount: int, *, overdraw: bool = False) -> str:
        refused = self._refusal(kind, payer, payee, amount, overdraw=overdraw)
        status = refused or ("pending" if kind == "hold" else "posted")
        self.transactions[key] = Transaction(status, payer, payee, amount, self.day, kind)
        if not refused and kind != "reversal":
            self.accounts[payer].spent[self.day] += amount
        if not refused and kind == "withdrawal":
            self.withdrawn[self.day] += amount
        if status == "pending":
            self.accounts[payer].held += amount
        if status == "posted":
            self._pay(payer, payee, amount)
        return status

    def _refusal(
        self, kind: str, payer: str, payee: str, amount: int, *, overdraw: bool = False, own: int = 0, day: int = -1
    ) -> str | None:
        """Why it may not be posted; `own` is what it holds itself, counted on that day."""
        account, is_customer = self.accounts[payer], payer not in OWN
        is_limited = kind not in ("reversal", "interest_credit")
        available = account.balance - (account.held - own) + account.overdraft_limit
        spent = account.spent[self.day if day < 0 else day] - own
        reasons = {
            "limit_exceeded": is_limited and amount > TRANSACTION_LIMIT,
            "account_closed": account.status == "closed",
            "account_frozen": account.status == "frozen",
            "limit_exceeded of the day": is_customer and is_limited and spent + amount > DAILY_LIMIT,
            "insufficient_funds": is_customer and not overdraw and amount > available,
            "account_closed that receives": self.accounts[payee].status == "closed",
            "limit_exceeded of the customer": kind == "withdrawal" and self.withdrawn[self.day] + amount > DAILY_LIMIT,
        }
        return next((code.split()[0] for code, applies in reasons.items() if applies), None)

    def _pay(self, payer: str, payee: str, amount: int) -> None:
        self.accounts[payer].balance -= amount
        self.accounts[payee].balance += amount

    def open(self, key: str, deposit: int) -> str:
        self.accounts[key] = Account()
        status = self.move(key, "deposit", CASH, key, deposit) if deposit else "posted"
        if status != "posted":
            del self.accounts[key]
            return status
        self.led_to[key] = key
        return "active"

    def deposit(self, key: str, account: str, amount: int) -> str:
        return self.move(key, "deposit", CASH, account, amount)

    def withdraw(self, key: str, account: str, amount: int) -> str:
        return self.move(key, "withdrawal", account, CASH, amount)

    def transfer(self, key: str, payer: str, payee: str, amount: int) -> str:
        return self.move(key, "transfer", payer, payee, amount) if payer != payee else "same_account"

    def hold(self, key: str, payer: str, payee: str, amount: int) -> str:
        return self.move(key, "hold", payer, payee, amount) if payer != payee else "same_account"

    def reverse(self, key: str, name: str, overdraw: bool) -> str:
        original = self.transactions[name]
        if original.kind == "reversal" or original.status != "posted" or original.is_reversed:
            return "conflict"
        answer = self.move(key, "reversal", original.payee, original.payer, original.amount, overdraw=overdraw)
        original.is_reversed = answer == "posted"
        if original.is_reversed and original.payer not in OWN:
            self.accounts[original.payer].spent[original.day] -= original.amount
            if original.kind == "withdrawal":
                self.withdrawn[original.day] -= original.amount
        return answer

    def end(self, name: str, status: str) -> tuple[str, bool]:
        """Settle (`posted`), void or expire; the second part of the answer is whether it had ended so before."""
        pending = self.transactions[name]
        if pending.status != "pending":
            return (status, True) if pending.status == status else ("conflict", False)
        payer, whole = self.accounts[pending.payer], pending.amount
        if status == "posted":
            refused = self._refusal("hold", pending.payer, pending.payee, whole, own=whole, day=pending.day)
            if refused:
                return refused, False
        paid = whole if status == "posted" else 0
        payer.held -= whole
        payer.spent[pending.day] -= whole - paid
        self._pay(pending.payer, pending.payee, paid)
        pending.status = status
        return status, False

    def turn(self, key: str, name: str, after: str) -> str:
        """Freeze what is active, or the other way round."""
        account = self.accounts[name]
        if {account.status, after} != {"active", "frozen"}:
            return "account_closed" if account.status == "closed" else "conflict"
        account.status, self.led_to[key] = after, name
        return after

    def limit(self, name: str, amount: int) -> str:
        if self.accounts[name].status == "closed":
            return "account_closed"
        self.accounts[name].overdraft_limit = amount
        return self.accounts[name].status

    def close(self, name: str) -> str:
        account = self.accounts[name]
        if account.status != "closed" and not (account.balance or account.held):
            self._pay(EXPENSE, name, self._interest(account))
        if account.balance or account.held:
            return "account_not_empty"
        account.status = "closed"
        return "closed"

    def stored(self, key: str) -> str:
        """What a key is answered when it is sent again."""
        if key in self.came_to_nothing:
            return "nothing"
        return self.accounts[self.led_to[key]].status if key in self.led_to else self.transactions[key].status
