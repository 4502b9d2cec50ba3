"""How well the rules of risk find what was put into a made-up town, and what they cost."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bench.report import Section, table
from chalicelib.domain.risk.assessment import Assessment, assess
from chalicelib.domain.risk.parameters import CODES, SEVERITIES, Code, Severity
from chalicelib.domain.risk.profile import Kind, Move, Profile, fold, token
from chalicelib.domain.risk.thresholds import STANDARD
from sampledata.risk_data import EPISODES, town
from sampledata.risk_town import DAY, SCORED_FROM_DAY, START, Payment

TUNED_ON, TOLD_OF = 1, (2, 3, 4)
"""Defaults were chosen looking at one seed; what is told comes from others."""
COMMAND = "python -m bench risk"
WORTH = (
    "What such figures are worth: whoever made the patterns knew the rules. They show that the rules do what they say, "
    "how they weigh against lawful look-alikes, and a change for the worse; not what a bank would catch."
)


@dataclass
class Judged:
    """A payment that counts, and what was said of its sides."""

    payment: Payment
    assessments: list[Assessment]

    @property
    def codes(self) -> set[Code]:
        return {reason.code for one in self.assessments for reason in one.reasons}

    @property
    def severity(self) -> Severity | None:
        found = [SEVERITIES.index(one.severity) for one in self.assessments if one.severity]
        return SEVERITIES[max(found)] if found else None


@dataclass
class Run:
    """A town that was judged; sizes in bytes of profiles as they are stored, times in microseconds."""

    judged: list[Judged]
    sizes: list[int]
    assess_us: float
    fold_us: float


@dataclass
class Found:
    """Of what fires: how many payments, how many of them were part of its pattern, or of any; and the episodes."""

    payments: int = 0
    own: int = 0
    injected: int = 0
    episodes: set[tuple[Code, int]] = field(default_factory=set)


def run(seed: int) -> Run:
    """Judge each payment by the profiles of before it, as the stream's consumer does."""
    profiles: dict[str, Profile] = defaultdict(Profile)
    sequence: dict[str, int] = defaultdict(int)
    judged, moves = [], 0
    assessing = folding = 0
    for payment in town(seed):
        found = []
        for move in _moves(payment, sequence):
            begun = time.thread_time_ns()
            found.append(assess(move, profiles[move.account_id], STANDARD))
            assessed = time.thread_time_ns()
            profiles[move.account_id] = fold(profiles[move.account_id], [move])
            assessing, folding = assessing + assessed - begun, folding + time.thread_time_ns() - assessed
            moves += 1
        if payment.second >= START + SCORED_FROM_DAY * DAY:
            judged.append(Judged(payment, found))
    sizes = [len(json.dumps(profile.to_json(), separators=(",", ":"))) for profile in profiles.values()]
    return Run(judged, sizes, assessing / moves / 1000, folding / moves / 1000)


def _moves(payment: Payment, sequence: dict[str, int]) -> Iterator[Move]:
    kind: Kind = "transfer" if payment.payer and payment.payee else "cash"
    sides = ((payment.payer, payment.payee, -payment.amount), (payment.payee, payment.payer, payment.amount))
    for account, other, amount in sides:
        if account is None:
            continue
        sequence[account] += 1
        named = token(account, other) if other and not payment.is_own else None
        yield Move(
            account,
            "",
            sequence[account],
            amount,
            "USD",
            payment.second,
            kind,
            named,
            payment.is_own,
        )


def by_rule(runs: Sequence[Run]) -> dict[Code, Found]:
    found = {code: Found() for code in CODES}
    for number, one in enumerate(runs):
        for judged in one.judged:
            for code in judged.codes:
                _add(found[code], judged.payment, number, is_own=judged.payment.pattern == code)
    return found


def by_severity(runs: Sequence[Run]) -> dict[Severity, Found]:
    """Of payments that reach a severity or more."""
    found = {severity: Found() for severity in SEVERITIES}
    for number, one in enumerate(runs):
        for judged in one.judged:
            reached = SEVERITIES[: SEVERITIES.index(judged.severity) + 1] if judged.severity else ()
            for severity in reached:
                _add(found[severity], judged.payment, number, is_own=judged.payment.pattern is not None)
    return found


def _add(found: Found, payment: Payment, number: int, *, is_own: bool) -> None:
    found.payments += 1
    found.own += is_own
    found.injected += payment.pattern is not None
    if is_own and payment.pattern:
        found.episodes.add((payment.pattern, payment.episode * 1000 + number))


def sections(seeds: Iterable[int] = TOLD_OF) -> list[Section]:
    runs = [run(seed) for seed in seeds]
    return [_rules(runs), _severities(runs)]


def _rules(runs: Sequence[Run]) -> Section:
    injected = EPISODES * len(runs)
    rows = [
        (
            code,
            f"{found.payments}",
            _share(found.own, found.payments),
            _share(found.injected, found.payments),
            f"{len(found.episodes)} of {injected}",
        )
        for code, found in by_rule(runs).items()
    ]
    notes = (
        f"Data: sampledata/risk_data.py. Defaults were chosen on seed {TUNED_ON}; these: {_listed(TOLD_OF)}.",
        "Precision, own: of payments that meet the rule, those that belong to its own pattern; any: to any pattern.",
        "An episode is found when one of its payments meets the rule of its name; other rules often find it as well.",
    )
    header = ("rule", "payments", "precision, own", "any", "episodes found")
    return Section("Risk, rule by rule", COMMAND, table(header, rows), notes)


def _severities(runs: Sequence[Run]) -> Section:
    payments = sum(len(one.judged) for one in runs)
    injected = EPISODES * len(CODES) * len(runs)
    labelled = sum(judged.payment.pattern is not None for one in runs for judged in one.judged)
    rows = [
        (
            f"{severity} or more",
            f"{found.payments}",
            f"{(found.payments - found.injected) / (payments - labelled) * 1000:.2f}",
            _share(found.injected, found.payments),
            _share(found.injected, labelled),
            _share(len(found.episodes), injected),
        )
        for severity, found in by_severity(runs).items()
    ]
    notes = (
        f"Of {payments:,} payments, {labelled} of them in {injected} episodes; seeds {_listed(TOLD_OF)}.",
        "False: alerts of 1,000 lawful payments. Where crime is rarer precision falls, and this stays.",
        "Recall is of payments, and of episodes: the first payments of a burst are no burst yet.",
        WORTH,
        _cost(runs),
    )
    header = ("alerts", "payments", "false of 1,000", "precision", "recall", "of episodes")
    return Section("Risk, by severity", COMMAND, table(header, rows), notes)


def _cost(runs: Sequence[Run]) -> str:
    sizes = sorted(size for one in runs for size in one.sizes)
    assess_us, fold_us = min(one.assess_us for one in runs), min(one.fold_us for one in runs)
    return (
        f"CPU of judging one side of a payment {assess_us:.0f} µs, of folding it into its profile {fold_us:.0f} µs; "
        f"profiles {sizes[len(sizes) // 2]:,} bytes in the middle, {sizes[-1]:,} at most."
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "–"


def _listed(seeds: Iterable[int]) -> str:
    return ", ".join(map(str, seeds))
