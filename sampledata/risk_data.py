"""A labelled data set for the rules of risk: a small town's payments, and crimes put into them. Made up, and seeded.

Ordinary people earn salaries, pay rent, bills and by card, draw cash, settle with friends, save, shop for a day, and
now and then buy something large from somebody new; shops are paid by many and refund, employers pay many at once, and
some accounts rest for months and wake for good reasons. Those are what a rule must leave alone. Each episode of a
pattern is labelled with its name on all of its transactions; its sizes are drawn from ranges that reach below what the
rules look for, so that not all of them can be found.
"""

import random

from sampledata.risk_episodes import PATTERNS, Episode
from sampledata.risk_town import PEOPLE, Payment, Town, live, rest

EPISODES = 12
"""Of each pattern."""


def town(seed: int) -> list[Payment]:
    """All payments in their order."""
    made = Town(random.Random(seed))
    for number, person in enumerate(made.people):
        live(made, person, number)
    for number in range(PEOPLE // 5):
        rest(made, number)
    for pattern, inject in PATTERNS.items():
        for episode in range(EPISODES):
            inject(made, Episode(made, pattern, episode))
    return sorted(made.payments, key=lambda payment: payment.second)
