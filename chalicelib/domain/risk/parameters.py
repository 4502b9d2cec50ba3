"""What may be set of the rules of risk: one table, with bounds, and what holds until somebody sets it.

All are whole numbers. Amounts are `_units`: whole units of money, of a currency as `unit_weights` weighs it.
"""

from typing import Literal, NamedTuple, get_args

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
"""`alert`: its points count, and nothing is stopped. A customer's transfer is held until a manager approves it
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
