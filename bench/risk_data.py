"""A labelled data set for the rules of risk: a small town's payments, and crimes put into them. Made up, and seeded.

Ordinary people earn salaries, pay rent, bills and by card, draw cash, settle with friends, save, shop for a day, and
now and then buy something large from somebody new; shops are paid by many and refund, employers pay many at once, and
some accounts rest for months and wake for good reasons. Those are what a rule must leave alone. Each episode of a
pattern is labelled with its name on all of its transactions; its sizes are drawn from ranges that reach below what the
rules look for, so that not all of them can be found.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.domain.risk_thresholds import Code

PEOPLE, SHOPS, EMPLOYERS, LANDLORDS, MULES = 200, 12, 5, 8, 40
DAYS = 220
SCORED_FROM_DAY = 130
"""Before it profiles are learnt, and nothing is injected."""
EPISODES = 12
"""Of each pattern."""
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

    def pay(self, second: float, payer: str | None, payee: str | None, units: float, **said: object) -> None:
        amount = max(1, round(units * 100))
        self.payments.append(Payment(int(second), payer, payee, amount, **said))  # type: ignore[arg-type]

    def moment(self, day: int, from_hour: float = 8, to_hour: float = 21) -> float:
        return START + day * DAY + self.dice.uniform(from_hour, to_hour) * HOUR

    def size(self, median: float, spread: float) -> float:
        return median * float(self.dice.lognormvariate(0, spread))


def town(seed: int) -> list[Payment]:
    """All payments in their order."""
    made = Town(random.Random(seed))
    for number, person in enumerate(made.people):
        _live(made, person, number)
    for number in range(PEOPLE // 5):
        _rest(made, number)
    for pattern, inject in PATTERNS.items():
        for episode in range(EPISODES):
            inject(made, Episode(made, pattern, episode))
    return sorted(made.payments, key=lambda payment: payment.second)


def _live(made: Town, person: str, number: int) -> None:
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


def _rest(made: Town, number: int) -> None:
    """An account that rests after its first days; a fifth of them wake, and pay for something."""
    dice, account = made.dice, f"resting-{number}"
    for day in dice.sample(range(8), 3):
        made.pay(made.moment(day), account, dice.choice(made.shops), made.size(80, 0.8))
    if number % 5 == 0:
        made.pay(made.moment(dice.randint(SCORED_FROM_DAY + 10, DAYS - 1)), account, dice.choice(made.shops), 450)


@dataclass
class Episode:
    """One crime: a victim or an accomplice, when it begins, and payments with its label."""

    made: Town
    pattern: Code
    number: int

    def __post_init__(self) -> None:
        self.dice = self.made.dice
        self.person = self.dice.choice(self.made.people)
        self.start = self.made.moment(self.dice.randint(SCORED_FROM_DAY + 5, DAYS - 8))

    def pay(self, second: float, payer: str | None, payee: str | None, units: float) -> None:
        self.made.pay(second, payer, payee, units, pattern=self.pattern, episode=self.number)

    def mule(self) -> str:
        return self.dice.choice(self.made.mules)

    def moments(self, count: int, seconds: float) -> Iterator[float]:
        return iter(sorted(self.start + self.dice.uniform(0, seconds) for _ in range(count)))


def _many_payments(made: Town, episode: Episode) -> None:
    """A stolen card is used until it is blocked."""
    for second in episode.moments(made.dice.randint(6, 25), 70 * MINUTE):
        episode.pay(second, episode.person, made.dice.choice(made.shops), made.size(60, 0.6))


def _much_money(made: Town, episode: Episode) -> None:
    """An account is emptied in some large payments."""
    for second in episode.moments(made.dice.randint(3, 7), 20 * HOUR):
        episode.pay(second, episode.person, made.dice.choice(made.mules), made.dice.uniform(1200, 3500))


def _unusual(made: Town, episode: Episode) -> None:
    """One payment to somebody who is known, far above what is usual."""
    episode.pay(episode.start, episode.person, made.dice.choice(made.shops[3:]), made.dice.uniform(900, 7000))


def _to_a_stranger(made: Town, episode: Episode) -> None:
    """Somebody is talked into paying a stranger."""
    episode.pay(episode.start, episode.person, episode.mule(), made.dice.uniform(1500, 9000))


def _below_the_report(made: Town, episode: Episode) -> None:
    """Cash comes in, or money goes out, in pieces below ten thousand."""
    inwards, stranger = made.dice.random() < 0.6, episode.mule()
    for second in episode.moments(made.dice.randint(2, 6), made.dice.uniform(1, 6) * DAY):
        payer, payee = (None, episode.person) if inwards else (episode.person, stranger)
        episode.pay(second, payer, payee, made.dice.uniform(8200, 9990))


def _there_and_back(made: Town, episode: Episode) -> None:
    """Money is passed through an account, back to where it came from."""
    source, amount = episode.mule(), made.dice.uniform(400, 20_000)
    episode.pay(episode.start, source, episode.person, amount)
    back = episode.start + made.dice.uniform(1, 80) * HOUR
    for part in (0.5, 0.5) if made.dice.random() < 0.3 else (1.0,):
        episode.pay(back, episode.person, source, amount * part * made.dice.uniform(0.9, 1))
        back += HOUR


def _awoken(made: Town, episode: Episode) -> None:
    """Somebody else has found an account that nobody looks at."""
    resting = f"resting-{1 + episode.number * 3 % (PEOPLE // 5)}"
    episode.pay(episode.start, resting, episode.mule(), made.dice.uniform(400, 4000))


def _collected(made: Town, episode: Episode) -> None:
    """A fraud with many victims, who all pay into one account."""
    mule = episode.mule()
    for second in episode.moments(made.dice.randint(4, 20), 30 * HOUR):
        episode.pay(second, made.dice.choice(made.people), mule, made.size(250, 0.6))


def _spread(made: Town, episode: Episode) -> None:
    """What has come in is spread over many accounts at once."""
    count, source = made.dice.randint(4, 15), episode.mule()
    lump = count * made.dice.uniform(300, 1500)
    episode.pay(episode.start, source, episode.person, lump)
    for second in episode.moments(count, 8 * HOUR):
        episode.pay(second + MINUTE, episode.person, made.dice.choice(made.mules), lump / count)


PATTERNS: dict[Code, Callable[[Town, Episode], None]] = {
    "velocity_count": _many_payments,
    "velocity_sum": _much_money,
    "amount_unusual": _unusual,
    "new_counterparty": _to_a_stranger,
    "structuring": _below_the_report,
    "round_trip": _there_and_back,
    "dormant_waking": _awoken,
    "many_to_one": _collected,
    "one_to_many": _spread,
}


def _times(dice: random.Random, mean: float) -> int:
    """How often something happens that happens so often on average (Knuth's way to Poisson's numbers)."""
    limit, product, times = 2.718281828**-mean, dice.random(), 0
    while product > limit:
        product *= dice.random()
        times += 1
    return times
