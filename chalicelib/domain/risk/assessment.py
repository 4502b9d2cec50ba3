"""The assessment of a movement's risk: reasons with their figures, a score, and a severity.

The score is the sum of the points of all rules that are met, a hundred at most: anyone can add it up again.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from chalicelib.domain.risk.parameters import SCORE_MAX, Action, Code, Severity
from chalicelib.domain.risk.profile import Move, Profile
from chalicelib.domain.risk.rules import RULES, Figures
from chalicelib.domain.risk.thresholds import Setting, Thresholds

Stop = Literal["decline", "review"]
"""How a payment is stopped before it is posted: refused for good, or held until a person has looked at it."""
STOPS: tuple[Stop, ...] = get_args(Stop)
"""The stronger one first."""


@dataclass(frozen=True)
class Reason:
    """A rule that is met, with the figures that met it: counts and sums, never a name."""

    code: Code
    points: int
    action: Action
    figures: Figures

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "points": self.points, "figures": self.figures}


@dataclass(frozen=True)
class Assessment:
    """`severity` is None where it is not worth an alert; `stop` says what keeps it from being posted, if anything."""

    reasons: tuple[Reason, ...]
    score: int
    severity: Severity | None
    stop: Stop | None = None


def assess(move: Move, profile: Profile, thresholds: Thresholds) -> Assessment:
    """Judge a movement by its account's profile of before it.

    One that is not posted yet may be stopped; what declines is a reason like others once it is posted all the same,
    and what is to be reviewed is worth a look then, too.
    """
    reasons = tuple(_apply_rules(move, profile, thresholds))
    score = min(SCORE_MAX, sum(reason.points for reason in reasons))
    met = {reason.action for reason in reasons}
    stop = None if move.seq else next((stop for stop in STOPS if stop in met), None)
    severity = "high" if stop or "review" in met else _severity(score, thresholds)
    return Assessment(reasons, score, severity, stop)


def _apply_rules(move: Move, profile: Profile, thresholds: Thresholds) -> list[Reason]:
    found = []
    for code, rule in RULES.items():
        setting = thresholds.rules[code]
        figures = None
        if setting.action != "off":
            figures = rule(move, profile, Setting(thresholds, code, move.currency))
        if figures is not None:
            found.append(Reason(code, setting.points, setting.action, figures))
    return found


def _severity(score: int, thresholds: Thresholds) -> Severity | None:
    reached: list[Severity] = [name for name, points in thresholds.severities.items() if score >= points]
    return max(reached, key=lambda name: thresholds.severities[name], default=None)
