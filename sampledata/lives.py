"""What people and businesses do with their money: the plans that a sandbox bank's history is made of.

Each person has a salary, a home, habits and a way to spend, drawn from one random generator, so the same seed gives the
same lives. A life is a stream of wishes in the order of time; whether there is money for one is the bank's to say.

The shape follows what household surveys and shops agree on: wages towards the month's end, rent on its first, groceries
most before the weekend, travel in July and August, presents in December, energy dearest in winter. The figures are
plausible, not measured; nothing here describes anybody.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

DAY = timedelta(days=1)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6

Kind = Literal["wage", "payment", "saving", "cash"]


@dataclass(frozen=True)
class Trade:
    """A business that takes money: how often in a month, how much (whole units), and how each month differs."""

    name: str
    category: str
    times_a_month: float
    least: int
    most: int
    seasons: tuple[float, ...] = (1.0,) * 12


WINTER = (1.6, 1.5, 1.3, 1.0, 0.8, 0.6, 0.5, 0.5, 0.7, 1.0, 1.3, 1.5)
HOLIDAYS = (0.5, 0.5, 0.7, 0.9, 1.0, 1.4, 2.4, 2.2, 0.9, 0.7, 0.5, 1.1)
PRESENTS = (0.8, 0.8, 0.9, 0.9, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0, 1.6, 2.3)
TRADES = (
    Trade("Corner Market", "groceries", 8.0, 8, 95),
    Trade("Green Grocer", "groceries", 3.0, 5, 40),
    Trade("Tram and Bus", "transport", 4.0, 2, 60),
    Trade("The Olive Tree", "restaurants", 2.5, 12, 90, PRESENTS),
    Trade("Kaffeehaus Mozart", "restaurants", 4.0, 3, 15),
    Trade("North Energy", "energy", 1.0, 45, 140, WINTER),
    Trade("Clear Line", "phone and internet", 1.0, 25, 60),
    Trade("Wool and Linen", "clothing", 1.0, 20, 180, PRESENTS),
    Trade("City Pharmacy", "health", 1.0, 5, 60),
    Trade("Blue Horizon", "travel", 0.35, 120, 1_100, HOLIDAYS),
    Trade("Lantern Books", "leisure", 1.2, 9, 70, PRESENTS),
)
EMPLOYER, LANDLORD = "Works of the City", "Hearth Homes"


@dataclass(frozen=True)
class Wish:
    """What somebody wants to do at a moment: pay `to` a business, be paid by one, save, or fetch cash. Minor units."""

    at: datetime
    person: int
    kind: Kind
    amount: int
    to: str = ""
    category: str | None = None
    memo: str | None = None

    def __lt__(self, other: "Wish") -> bool:
        return (self.at, self.person) < (other.at, other.person)


@dataclass(frozen=True)
class Person:
    """Whole units a month; `thrift` is the part of the wage that goes to savings."""

    number: int
    wage: int
    rent: int
    thrift: float
    zest: float
    payday: int


def person(number: int, chance: random.Random) -> Person:
    wage = round(min(9_000, max(1_300, chance.lognormvariate(7.95, 0.38))))
    return Person(
        number=number,
        wage=wage,
        rent=round(wage * chance.uniform(0.24, 0.36)),
        thrift=chance.choice((0.0, 0.05, 0.1, 0.15, 0.2)),
        zest=chance.uniform(0.6, 1.3) * (wage / 3_000) ** 0.5,
        payday=chance.randint(24, 28),
    )


def lives(people: list[Person], seed: int, since: date, until: date, zone: tzinfo) -> Iterator[Wish]:
    """Everybody's wishes from one day up to another, in the order of time; memory grows with the people only."""
    streams = (_life(one, random.Random(f"{seed} life {one.number}"), since, until, zone) for one in people)
    yield from heapq.merge(*streams)


def _life(one: Person, chance: random.Random, since: date, until: date, zone: tzinfo) -> Iterator[Wish]:
    day = since
    while day < until:
        wishes = [*_month_s(one, day, chance, zone), *_day_s(one, day, chance, zone)]
        yield from sorted(wishes)
        day += DAY


def _month_s(one: Person, day: date, chance: random.Random, zone: tzinfo) -> Iterator[Wish]:
    """What falls on a day of every month."""
    if day == _working(day.replace(day=one.payday)):
        extra = 2 if day.month == 12 else 1  # a thirteenth month's wage
        amount = one.wage * 100 * extra
        yield Wish(_at(day, 6, chance, zone), one.number, "wage", amount, EMPLOYER, memo=f"Wages {day:%B %Y}")
        if one.thrift:
            saved = round(one.wage * one.thrift) * 100
            yield Wish(_at(day, 20, chance, zone), one.number, "saving", saved, category="savings", memo="To savings")
    if day.day == 1:
        rent = Wish(_at(day, 8, chance, zone), one.number, "payment", one.rent * 100, LANDLORD, "housing")
        yield Wish(rent.at, rent.person, rent.kind, rent.amount, rent.to, rent.category, f"Rent {day:%B %Y}")


def _day_s(one: Person, day: date, chance: random.Random, zone: tzinfo) -> Iterator[Wish]:
    """What happens on any day, more before a weekend and as the season has it."""
    for trade in TRADES:
        often = trade.times_a_month / 30.4 * one.zest * trade.seasons[day.month - 1] * _weekday(day)
        if chance.random() < often:
            amount = round(chance.triangular(trade.least, trade.most, trade.least * 2) * 100)
            hour = chance.randint(8, 20)
            yield Wish(_at(day, hour, chance, zone), one.number, "payment", amount, trade.name, trade.category)
    if chance.random() < 1.5 / 30.4:
        cash = chance.choice((20, 40, 60, 100)) * 100
        yield Wish(_at(day, chance.randint(9, 19), chance, zone), one.number, "cash", cash, category="cash")


def _weekday(day: date) -> float:
    return {FRIDAY: 1.3, SATURDAY: 1.5, SUNDAY: 0.5}.get(day.weekday(), 0.94)


def _working(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - max(0, day.weekday() - FRIDAY) * DAY


def _at(day: date, hour: int, chance: random.Random, zone: tzinfo) -> datetime:
    moment = datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), tzinfo=zone)
    return moment + timedelta(microseconds=chance.randrange(1_000_000))
