"""A bank of many customers, built straight into empty tables: what a bench, a load test or a sandbox starts from.

Each customer has an account with money in it, opened in the first thirty days, and another movement in each thirty days
after that: a deposit, or a withdrawal of a part. The items are the bank's own (`books.py`), so `verify` finds
nothing that a bank which served all these customers one by one would not have: chains, heads, guards, lists,
transactions, and an audit record of every version of every item.

Nothing personal is known of these customers: it would be sealed, each time otherwise, under a key for each of them.

The same seed gives the same bank, item by item. It streams: tellers work beside each other, each on every nth account,
and keep the account in hand and their cash. An account's whole life is written before the next one's, and yet the
entries of each cash account stand in the order of time, for a teller has one for each thirty days.

About 23 items an account, half of them audit records: 45 to 100 accounts a second on an emulator that shares two cores.
Tables on demand take more, and as they grow into it leave items unprocessed, which are sent again.

It must not run against tables whose stream an audit consumer reads: that would be told of items that come into being at
their third version. Give the table its stream, or the function its event source, afterwards.
"""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from chalicelib import config
from chalicelib.domain import ids, permissions
from chalicelib.domain.accounts.account_number import STEM_MIN, STEMS, account_number
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.ledger import general_ledger, idempotency
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account, general_ledger_account
from chalicelib.models.branches.branch import Branch
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Item
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import amounts
from chalicelib.services.operations.bootstrap import head_office
from sampledata.books import Kept, new, post
from sampledata.loading import Loader

CURRENCY = "USD"
ROUND = timedelta(days=30)
OPENING_MINOR = (100_00, 10_000_00)
DEPOSIT_MINOR = (5_00, 1_000_00)
CURRENT_EVERY = 10
"""One account in so many is a current account; the others are for savings."""
NUMBER_STEP = 2_654_435_761
"""Prime to the number of stems, so that stems come in no order and none comes twice."""


@dataclass(frozen=True)
class Population:
    """What bank it is to be. `movements` of each account, its opening deposit too; one in each thirty days."""

    accounts: int
    seed: int = 1
    movements: int = 3
    tellers: int = 4
    since: datetime = datetime(2026, 4, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        if self.tellers * self.movements > config.ledger_shards():
            raise ValueError("each teller needs a shard of the cash account for each movement")

    @property
    def until(self) -> datetime:
        """When everything has happened."""
        return self.since + self.movements * ROUND


@dataclass(frozen=True)
class Loaded:
    """What was put into the tables, and how long that took."""

    accounts: int
    items: int
    seconds: float


def populate(
    population: Population, *, processes: int = 1, share: Callable[[Population, int], int] | None = None
) -> Loaded:
    """Build the bank at the tables of this process's stage. Raises ValueError where one stands already.

    `share` puts a teller's share, in the place of `load`, and returns how many items that are.
    """
    share = share or load
    started = time.perf_counter()
    cash = [_cash_id(number) for number in range(config.ledger_shards())]
    if any(Account.by_id(account_id) for account_id in cash):
        raise ValueError("there is a bank with money in these tables")
    with Loader() as loader:
        if Branch.by_id(HEAD_OFFICE_ID) is None:
            loader.put_all(new(head_office(permissions.system("population"), timestamp(population.since))))
    tellers = range(population.tellers)
    if processes == 1:
        items = sum(share(population, number) for number in tellers)
    else:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            items = sum(pool.map(share, [population] * len(tellers), tellers))
    return Loaded(population.accounts, items + loader.items, time.perf_counter() - started)


def load(population: Population, teller: int) -> int:
    """Put one teller's share; how many items that are."""
    with Loader() as loader:
        loader.put_all(items(population, teller))
    return loader.items


def items(population: Population, teller: int) -> Iterator[Item]:
    """Everything that a teller's customers and cash accounts leave behind, each item once."""
    caller, since = _teller(teller), timestamp(population.since)
    numbers = range(teller * population.movements, (teller + 1) * population.movements)
    tills = [Kept(general_ledger_account(_cash_id(number), CURRENCY, caller, since)) for number in numbers]
    for number in range(teller, population.accounts, population.tellers):
        yield from _customer(population, number, tills, caller)
    for till in tills:
        if till.item.last_seq:
            yield till.item


def _customer(population: Population, number: int, tills: list[Kept[Account]], caller: Caller) -> Iterator[Item]:
    """One customer's life with the bank."""
    chance = random.Random(f"{population.seed} {number}")
    record = ROUND / population.accounts
    moments = [population.since + turn * ROUND + record * (number + chance.random()) for turn in range(len(tills))]
    customer, account = _opening(population, number, moments[0], chance, caller)
    yield from new(customer)
    yield from new(UniqueKey.of_number(str(account.account_number), account.id).stamp(caller, moments[0]))
    kept = Kept(account)
    for turn, (at, till) in enumerate(zip(moments, tills, strict=True)):
        amount = _amount(account.balance, chance)
        kind: Literal["deposit", "withdrawal"] = "deposit" if amount > 0 else "withdrawal"
        idempotency_key = idempotency.derive_key(
            caller.user_id, f"population {population.seed} {number} {turn}", kind, amount
        )
        legs = (Leg(account.id, amount), Leg(till.item.id, -amount))
        movement = Movement(idempotency_key.transaction_id, kind, CURRENCY, legs, amounts.limits(CURRENCY))
        yield from post(idempotency_key, movement, {account.id: kept, till.item.id: till}, caller, at)
    yield account


def _opening(
    population: Population, number: int, at: datetime, chance: random.Random, caller: Caller
) -> tuple[Customer, Account]:
    opened_at = timestamp(at)
    customer = Customer.new(ids.id_of("cus", at, chance.getrandbits(80)), opened_at)
    account = Account.of_customer(
        ids.id_of("acc", at, chance.getrandbits(80)),
        customer.id,
        opened_at,
        account_type="current" if number % CURRENT_EVERY == CURRENT_EVERY - 1 else "savings",
        currency=CURRENCY,
        branch_id=HEAD_OFFICE_ID,
        account_number=account_number(STEM_MIN + (population.seed + number * NUMBER_STEP) % STEMS),
    )
    return customer.stamp(caller, at), account.stamp(caller, at)


def _amount(balance: int, chance: random.Random) -> int:
    """What moves next, in minor units: at first a deposit, then one or up to half of the balance going out."""
    if not balance:
        return chance.randint(*OPENING_MINOR)
    return chance.randint(*DEPOSIT_MINOR) if chance.random() < 0.6 else -chance.randint(1, balance // 2)


def _cash_id(shard: int) -> str:
    return f"{general_ledger.cash(HEAD_OFFICE_ID, CURRENCY)}.{shard:03d}"


def _teller(number: int) -> Caller:
    user_id = ids.id_of("usr", datetime(2026, 1, 1, tzinfo=UTC), number)
    return Caller(user_id, "teller", f"population-{number}", branch_id=HEAD_OFFICE_ID)
