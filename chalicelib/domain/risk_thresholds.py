"""What the rules of risk are set to: one table of what may be set, within which bounds, and what holds until it is.

All are whole numbers. Amounts are `_units`: whole units of money, of a currency as `unit_weights` weighs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from chalicelib.domain.money import DECIMALS

Code = Literal[
    "velocity_count",
    "velocity_sum",
    "amount_unusual",
    "new_counterparty",
    "structuring",
    "round_trip",
    "dormant_waking",
    "many_to_one",
    "one_to_many",
]
CODES: tuple[Code, ...] = get_args(Code)

Action = Literal["off", "alert", "review", "decline"]
"""`alert`: its points count; `review`: an alert of its own, at once of severity high; `decline`: a customer's transfer
is refused before it is posted. Whatever stops nothing is told afterwards."""

Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

SCORE_MAX = 100


class Bound(NamedTuple):
    """What a setting is until it is set, the least and the most that it may be, and what it says."""

    standard: int
    least: int
    most: int
    meaning: str


UNITS_MAX = 10_000_000
POINTS: dict[Code, int] = {
    "velocity_count": 35,
    "velocity_sum": 25,
    "amount_unusual": 35,
    "new_counterparty": 25,
    "structuring": 60,
    "round_trip": 60,
    "dormant_waking": 60,
    "many_to_one": 50,
    "one_to_many": 30,
}
STANDARD_ACTIONS: dict[Code, Action] = {"dormant_waking": "decline"}
"""All others only alert."""

PARAMETERS: dict[Code, dict[str, Bound]] = {
    "velocity_count": {
        "in_hour_count": Bound(8, 2, 60, "Payments out within an hour, this one too"),
        "in_day_count": Bound(15, 2, 60, "Payments out within 24 hours, this one too"),
        "usual_percent": Bound(150, 100, 10_000, "And at least so much of the busiest day of the profile"),
    },
    "velocity_sum": {
        "in_hour_units": Bound(3_000, 1, UNITS_MAX, "Paid out within an hour, by two payments or more"),
        "in_day_units": Bound(5_000, 1, UNITS_MAX, "Paid out within 24 hours, by two payments or more"),
        "usual_percent": Bound(200, 100, 10_000, "And at least so much of the dearest day of the profile"),
    },
    "amount_unusual": {
        "history_count": Bound(10, 5, 1_000, "Payments out that the profile must have, to say what is usual"),
        "deviations_tenths": Bound(22, 10, 200, "Standard deviations above the mean of logarithms, in tenths"),
        "largest_percent": Bound(150, 100, 10_000, "And at least so much of the largest payment of the profile"),
        "at_least_units": Bound(500, 1, UNITS_MAX, "Payments below it are never unusual"),
    },
    "new_counterparty": {
        "at_least_units": Bound(1_500, 1, UNITS_MAX, "A large amount"),
        "largest_percent": Bound(100, 0, 10_000, "And at least so much of the largest payment of the profile"),
    },
    "structuring": {
        "reported_units": Bound(10_000, 100, UNITS_MAX, "The amount from which something is reported"),
        "below_percent": Bound(15, 1, 50, "How far below it an amount is just below"),
        "moves_count": Bound(2, 2, 20, "So many such amounts in one direction, this one too"),
        "within_hours": Bound(96, 1, 168, "In so many hours"),
    },
    "round_trip": {
        "at_least_units": Bound(500, 1, UNITS_MAX, "Less going back is nobody's business"),
        "within_percent": Bound(10, 0, 50, "How far what goes back may differ from what came"),
        "within_hours": Bound(72, 1, 168, "In so many hours"),
    },
    "dormant_waking": {
        "quiet_days": Bound(120, 30, 3_650, "Days without a movement"),
        "awake_days": Bound(7, 1, 60, "For so many days after the first movement it counts as waking"),
        "at_least_units": Bound(500, 1, UNITS_MAX, "Payments out below it are no matter"),
    },
    "many_to_one": {
        "counterparties_count": Bound(6, 3, 60, "Different payers within the hours, this one too"),
        "within_hours": Bound(24, 1, 168, "In so many hours"),
        "usual_percent": Bound(200, 100, 10_000, "And so much of the receipts of the busiest day of the profile"),
    },
    "one_to_many": {
        "counterparties_count": Bound(7, 3, 60, "Different payees within the hours, this one too"),
        "within_hours": Bound(24, 1, 168, "In so many hours"),
        "usual_percent": Bound(200, 100, 10_000, "And so much of the payments of the busiest day of the profile"),
    },
}
SEVERITY_POINTS: dict[Severity, int] = {"low": 20, "medium": 40, "high": 60}
UNIT_WEIGHTS = {"INR": 80, "JPY": 150}
"""How many units of a currency weigh as one; of any other, one."""
WEIGHT_MAX = 100_000


@dataclass(frozen=True)
class Rule:
    """How one rule is set: what it leads to, what it adds to the score, and its parameters by name."""

    action: Action
    points: int
    parameters: Mapping[str, int]


@dataclass(frozen=True)
class Thresholds:
    """All that can be set."""

    rules: Mapping[Code, Rule]
    severities: Mapping[Severity, int]
    unit_weights: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return {
            "rules": {
                code: {"action": rule.action, "points": rule.points, **rule.parameters}
                for code, rule in self.rules.items()
            },
            "severities": dict(self.severities),
            "unit_weights": dict(self.unit_weights),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Thresholds":
        """What was kept before there was a rule, or a parameter of one, does not have it: there the standard holds."""
        rules: dict[Code, Rule] = {}
        for code, standard in STANDARD.rules.items():
            given = told["rules"].get(code, {})
            rules[code] = Rule(
                given.get("action", standard.action),
                given.get("points", standard.points),
                {name: given.get(name, value) for name, value in standard.parameters.items()},
            )
        return cls(rules, dict(told["severities"]), dict(told["unit_weights"]))

    def minor(self, units: int, currency: str) -> int:
        """So many units as minor units of a currency."""
        return int(units * self.unit_weights.get(currency, 1) * 10 ** DECIMALS[currency])

    @property
    def declines(self) -> bool:
        """Whether anything can be stopped at all."""
        return any(rule.action == "decline" for rule in self.rules.values())


STANDARD = Thresholds(
    rules={
        code: Rule(
            STANDARD_ACTIONS.get(code, "alert"),
            POINTS[code],
            {name: bound.standard for name, bound in PARAMETERS[code].items()},
        )
        for code in CODES
    },
    severities=SEVERITY_POINTS,
    unit_weights=UNIT_WEIGHTS,
)


def wrong(thresholds: Thresholds) -> list[tuple[str, str]]:
    """Fields, and what is wrong with each, in words meant for the client: what is out of bounds is taken for a slip."""
    found: list[tuple[str, str]] = []
    for code, rule in thresholds.rules.items():
        found += _out_of(f"rules.{code}.points", rule.points, 1, SCORE_MAX)
        for name, bound in PARAMETERS[code].items():
            found += _out_of(f"rules.{code}.{name}", rule.parameters[name], bound.least, bound.most)
    for severity, points in thresholds.severities.items():
        found += _out_of(f"severities.{severity}", points, 1, SCORE_MAX)
    if not thresholds.severities["low"] < thresholds.severities["medium"] < thresholds.severities["high"]:
        found.append(("severities", "must rise from low over medium to high"))
    for currency, weight in thresholds.unit_weights.items():
        if currency not in DECIMALS:
            found.append((f"unit_weights.{currency}", "is no currency that is known here"))
        found += _out_of(f"unit_weights.{currency}", weight, 1, WEIGHT_MAX)
    return found + _beyond_the_day(thresholds)


def _out_of(field: str, value: int, least: int, most: int) -> list[tuple[str, str]]:
    return [] if least <= value <= most else [(field, f"must be from {least} to {most}")]


def _beyond_the_day(thresholds: Thresholds) -> list[tuple[str, str]]:
    """What an hour allows, the day must allow too."""
    count, total = thresholds.rules["velocity_count"].parameters, thresholds.rules["velocity_sum"].parameters
    pairs = ((count, "count", "velocity_count"), (total, "units", "velocity_sum"))
    return [
        (f"rules.{code}.in_day_{unit}", "must not be less than that of an hour")
        for given, unit, code in pairs
        if given[f"in_day_{unit}"] < given[f"in_hour_{unit}"]
    ]
