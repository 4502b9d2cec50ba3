"""The service levels, and the alarms that ring when the bank uses up what they allow too fast.

A level allows a share of bad requests or minutes. The *burn* is how many times faster than allowed that share is used
up. An alarm needs a long window, so that a moment does not ring it, and a short one, so that it ends with the trouble
(Google SRE Workbook, chapter 5). Each window is one alarm of one metric; a composite alarm combines them.
"""

import math
from dataclasses import dataclass
from typing import Literal

from infra.alarms.alarm import RUNBOOK, Alarm, Metric, of_florin, of_function

Measure = Literal["ratio", "percentile", "minutes"]


@dataclass(frozen=True)
class Burn:
    """Two windows, and the burn that rings in both. A month's allowance lasts 720 h divided by the burn."""

    name: Literal["fast", "slow"]
    rate: float
    long_seconds: int
    short_seconds: int


FAST = Burn("fast", 14.4, 3600, 300)
SLOW = Burn("slow", 6, 6 * 3600, 1800)


@dataclass(frozen=True)
class ServiceLevel:
    """A promise: `objective` of the requests or minutes are good, which means not above `limit`.

    `measure` says how the metric shows it: its average is the share of bad ones (`ratio`), a percentile of it is
    compared with the limit, or each minute's maximum is (`minutes`).
    """

    name: str
    promise: str
    metric: Metric
    objective: float
    measure: Measure
    limit: float = 0
    burns: tuple[Burn, ...] = (FAST,)

    def alarm(self, burn: Burn, window: Literal["long", "short"]) -> Alarm:
        """Return the alarm of one window."""
        seconds = burn.long_seconds if window == "long" else burn.short_seconds
        bad_share = min(burn.rate * (1 - self.objective), 0.999)
        metric, threshold, period, periods, datapoints = self.metric, self.limit, seconds, 1, None
        if self.measure == "ratio":
            threshold = round(bad_share, 6)
        elif self.measure == "percentile":
            metric = self._percentile((1 - bad_share) * 100)
        else:
            period, periods = 60, seconds // 60
            datapoints = max(1, math.ceil(bad_share * periods))
        return Alarm(
            f"level-{self.name}-{burn.name}-{window}",
            metric,
            threshold,
            f"Part of the service level `{self.name}`: {self.promise}",
            "platform",
            "level",
            period,
            periods,
            datapoints,
        )

    def _percentile(self, percent: float) -> Metric:
        return Metric(self.metric.namespace, self.metric.name, self.metric.dimensions, f"p{round(percent, 2):g}")


LEVELS = (
    ServiceLevel(
        "money-available",
        "99.9 % of the POSTs that move money are answered without a 5xx.",
        of_florin("MoneyFailures", "Average"),
        0.999,
        "ratio",
        burns=(FAST, SLOW),
    ),
    ServiceLevel(
        "money-quick",
        "99 % of the POSTs that move money are answered within 1 s.",
        of_florin("MoneyMilliseconds"),
        0.99,
        "percentile",
        1000,
        burns=(FAST, SLOW),
    ),
    ServiceLevel(
        "stream-prompt",
        "In 99 % of minutes the audit is less than 60 s behind the bank.",
        of_function("AuditTrail", "IteratorAge", "Maximum", "Milliseconds"),
        0.99,
        "minutes",
        60_000,
    ),
    ServiceLevel(
        "webhooks-prompt",
        "95 % of deliveries have their first attempt within 10 s of the event.",
        of_florin("WebhookFirstAttemptMilliseconds"),
        0.95,
        "percentile",
        10_000,
    ),
)
"""A fifth, that the last digest is younger than 2 h, is the alarm `digest-late`: two windows of a metric that comes
once an hour say no more than one."""


@dataclass(frozen=True)
class Composite:
    """An alarm that rings when both windows of any level do."""

    name: str
    burn: Burn
    why: str
    urgency: Literal["wake", "ticket"]
    resource_name: str

    @property
    def pairs(self) -> list[tuple[Alarm, Alarm]]:
        levels = (level for level in LEVELS if self.burn in level.burns)
        return [(level.alarm(self.burn, "long"), level.alarm(self.burn, "short")) for level in levels]

    @property
    def rule(self) -> str:
        """Return the rule of CloudWatch, with the alarms' names as Fn::Sub wants them."""
        return " OR ".join(f"({_rings(long)} AND {_rings(short)})" for long, short in self.pairs)

    @property
    def chapter(self) -> str:
        return f"{RUNBOOK}#{self.name}"


def _rings(alarm: Alarm) -> str:
    return f'ALARM("florin-${{Stage}}-{alarm.name}")'


COMPOSITES = (
    Composite(
        "levels-burn-fast",
        FAST,
        "A service level uses up its month's allowance within 50 hours.",
        "wake",
        "LevelsBurnFastAlarm",
    ),
    Composite(
        "levels-burn-slow",
        SLOW,
        "A service level uses up its month's allowance within 5 days.",
        "ticket",
        "LevelsBurnSlowAlarm",
    ),
)

WINDOWS = tuple(alarm for composite in COMPOSITES for pair in composite.pairs for alarm in pair)
"""The alarms of all windows. They tell nobody by themselves."""
