"""The parameters of the risk rules: one table with bounds and defaults.

All are whole numbers. Amounts are `_units`: whole units of money, of a currency as `unit_weights` weighs it.
"""

from typing import Literal, NamedTuple, get_args

from chalicelib.domain.risk.known_parties import AGE_DAYS_MAX

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
"""`alert`: its points count, and nothing is stopped. A transfer or withdrawal is held until a manager approves it
(`review`), or refused (`decline`), before it is posted; either is told at once, with severity high."""

Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

SCORE_MAX = 100


class Bound(NamedTuple):
    """The bounds of a parameter: its default, its minimum and maximum, and its meaning."""

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
STANDARD_ACTIONS: dict[Code, Action] = {"dormant_waking": "review"}
"""All others only alert."""

PARAMETERS: dict[Code, dict[str, Bound]] = {
    "velocity_count": {
        "in_hour_count": Bound(8, 2, 60, "Minimum number of payments out within an hour, including this one"),
        "in_day_count": Bound(15, 2, 60, "Minimum number of payments out within 24 hours, including this one"),
        "usual_percent": Bound(150, 100, 10_000, "Minimum in percent of the busiest day of the profile"),
    },
    "velocity_sum": {
        "in_hour_units": Bound(3_000, 1, UNITS_MAX, "Minimum sum paid out within an hour, by two payments or more"),
        "in_day_units": Bound(5_000, 1, UNITS_MAX, "Minimum sum paid out within 24 hours, by two payments or more"),
        "usual_percent": Bound(200, 100, 10_000, "Minimum in percent of the day with the largest sum in the profile"),
    },
    "amount_unusual": {
        "history_count": Bound(
            10, 5, 1_000, "Minimum number of payments out in the profile; with fewer the rule does not apply"
        ),
        "deviations_tenths": Bound(
            22, 10, 200, "Minimum distance from the mean of logarithms, in tenths of a standard deviation"
        ),
        "largest_percent": Bound(150, 100, 10_000, "Minimum in percent of the largest payment of the profile"),
        "at_least_units": Bound(500, 1, UNITS_MAX, "Minimum amount; smaller payments are never unusual"),
    },
    "new_counterparty": {
        "at_least_units": Bound(1_500, 1, UNITS_MAX, "Minimum amount"),
        "largest_percent": Bound(100, 0, 10_000, "Minimum in percent of the largest payment of the profile"),
        "known_days": Bound(
            3, 1, AGE_DAYS_MAX, "For how many days an account must have been dealt with to be new no longer (UTC days)"
        ),
    },
    "structuring": {
        "reported_units": Bound(10_000, 100, UNITS_MAX, "The amount from which payments must be reported"),
        "below_percent": Bound(15, 1, 50, "How far below, in percent, an amount counts as just below"),
        "moves_count": Bound(2, 2, 20, "Minimum number of such amounts in one direction, including this one"),
        "within_hours": Bound(96, 1, 168, "The period, in hours"),
    },
    "round_trip": {
        "at_least_units": Bound(500, 1, UNITS_MAX, "Minimum sum received from the counterparty"),
        "within_percent": Bound(10, 0, 50, "How far, in percent, the sum returned may differ from the sum received"),
        "within_hours": Bound(72, 1, 168, "The period, in hours"),
    },
    "dormant_waking": {
        "quiet_days": Bound(120, 30, 3_650, "Minimum number of days without a movement"),
        "awake_days": Bound(7, 1, 60, "For how many days after the first movement the rule applies"),
        "at_least_units": Bound(500, 1, UNITS_MAX, "Minimum amount; smaller payments do not match"),
    },
    "many_to_one": {
        "counterparties_count": Bound(
            6, 3, 60, "Minimum number of different payers within `within_hours`, including this one"
        ),
        "within_hours": Bound(24, 1, 168, "The period, in hours"),
        "usual_percent": Bound(
            200, 100, 10_000, "Minimum in percent of the receipts of the busiest day of the profile"
        ),
    },
    "one_to_many": {
        "counterparties_count": Bound(
            7, 3, 60, "Minimum number of different payees within `within_hours`, including this one"
        ),
        "within_hours": Bound(24, 1, 168, "The period, in hours"),
        "usual_percent": Bound(
            200, 100, 10_000, "Minimum in percent of the payments of the busiest day of the profile"
        ),
    },
}
SEVERITY_POINTS: dict[Severity, int] = {"low": 20, "medium": 40, "high": 60}
WEIGHT_MAX = 100_000
