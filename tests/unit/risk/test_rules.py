"""The rules of risk, each at its edges; how they come to a severity; and what thresholds may be."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.risk.assessment import Assessment, assess
from chalicelib.domain.risk.parameters import CODES, PARAMETERS, Code
from chalicelib.domain.risk.profile import DAY_SECONDS, Move, Profile, fold
from chalicelib.domain.risk.rules import RULES
from chalicelib.domain.risk.thresholds import STANDARD, Setting, Thresholds, wrong

HOUR = 3600
NOW = 20_000 * DAY_SECONDS + 12 * HOUR
UNIT = 100


class History:
    """Movements of an account, told by how long ago they were, oldest first."""

    def __init__(self) -> None:
        self.moves: list[Move] = []

    def has(self, hours_ago: float, units: float, to: str | None = "shop", **also: Any) -> "History":
        self.moves.append(move(units, to, len(self.moves) + 1, NOW - int(hours_ago * HOUR), **also))
        return self

    def had(self, times: int, hours_ago: float, units: float, to: str | None = "shop") -> "History":
        for _ in range(times):
            self.has(hours_ago, units, to)
        return self

    def met(self, code: Code, now: Move, **parameters: int) -> Any:
        """The figures with which a movement now meets a rule, or None."""
        return RULES[code](now, fold(Profile(), self.moves), Setting(with_rule(code, **parameters), code, now.currency))


def move(units: float, to: str | None = "shop", seq: int = 0, second: int = NOW, **also: Any) -> Move:
    moved = Move("acc_1", "txn", seq, round(units * UNIT), "USD", second, "transfer" if to else "cash", to)
    return replace(moved, **also)


def with_rule(code: Code, **changes: Any) -> Thresholds:
    rule = STANDARD.rules[code]
    named = {name: changes.pop(name) for name in ("action", "points") if name in changes}
    changed = replace(rule, parameters={**rule.parameters, **changes}, **named)
    return replace(STANDARD, rules={**STANDARD.rules, code: changed})


COUNTS = {"in_hour_count": 4, "in_day_count": 6, "usual_percent": 200}


def test_velocity_by_count() -> None:
    three = History().had(3, 0.9, -1)
    assert three.met("velocity_count", move(-1), **COUNTS) == {"count": 4, "hours": 1, "usual_in_day": 0}
    assert History().had(2, 0.9, -1).met("velocity_count", move(-1), **COUNTS) is None
    assert History().had(3, 1.0, -1).met("velocity_count", move(-1), **COUNTS) is None  # an hour ago is not within it
    assert History().had(5, 23, -1).met("velocity_count", move(-1), **COUNTS) == {
        "count": 6, "hours": 24, "usual_in_day": 0,
    }  # fmt: skip
    assert three.met("velocity_count", move(1), **COUNTS) is None
    assert three.met("velocity_count", move(-1, is_own=True), **COUNTS) is None
    busy = History().had(3, 100, -1).had(3, 0.5, -1)
    assert busy.met("velocity_count", move(-1), **COUNTS) is None  # it has had days like this
    assert busy.met("velocity_count", move(-1), **COUNTS | {"usual_percent": 100}) is not None


SUMS = {"in_hour_units": 100, "in_day_units": 300, "usual_percent": 200}


def test_velocity_by_sum() -> None:
    assert History().has(0.5, -60).met("velocity_sum", move(-40), **SUMS) == {
        "sum": "100.00", "hours": 1, "usual_in_day": "0.00",
    }  # fmt: skip
    assert History().has(0.5, -60).met("velocity_sum", move(-39.99), **SUMS) is None
    assert History().has(20, -200).met("velocity_sum", move(-100), **SUMS)["hours"] == 24
    assert History().met("velocity_sum", move(-5000), **SUMS) is None  # one payment alone is for other rules
    assert History().has(100, -60).has(0.5, -60).met("velocity_sum", move(-40), **SUMS) is None
    assert History().has(0.5, 60).met("velocity_sum", move(-100), **SUMS) is None  # what came in does not count


UNUSUAL = {"history_count": 10, "deviations_tenths": 30, "largest_percent": 200, "at_least_units": 200}


def test_amounts_that_are_unusual_for_the_account() -> None:
    usual = History().had(9, 480, -40).has(400, -90)
    figures = usual.met("amount_unusual", move(-400), **UNUSUAL)
    assert figures["typical"] == "43.39"
    assert (figures["largest"], figures["payments"]) == ("90.00", 10)
    assert float(figures["deviations"]) >= 3
    assert usual.met("amount_unusual", move(-199.99), **UNUSUAL) is None
    assert History().had(9, 480, -40).met("amount_unusual", move(-400), **UNUSUAL) is None  # too young to say
    assert History().had(9, 480, -40).has(400, -201).met("amount_unusual", move(-400), **UNUSUAL) is None
    assert History().had(9, 100 * 24, -40).has(400, -90).met("amount_unusual", move(-400), **UNUSUAL) is None
    wide = History().had(5, 480, -1).had(5, 400, -900)
    assert wide.met("amount_unusual", move(-1800), **UNUSUAL) is None  # who pays all sizes may pay this one


def test_large_amounts_to_somebody_new() -> None:
    given = {"at_least_units": 100, "largest_percent": 100, "known_days": 3}
    assert History().met("new_counterparty", move(-100, "new"), **given) == {"amount": "100.00", "largest": "0.00"}
    assert History().met("new_counterparty", move(-99.99, "new"), **given) is None
    assert History().has(700, 1, "old").met("new_counterparty", move(-100, "old"), **given) is None
    assert History().has(700, -101).met("new_counterparty", move(-100, "new"), **given) is None
    assert History().has(700, -100).met("new_counterparty", move(-100, "new"), **given) is not None
    assert History().met("new_counterparty", move(100, "new"), **given) is None
    assert History().met("new_counterparty", move(-100, None), **given) is None  # cash has no counterparty


@pytest.mark.parametrize(
    ("hours_ago", "is_new"), [(0.1, True), (11, True), (60, True), (60.1, False), (24 * 400, False)]
)
def test_payee_is_new_for_days_whatever_it_was_paid_first(hours_ago: float, is_new: bool) -> None:
    """A day counts from midnight UTC: it is noon now, and three days began 60 hours ago."""
    given = {"at_least_units": 100, "largest_percent": 100, "known_days": 3}
    for amount in (-1, 1):
        paid_first = History().has(hours_ago, amount, "mule")
        for more in range(5):
            paid_first.has(0.1, amount * (more + 1), "mule")
        assert (paid_first.met("new_counterparty", move(-100, "mule"), **given) is not None) == is_new


STRUCTURED = {"reported_units": 1000, "below_percent": 10, "moves_count": 2, "within_hours": 48}


@pytest.mark.parametrize(
    ("before", "now", "is_met"),
    [
        (900, 999.99, True),
        (900, 1000, False),  # that one is reported
        (899.99, 950, False),
        (950, 899.99, False),
        (-950, 950, False),  # two directions are two stories
    ],
)
def test_amounts_just_below_a_report(before: float, now: float, is_met: bool) -> None:
    for sign in (1, -1):
        history = History().has(47, sign * before, None)
        assert (history.met("structuring", move(sign * now, None), **STRUCTURED) is not None) == is_met
    assert History().has(49, 950, None).met("structuring", move(950, None), **STRUCTURED) is None


TRIP = {"at_least_units": 500, "within_percent": 10, "within_hours": 24}


def test_money_that_goes_back_to_where_it_came_from() -> None:
    came = History().has(23, 1000, "mule")
    assert came.met("round_trip", move(-900, "mule"), **TRIP) == {"came": "1000.00", "went_back": "900.00", "hours": 24}
    assert came.met("round_trip", move(-899.99, "mule"), **TRIP) is None
    assert came.met("round_trip", move(-1100.01, "mule"), **TRIP) is None
    assert came.met("round_trip", move(-1000, "another"), **TRIP) is None
    assert came.has(1, -500, "mule").met("round_trip", move(-500, "mule"), **TRIP) is not None  # in two parts
    assert History().has(24, 1000, "mule").met("round_trip", move(-1000, "mule"), **TRIP) is None
    assert History().has(1, 499.99, "mule").met("round_trip", move(-499.99, "mule"), **TRIP) is None


DORMANT = {"quiet_days": 60, "awake_days": 3, "at_least_units": 100}


def test_dormant_accounts_that_wake() -> None:
    day = 24
    assert History().has(60 * day, -1).met("dormant_waking", move(-100), **DORMANT) == {
        "quiet_days": 60, "amount": "100.00",
    }  # fmt: skip
    assert History().has(59 * day, -1).met("dormant_waking", move(-100), **DORMANT) is None
    assert History().has(60 * day, -1).met("dormant_waking", move(-99.99), **DORMANT) is None
    assert History().met("dormant_waking", move(-100), **DORMANT) is None  # new is not dormant
    fed = History().has(200 * day, -1).has(2 * day, 5000)
    assert fed.met("dormant_waking", move(-100), **DORMANT) == {"quiet_days": 198, "amount": "100.00"}
    assert History().has(200 * day, -1).has(4 * day, 1).met("dormant_waking", move(-100), **DORMANT) is None
    at_home = History().has(200 * day, -1).has(30 * day, -1, None, is_own=True)
    assert at_home.met("dormant_waking", move(-100), **DORMANT) is None  # its customer was there


SPREAD = {"counterparties_count": 4, "within_hours": 24, "usual_percent": 200}


@pytest.mark.parametrize(("code", "sign"), [("many_to_one", 1), ("one_to_many", -1)])
def test_many_to_one_and_one_to_many(code: Code, sign: int) -> None:
    def met_by(history: History, parties: str, now: Move) -> Any:
        for party in parties:
            history.has(23, sign * 10, party)
        return history.met(code, now, **SPREAD)

    assert met_by(History(), "abc", move(sign * 10, "d")) == {"counterparties": 4, "hours": 24, "usual_in_day": 0}
    assert met_by(History(), "abcc", move(sign * 10, "a")) is None
    assert met_by(History(), "abc", move(-sign * 10, "d")) is None
    assert met_by(History().had(2, 100, sign * 10), "abc", move(sign * 10, "d")) is not None
    assert met_by(History().had(3, 100, sign * 10), "abc", move(sign * 10, "d")) is None  # a shop is paid by many
    assert met_by(History(), "abc", move(sign * 10, None)) is None


def assessed(thresholds: Thresholds, seq: int = 9) -> Assessment:
    """A large amount to somebody new, which is 20 points here, out of an account that has slept, which is 30."""
    slept = fold(Profile(), [move(-1, "shop", 1, NOW - 400 * DAY_SECONDS)])
    return assess(move(-5000, "new", seq), slept, thresholds)


def points(**given: Any) -> Thresholds:
    thresholds = STANDARD
    for code in CODES:
        rule = replace(STANDARD.rules[code], points=1, action="alert")
        thresholds = replace(thresholds, rules={**thresholds.rules, code: rule})
    weighed: dict[Code, int] = {"new_counterparty": 20, "dormant_waking": 30}
    for code, value in weighed.items():
        rule = replace(thresholds.rules[code], points=value, action=given.get(code, "alert"))
        thresholds = replace(thresholds, rules={**thresholds.rules, code: rule})
    return replace(thresholds, severities=given.get("severities", {"low": 20, "medium": 50, "high": 51}))


def test_points_add_up_to_a_score_and_a_severity() -> None:
    found = assessed(points())
    assert [(reason.code, reason.points) for reason in found.reasons] == [
        ("new_counterparty", 20),
        ("dormant_waking", 30),
    ]
    assert (found.score, found.severity, found.stop) == (50, "medium", None)
    assert assessed(points(severities={"low": 20, "medium": 30, "high": 50})).severity == "high"
    assert assessed(points(severities={"low": 51, "medium": 60, "high": 70})).severity is None
    assert found.reasons[0].to_json() == {
        "code": "new_counterparty", "points": 20, "figures": {"amount": "5000.00", "largest": "0.00"},
    }  # fmt: skip


def test_a_score_is_a_hundred_at_most() -> None:
    high = {code: replace(rule, points=80) for code, rule in STANDARD.rules.items()}
    assert assessed(replace(STANDARD, rules=high)).score == 100


def test_what_a_rule_leads_to() -> None:
    assert [reason.code for reason in assessed(points(dormant_waking="off")).reasons] == ["new_counterparty"]
    for rules, before, after in (
        ({"dormant_waking": "alert"}, ("medium", None), "medium"),
        ({"dormant_waking": "review"}, ("high", "review"), "high"),
        ({"dormant_waking": "decline"}, ("high", "decline"), "medium"),
        ({"dormant_waking": "decline", "new_counterparty": "review"}, ("high", "decline"), "high"),
    ):
        asked, posted = assessed(points(**rules), seq=0), assessed(points(**rules))
        assert (asked.severity, asked.stop) == before, rules
        assert (posted.score, posted.severity, posted.stop) == (50, after, None), rules


def test_amounts_are_weighed_by_currency() -> None:
    assert STANDARD.minor(100, "USD") == 10_000
    assert STANDARD.minor(100, "JPY") == 15_000
    assert STANDARD.minor(100, "BHD") == 100_000


def test_the_standard_is_within_its_bounds_and_survives_being_written() -> None:
    assert wrong(STANDARD) == []
    assert Thresholds.from_json(STANDARD.to_json()) == STANDARD
    assert set(PARAMETERS) == set(RULES) == set(CODES)
    assert STANDARD.stops_anything
    assert with_rule("dormant_waking", action="decline").stops_anything
    assert not with_rule("dormant_waking", action="alert").stops_anything


def test_thresholds_from_before_a_rule_leave_it_at_its_standard() -> None:
    told = STANDARD.to_json()
    del told["rules"]["one_to_many"], told["rules"]["structuring"]["moves_count"]
    assert Thresholds.from_json(told) == STANDARD


@pytest.mark.parametrize(("code", "name"), [(code, name) for code in CODES for name in PARAMETERS[code]])
def test_a_slip_is_refused(code: Code, name: str) -> None:
    bound = PARAMETERS[code][name]
    for value in (bound.least - 1, bound.most + 1):
        assert (f"rules.{code}.{name}", f"must be from {bound.least} to {bound.most}") in wrong(
            with_rule(code, **{name: value})
        )


def test_thresholds_that_contradict_each_other_are_refused() -> None:
    def fields(thresholds: Thresholds) -> list[str]:
        return [field for field, _ in wrong(thresholds)]

    assert fields(replace(STANDARD, severities={"low": 40, "medium": 40, "high": 70})) == ["severities"]
    assert fields(replace(STANDARD, severities={"low": 0, "medium": 40, "high": 101})) == [
        "severities.low", "severities.high",
    ]  # fmt: skip
    assert fields(with_rule("velocity_count", in_day_count=7)) == ["rules.velocity_count.in_day_count"]
    assert fields(with_rule("velocity_sum", in_day_units=2999)) == ["rules.velocity_sum.in_day_units"]
    assert fields(with_rule("velocity_sum", points=101)) == ["rules.velocity_sum.points"]
    assert fields(replace(STANDARD, unit_weights={"XXX": 1, "JPY": 0})) == ["unit_weights.XXX", "unit_weights.JPY"]


def test_every_code_and_setting_is_explained() -> None:
    told = (Path(__file__).parents[3] / "docs" / "risk.md").read_text()
    for code in CODES:
        [row] = [line for line in told.splitlines() if line.startswith(f"| `{code}` |")]
        cells = [cell.strip(" *") for cell in row.split("|")]
        assert cells[4:6] == [str(STANDARD.rules[code].points), STANDARD.rules[code].action], code
        assert all(bound.meaning for bound in PARAMETERS[code].values())
