"""A machine that does to the real ledger and to the model whatever it can think of, and compares them at every step."""

from collections import Counter
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chalicelib import clock
from chalicelib.models.ledger import shards
from tests.property.bank import Answer, Bank
from tests.property.model import CASH, EXPENSE, OWN, Model
from tests.property.steps import ROUND, a_step

THOROUGH = settings(
    deadline=None,
    max_examples=10,
    stateful_step_count=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
QUICK = settings(THOROUGH, max_examples=8, stateful_step_count=25, database=None)
"""For `make test`, with a machine that is `seeded`: the same steps at every run. `make prove` takes more of them."""
MachineT = TypeVar("MachineT", bound=RuleBasedStateMachine)


def seeded(machine: type[MachineT], number: int) -> type[MachineT]:
    """One whose steps are drawn from a seed. Hypothesis' own `derandomize` is no help: it makes much tamer steps."""
    drawn: type[MachineT] = seed(number)(type(machine.__name__, (machine,), {}))
    return drawn


class Totals:
    """What has been done so far, by all machines of this process."""

    examples = 0
    steps = 0
    answers: ClassVar[Counter[str]] = Counter()


class LedgerMachine(RuleBasedStateMachine):
    """Keys are `k1`, `k2` …; what was made under a key bears its name."""

    def __init__(self) -> None:
        super().__init__()
        self.bank, self.model = self.new_bank(), Model()
        self.requests: dict[str, tuple[str, tuple[Any, ...]]] = {}
        Totals.examples += 1

    def new_bank(self) -> Bank:
        return Bank()

    def teardown(self) -> None:
        clock.set_clock(None)

    # Hypothesis prefers what comes first: names are in the order in which they are worth trying.

    @property
    def accounts(self) -> list[str]:
        return [name for name in self.model.accounts if name not in OWN]

    @property
    def payees(self) -> list[str]:
        return self.accounts[::-1]

    @property
    def transactions(self) -> list[str]:
        made = self.model.transactions
        return sorted(made, key=lambda name: made[name].status != "posted" or made[name].is_reversed)

    @property
    def holds(self) -> list[str]:
        made = self.model.transactions
        return sorted(
            (name for name in made if made[name].kind == "hold"), key=lambda name: made[name].status != "pending"
        )

    @property
    def keys(self) -> list[str]:
        """Those that have served; a request that was refused without a record leaves its key unused."""
        served = self.model.led_to.keys() | self.model.transactions.keys() | self.model.came_to_nothing
        return [key for key in self.requests if key in served]

    def do(self, operation: str, *given: Any) -> None:
        """The same under a new key, on both sides."""
        key = f"k{len(self.requests) + 1}"
        self.requests[key] = operation, given
        expected = getattr(self.model, operation)(key, *given)
        self.compare(f"{operation} {key}", (expected, False), self.bank.ask(key, operation, *given))

    def compare(self, what: str, expected: Answer, found: Answer) -> None:
        Totals.answers[f"{what.split(maxsplit=1)[0]}: {expected[0]}"] += 1
        assert found == expected, f"{what}: the model says {expected}, the ledger {found}"

    @initialize(first=st.sampled_from(ROUND), second=st.sampled_from(ROUND), held=st.sampled_from(ROUND))
    def begin(self, first: int, second: int, held: int) -> None:
        """Two accounts and a hold, or the refusal of one."""
        self.do("open", first)
        self.do("open", second)
        self.do("hold", "k1", "k2", held)

    @rule(step=a_step)
    def step(self, step: tuple[Any, ...]) -> None:
        operation, *given = step
        getattr(self, operation)(*given)

    def open(self, deposit: int) -> None:
        self.do("open", deposit)

    def deposit(self, account: str, amount: int) -> None:
        self.do("deposit", account, amount)

    def withdraw(self, account: str, amount: int) -> None:
        self.do("withdraw", account, amount)

    def empty(self, account: str) -> None:
        """So that accounts can be closed."""
        self.do("withdraw", account, max(1, self.model.accounts[account].balance))

    def transfer(self, payer: str, payee: str, amount: int) -> None:
        self.do("transfer", payer, payee, amount)

    def hold(self, payer: str, payee: str, amount: int) -> None:
        self.do("hold", payer, payee, amount)

    def end(self, name: str, status: str) -> None:
        """Settle, void or expire."""
        self.compare(f"end {name}", self.model.end(name, status), self.bank.end(name, status))

    def reverse(self, name: str, overdraw: bool) -> None:
        self.do("reverse", name, overdraw)

    def turn(self, account: str, is_mistaken: bool) -> None:
        """Freeze what is not frozen, unfreeze what is; mistaken, the other way round."""
        is_frozen = self.model.accounts[account].status == "frozen"
        self.do("turn", account, "active" if is_frozen is not is_mistaken else "frozen")

    def limit(self, account: str, amount: int) -> None:
        self.compare(f"limit {account}", (self.model.limit(account, amount), False), self.bank.limit(account, amount))

    def close(self, account: str) -> None:
        self.compare(f"close {account}", (self.model.close(account), False), self.bank.close(account))

    def repeat(self, key: str) -> None:
        """The same request again is answered with what it led to, and does nothing."""
        operation, given = self.requests[key]
        self.compare(f"repeat {key}", (self.model.stored(key), True), self.bank.ask(key, operation, *given))

    def reuse(self, key: str, account: str, amount: int) -> None:
        """The same operation with another body, or another operation."""
        operation, given = self.requests[key]
        other = (*given[:-1], amount) if type(given[-1]) is int and given[-1] != amount else None
        found = self.bank.ask(key, operation, *other) if other else self.bank.ask(key, "deposit", account, amount + 100)
        self.compare(f"reuse {key}", ("idempotency_key_reused", False), found)

    def interest(self, account: str, days: int) -> None:
        """Credit it when so many days have passed."""
        self.later(days)
        self.do("apply_interest", account)

    def later(self, days: int) -> None:
        """What was spent and held today no longer counts against the day's limit, and money earns interest."""
        self.model.pass_days(days)
        self.bank.pass_days(days)

    def elsewhere(self) -> None:
        """The next requests reach another worker, which has another shard of the bank's own accounts."""
        shards.move()

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        Totals.steps += 1
        customers, cash, expense = self.bank.stored(self.accounts)
        for name, account in ((name, self.model.accounts[name]) for name in self.accounts):
            found = customers[name]
            expected = account.status, account.balance, account.held, account.overdraft_limit
            assert (found.status, found.balance, found.held, found.overdraft_limit) == expected, name
            assert self.bank.spent_today(found) == account.spent[self.model.day], name
            assert self.bank.unpaid_days(found) == account.unpaid_days, name
            assert account.unpaid_days or self.bank.carried(found) == account.owed, name
        assert sum(one.balance for one in cash) == self.model.accounts[CASH].balance
        assert sum(one.balance for one in expense) - self.bank.expense_before == self.model.accounts[EXPENSE].balance
        assert sum(one.balance for one in [*customers.values(), *cash, *expense]) == self.bank.expense_before
        proven = self.bank.prove([*customers.values(), *cash, *expense], self.transactions)
        for name, made in self.model.transactions.items():
            failure = proven[name].failure["code"] if proven[name].status == "failed" else proven[name].status
            assert (failure, proven[name].amount) == (made.status, made.amount), name
            assert bool(proven[name].reversed_by) == made.is_reversed, name
