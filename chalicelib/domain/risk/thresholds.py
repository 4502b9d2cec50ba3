"""The thresholds of the risk rules: parsed, checked against their bounds, and read by each rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.money import DECIMALS, UNIT_WEIGHTS
from chalicelib.domain.risk.parameters import (
    CODES,
    PARAMETERS,
    POINTS,
    SCORE_MAX,
    SEVERITY_POINTS,
    STANDARD_ACTIONS,
    WEIGHT_MAX,
    Action,
    Code,
    Severity,
)


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
        """Read stored thresholds. Rules and parameters that are newer than they are get the default."""
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
        """Return whole units as minor units of a currency."""
        return int(units * self.unit_weights.get(currency, 1) * 10 ** DECIMALS[currency])

    @property
    def stops_anything(self) -> bool:
        """Return whether any rule can stop a payment before it is posted."""
        return any(rule.action in ("decline", "review") for rule in self.rules.values())


@dataclass(frozen=True)
class Setting:
    """The parameters of one rule, with amounts in minor units of the movement's currency."""

    thresholds: Thresholds
    code: Code
    currency: str

    def __getitem__(self, name: str) -> int:
        value = self.thresholds.rules[self.code].parameters[name]
        return self.thresholds.minor(value, self.currency) if name.endswith("_units") else value


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
    """Return the wrong fields with messages for the client: a value out of bounds is probably a mistake."""
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
    """Return an error if an hour allows more than a day."""
    count, total = thresholds.rules["velocity_count"].parameters, thresholds.rules["velocity_sum"].parameters
    pairs = ((count, "count", "velocity_count"), (total, "units", "velocity_sum"))
    return [
        (f"rules.{code}.in_day_{unit}", "must not be less than that of an hour")
        for given, unit, code in pairs
        if given[f"in_day_{unit}"] < given[f"in_hour_{unit}"]
    ]
