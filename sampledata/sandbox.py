"""A bank with years behind it: people whose wages come in, and whose money is spent, saved and drawn, at one branch.

The lives are those of `sampledata/lives.py`, on the bank's days and in the order of time; the items are the bank's own
(`books.py`), so `verify` finds nothing that a bank which served these people would not have. Interest on savings
is credited on the first of each month under the key that the monthly run itself uses, so a run for such a month pays
nobody twice.

Everything stands at a branch of its own, whose cash is in nobody's way. As with `sampledata/population.py`, nobody may
follow the stream of `bank` meanwhile.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from chalicelib import config
from chalicelib.domain import ids, permissions
from chalicelib.domain.accounts.account_number import STEM_MIN, STEMS, account_number
from chalicelib.domain.customers.search_key import Field
from chalicelib.domain.days import DAY
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.domain.product import ProductType
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.branches.branch import Branch
from chalicelib.models.customers.account_counts import CustomerAccounts
from chalicelib.models.customers.customer import Customer
from chalicelib.models.customers.search_index import Lookup
from chalicelib.models.identity.user import User
from chalicelib.models.item import BankItem
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.crypto import bank_keys, data_keys, passwords, personal_fields
from chalicelib.services.customers import people
from chalicelib.services.interest import terms
from infra.demo.people import town_email
from infra.progress import say
from sampledata.books import Kept, new
from sampledata.journal import Holder, Journal, Put
from sampledata.lives import EMPLOYER, LANDLORD, TRADES, Wish, lives, person
from sampledata.loading import Loader
from sampledata.population import Loaded

CURRENCY = "USD"
CODE = "TOWN"
YEARS = 3
FIRST_NAMES = ("Ada", "Ben", "Chidi", "Dora", "Emre", "Fatima", "Goran", "Hana", "Iris", "Jun", "Κώστας", "Олена")
LAST_NAMES = ("Bianchi", "Okafor", "Lindqvist", "Moreno", "Adeyemi", "Novák", "Satō", "Haddad", "Klein", "O’Shea")
PEOPLE_AN_EMPLOYER = 50
FLOAT_MINOR = 250_000_00
"""What an employer pays in when it cannot pay the next wage: less than one transaction may move."""
TAKINGS_DAY = 3
"""Of the month, on which businesses fetch what they have taken, but for a tenth of it."""
NUMBER_STEP = 2_654_435_761
"""Prime to the number of stems, so that account numbers come in no order and none comes twice."""


@dataclass(frozen=True)
class Sandbox:
    """So many people, from one of the bank's days up to another; the same for the same seed, but for data keys.

    With a `password`, each of them logs in with it: whoever knows the size of the sandbox knows the addresses.
    """

    people: int
    since: date
    until: date
    seed: int = 1
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.people < 1 or self.until <= self.since:
            raise ValueError("a sandbox has people, and days for them to live")


def build(
    sandbox: Sandbox, watch: Callable[[date, int], None] = lambda *_: None, loaded_by: Callable[[], Loader] = Loader
) -> Loaded:
    """Build it at the tables of this process's stage, beside what is there. `watch` is told on the first of each month
    how many items have been put."""
    started = time.perf_counter()
    with loaded_by() as loader:
        town = Town(sandbox, loader.put, lambda day: watch(day, loader.items))
        town.live()
    return Loaded(town.accounts, loader.items, time.perf_counter() - started)


class Town:
    """Everybody's accounts, and what happens on them."""

    def __init__(self, sandbox: Sandbox, put: Put, watch: Callable[[date], None] = lambda _: None):
        self._sandbox, self._put, self._watch = sandbox, put, watch
        self._chance = random.Random(f"{sandbox.seed} town")
        self._zone = config.timezone()
        self._opened_at = datetime.combine(sandbox.since, clock_time(1), tzinfo=self._zone)
        self._bank = permissions.system("sandbox")
        self._terms = terms.of("savings")
        self._password_hash = passwords.hash_secret(sandbox.password) if sandbox.password else None
        self._branch_id = self._id("brn")
        self._journal = Journal(put, self._branch_id, CURRENCY, self._bank)
        self._businesses: dict[str, Holder] = {}
        self._current: dict[int, Holder] = {}
        self._savings: dict[int, Holder] = {}
        self.accounts = 0

    def live(self) -> None:
        """Open everything, let the days pass, and put each account as it stands in the end."""
        self._open_branch()
        for name in self._business_names():
            first, last = name.split(" ", 1)
            self._businesses[name] = self._opened(self._customer(first, last, 1), "current", FLOAT_MINOR // 10)
        people = [person(number, self._chance) for number in range(self._sandbox.people)]
        for one in people:
            email = town_email(one.number)
            caller = self._customer(self._chance.choice(FIRST_NAMES), self._chance.choice(LAST_NAMES), 2, email)
            self._current[one.number] = self._opened(caller, "current", self._chance.randint(300, 3_000) * 100)
            self._savings[one.number] = self._opened(caller, "savings", self._chance.randint(1, 9_000) * 100)
        day = self._sandbox.since
        for wish in lives(people, self._sandbox.seed, self._sandbox.since, self._sandbox.until, self._zone):
            while day < wish.at.date():
                day += DAY
                self._morning(day)
            self._fulfil(wish)
        for holder in (*self._businesses.values(), *self._current.values(), *self._savings.values()):
            self._put(holder.account)
        self._journal.close_books()

    def _morning(self, day: date) -> None:
        """Before anybody gets up: interest on the first, takings on the third."""
        if day.day == 1:
            self._watch(day)
            at = datetime.combine(day, clock_time(2), tzinfo=self._zone)
            for number, holder in self._savings.items():
                moment = at + timedelta(milliseconds=number)
                self._journal.credit_interest(holder, Month.of(day).before, self._terms, self._sandbox.since, moment)
        if day.day == TAKINGS_DAY:
            at = datetime.combine(day, clock_time(5), tzinfo=self._zone)
            for turn, (name, holder) in enumerate(self._businesses.items()):
                takings = holder.account.balance * 9 // 10
                if takings and not name.startswith(EMPLOYER):
                    self._journal.withdraw(holder, takings, at + timedelta(seconds=turn), "Takings", None)

    def _fulfil(self, wish: Wish) -> None:
        """What there is money for. An employer that has none pays some in first; anybody else goes without."""
        holder = self._current[wish.person]
        if wish.kind == "wage":
            employer = self._businesses[f"{EMPLOYER} {wish.person // PEOPLE_AN_EMPLOYER + 1}"]
            if employer.account.balance < wish.amount:
                self._journal.deposit(employer, FLOAT_MINOR, wish.at, "Payroll")
            self._journal.transfer(employer, holder, wish.amount, wish.at, wish.memo, "wages")
        elif holder.account.balance < wish.amount:
            return
        elif wish.kind == "cash":
            self._journal.withdraw(holder, wish.amount, wish.at, wish.memo, wish.category)
        else:
            payee = self._savings[wish.person] if wish.kind == "saving" else self._businesses[wish.to]
            self._journal.transfer(holder, payee, wish.amount, wish.at, wish.memo, wish.category)

    def _open_branch(self) -> None:
        at = timestamp(self._opened_at)
        town = Branch.new(self._branch_id, at, name="Old Town", code=CODE, city="Utrecht", country="NL")
        guard = UniqueKey.of_branch_code(CODE, self._branch_id)
        self._put_new(town.stamp(self._bank, at), guard.stamp(self._bank, at))

    def _business_names(self) -> Iterator[str]:
        for number in range(-(-self._sandbox.people // PEOPLE_AN_EMPLOYER)):
            yield f"{EMPLOYER} {number + 1}"
        yield LANDLORD
        yield from (trade.name for trade in TRADES)

    def _customer(self, first: str, last: str, accounts: int, email: str = "") -> Caller:
        """Somebody with a data key, and so many accounts to be opened; with an address a person who may log in."""
        caller = Caller(self._id("usr"), "customer", "sandbox", customer_id=self._id("cus"))
        customer_id, at = str(caller.customer_id), timestamp(self._opened_at)
        self._put(data_keys.new_key(customer_id, caller, at))
        logs_in = bool(email and self._password_hash)
        customer = Customer.new(customer_id, at, user_id=caller.user_id if logs_in else None).stamp(caller, at)
        found_by: dict[Field, str] = {"last_name": last}
        if logs_in:
            found_by["email"] = email
        people.encrypt(customer, {"first_name": first, **{str(name): text for name, text in found_by.items()}})
        for name, text in found_by.items():
            self._put_new(Lookup.new(customer, name, bank_keys.lookup_hmac(name, text)).stamp(caller, at))
        counted = CustomerAccounts(customer.pk, "ACCOUNTS", customer_id=customer_id, open=accounts)
        self._put_new(customer, counted.stamp(caller, at))
        if logs_in:
            self._log_in(caller, email)
        return caller

    def _log_in(self, caller: Caller, email: str) -> None:
        """Put the user of a customer, and the guard of its address."""
        customer_id, email_hmac = str(caller.customer_id), bank_keys.email_hmac(email)
        sealed = personal_fields.encrypt(customer_id, User.key(caller.user_id), {"email": email})
        user = User.new(caller.user_id, email_hmac, self._password_hash, "customer", customer_id=customer_id, **sealed)
        guard = UniqueKey.of_email(email_hmac, caller.user_id, customer_id)
        self._put_new(user.stamp(caller, self._opened_at), guard.stamp(caller, self._opened_at))

    def _opened(self, caller: Caller, kind: ProductType, deposit: int) -> Holder:
        """An account with its first money in it."""
        self.accounts += 1
        stem = STEM_MIN + (self._sandbox.seed * 7_919 + self.accounts * NUMBER_STEP) % STEMS
        account = Account.of_customer(
            self._id("acc"),
            str(caller.customer_id),
            timestamp(self._opened_at),
            account_type=kind,
            currency=CURRENCY,
            branch_id=self._branch_id,
            account_number=account_number(stem),
        )
        holder = Holder(Kept(account.stamp(caller, self._opened_at)), caller)
        guard = UniqueKey.of_number(str(account.account_number), account.id)
        self._put_new(guard.stamp(caller, self._opened_at))
        self._journal.deposit(holder, deposit, self._opened_at + timedelta(milliseconds=self.accounts), "First deposit")
        return holder

    def _put_new(self, *items: BankItem) -> None:
        for item in items:
            for made in new(item):
                self._put(made)

    def _id(self, prefix: ids.Prefix) -> str:
        return ids.id_of(prefix, self._opened_at, self._chance.getrandbits(80))


def main(arguments: list[str]) -> int:
    """Run `python -m sampledata.sandbox PEOPLE [PASSWORD]`, with the stage's address in the environment.

    The years end yesterday. Give a password only to a bank that nobody else can reach: it is everybody's.
    """
    until = datetime.now(config.timezone()).date()
    people, password = int(arguments[0]), arguments[1] if len(arguments) > 1 else ""
    sandbox = Sandbox(people, until.replace(year=until.year - YEARS, day=1), until, password=password)
    say(f"    {sandbox.people} people from {sandbox.since} on")
    try:
        loaded = build(sandbox, lambda day, items: say(f"    {day:%B %Y} · {items:,} items"))
    except KeyboardInterrupt:  # whoever called says what that means
        return 130
    say(f"    {loaded.accounts} accounts, {loaded.items:,} items in {loaded.seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
