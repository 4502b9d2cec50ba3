"""The lawful payments of a made-up town: what rules of risk must leave alone, though some look like something else."""

import random
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.domain.risk.parameters import Code

PEOPLE, SHOPS, EMPLOYERS, LANDLORDS, MULES = 200, 12, 5, 8, 40
DAYS = 220
SCORED_FROM_DAY = 130
"""Before it profiles are learnt, and nothing is injected."""
DAY, HOUR, MINUTE = 86_400, 3_600, 60
START = 20_000 * DAY


class Payment(NamedTuple):
    """Amounts in cents. A side without an account is cash. `pattern` and `episode` say what it is a part of."""

    second: int
    payer: str | None
    payee: str | None
    amount: int
    pattern: Code | None = None
    episode: int = -1
    is_own: bool = False


@dataclass
class Town:
    """What there is, and the dice."""

    dice: random.Random
    payments: list[Payment] = field(default_factory=list)
    people: list[str] = field(default_factory=lambda: [f"person-{number}" for number in range(PEOPLE)])
    shops: list[str] = field(default_factory=lambda: [f"shop-{number}" for number in range(SHOPS)])
    employers: list[str] = field(default_factory=lambda: [f"employer-{number}" for number in range(EMPLOYERS)])
    landlords: list[str] = field(default_factory=lambda: [f"landlord-{number}" for number in range(LANDLORDS)])
    mules: list[str] = field(default_factory=lambda: [f"mule-{number}" for number in range(MULES)])

    def pay(self, second: float, payer: str | None, payee: str | None, units: float, **said: Any) -> None:
        amount = max(1, round(units * 100))
        self.payments.append(Payment(int(second), payer, payee, amount, **said))

    def moment(self, day: int, from_hour: float = 8, to_hour: float = 21) -> float:
        return START + day * DAY + self.dice.uniform(from_hour, to_hour) * HOUR

    def size(self, median: float, spread: float) -> float:
        return median * float(self.dice.lognormvariate(0, spread))


def live(made: Town, person: str, number: int) -> None:
    dice = made.dice
    employer, landlord = made.employers[number % EMPLOYERS], made.landlords[number % LANDLORDS]
    salary, rent, payday = made.size(3000, 0.35), made.size(900, 0.25), dice.choice((25, 27, 28))
    friends = dice.sample(made.people, 4)
    for day in range(DAYS):
        of_month = day % 30 + 1
        if of_month == payday:
            made.pay(made.moment(day, 6, 7), employer, person, salary * dice.uniform(0.97, 1.03))
            made.pay(made.moment(day, 9, 20), person, f"{person}-savings", salary / 10, is_own=True)
        if of_month == 2:
            made.pay(made.moment(day), person, landlord, rent)
        if of_month in (5, 9, 14):
            made.pay(made.moment(day), person, made.shops[of_month % 3], made.size(60, 0.3))
        for _ in range(_times(dice, 0.9)):
            made.pay(made.moment(day), person, dice.choice(made.shops[3:]), made.size(24, 0.9))
        if dice.random() < 0.06:
            made.pay(made.moment(day), person, None, 20 * dice.randint(1, 15))
        if dice.random() < 0.05:
            friend = dice.choice(friends)
            if friend != person:
                payer, payee = dice.sample((person, friend), 2)
                made.pay(made.moment(day), payer, payee, made.size(30, 0.8))
    _now_and_then(made, person)


def _now_and_then(made: Town, person: str) -> None:
    """What is rare and lawful, and looks like something else."""
    dice = made.dice
    if dice.random() < 0.04:  # a present that many have paid for
        day = dice.randrange(DAYS)
        for giver in dice.sample([one for one in made.people if one != person], dice.randint(4, 9)):
            made.pay(made.moment(day), giver, person, dice.choice((10, 20, 25, 50)))
    if dice.random() < 0.25:  # something large, from somebody new
        seller = dice.choice(made.people + made.shops)
        if seller != person:
            made.pay(made.moment(dice.randrange(DAYS)), person, seller, made.size(2200, 0.7))
    if dice.random() < 0.3:  # a day in town
        day = dice.randrange(DAYS)
        for _ in range(dice.randint(5, 13)):
            made.pay(made.moment(day, 10, 19), person, dice.choice(made.shops), made.size(35, 0.8))
    _back_and_forth(made, person)


def _back_and_forth(made: Town, person: str) -> None:
    dice = made.dice
    if dice.random() < 0.1:  # furniture, and it goes back
        day, price, shop = dice.randrange(DAYS - 10), made.size(600, 0.5), dice.choice(made.shops)
        made.pay(made.moment(day), person, shop, price)
        made.pay(made.moment(day + dice.randint(1, 9)), shop, person, price)
    if dice.random() < 0.05:  # a loan between friends
        day, friend = dice.randrange(DAYS - 30), dice.choice(made.people)
        if friend != person:
            lent = made.size(700, 0.5)
            made.pay(made.moment(day), friend, person, lent)
            made.pay(made.moment(day + dice.randint(1, 25)), person, friend, lent)


def rest(made: Town, number: int) -> None:
    """An account that rests after its first days; a fifth of them wake, and pay for something."""
    dice, account = made.dice, f"resting-{number}"
    for day in dice.sample(range(8), 3):
        made.pay(made.moment(day), account, dice.choice(made.shops), made.size(80, 0.8))
    if number % 5 == 0:
        made.pay(made.moment(dice.randint(SCORED_FROM_DAY + 10, DAYS - 1)), account, dice.choice(made.shops), 450)


def _times(dice: random.Random, mean: float) -> int:
    """How often something happens that happens so often on average (Knuth's way to Poisson's numbers)."""
    limit, product, times = 2.718281828**-mean, dice.random(), 0
    while product > limit:
        product *= dice.random()
        times += 1
    return times
