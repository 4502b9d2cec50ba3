"""What is put into the made-up town: one kind of episode for each rule of risk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib.domain.risk.parameters import Code
from sampledata.risk_town import DAY, DAYS, HOUR, MINUTE, PEOPLE, SCORED_FROM_DAY, Town


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
