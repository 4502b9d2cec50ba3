"""The risk rules: each looks at a movement and its account's profile, and returns the figures of a match.

Pure, and one by one: `docs/risk.md` says what each is for, and what it cannot see. The profile is that of before the
movement. Money in figures is text, in the currency of the movement.
"""

import math
from collections.abc import Callable, Mapping

from chalicelib.domain import money
from chalicelib.domain.risk.known_parties import is_known
from chalicelib.domain.risk.parameters import Code
from chalicelib.domain.risk.profile import DAY_SECONDS, HISTORY_DAYS, LOG_PARTS, Day, Move, Profile, Recent, logarithm
from chalicelib.domain.risk.thresholds import Setting

HOUR_SECONDS = 3600
DEVIATION_MIN = LOG_PARTS // 2
"""Half a factor of two: who always pays the same is not unusual for a few coins more."""

Figures = dict[str, int | str]


def velocity_count(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match many payments out in a short time."""
    if not _pays(move):
        return None
    in_hour = 1 + len(_out(profile.during(move, HOUR_SECONDS)))
    in_day = 1 + len(_out(profile.during(move, DAY_SECONDS)))
    usual = max((day.out_count for day in _before(move, profile)), default=0)
    busy = in_day * 100 >= setting["usual_percent"] * usual
    if in_hour >= setting["in_hour_count"] and busy:
        return {"count": in_hour, "hours": 1, "usual_in_day": usual}
    if in_day >= setting["in_day_count"] and busy:
        return {"count": in_day, "hours": 24, "usual_in_day": usual}
    return None


def velocity_sum(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match a large sum out in a short time, in several payments; one large payment is for `amount_unusual`."""
    if not _pays(move):
        return None
    usual = max((day.out_sum for day in _before(move, profile)), default=0)
    for hours, least in ((1, setting["in_hour_units"]), (24, setting["in_day_units"])):
        others = _out(profile.during(move, hours * HOUR_SECONDS))
        total = -move.amount - sum(one.amount for one in others)
        if others and total >= least and total * 100 >= setting["usual_percent"] * usual:
            return {
                "sum": money.text(total, move.currency),
                "hours": hours,
                "usual_in_day": money.text(usual, move.currency),
            }
    return None


def amount_unusual(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match an amount far above the account's usual payments of 90 days.

    Logarithms are compared, so that one large rent does not hide other large payments.
    """
    amount = -move.amount
    if not _pays(move) or amount < setting["at_least_units"]:
        return None
    days = list(_past(move, profile))
    count = sum(day.out_count for day in days)
    largest = max((day.out_largest for day in days), default=0)
    if count < setting["history_count"] or amount * 100 < setting["largest_percent"] * largest:
        return None
    mean = sum(day.out_logs for day in days) / count
    variance = max(0.0, sum(day.out_squares for day in days) / count - mean * mean)
    deviations = (logarithm(amount) - mean) / max(math.sqrt(variance), DEVIATION_MIN)
    if deviations * 10 < setting["deviations_tenths"]:
        return None
    return {
        "amount": money.text(amount, move.currency),
        "typical": money.text(round(2 ** (mean / LOG_PARTS)), move.currency),
        "largest": money.text(largest, move.currency),
        "deviations": f"{deviations:.1f}",
        "payments": count,
    }


def new_counterparty(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match a large amount to an account that this one has not dealt with, or only since some days ago."""
    amount = -move.amount
    if not _pays(move) or move.counterparty is None or amount < setting["at_least_units"]:
        return None
    if is_known(profile.known, move.counterparty, move.day, setting["known_days"]):
        return None
    largest = max((day.out_largest for day in _past(move, profile)), default=0)
    if amount * 100 < setting["largest_percent"] * largest:
        return None
    return {"amount": money.text(amount, move.currency), "largest": money.text(largest, move.currency)}


def structuring(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match several amounts just below the one that must be reported."""
    if not move.is_foreign:
        return None
    reported = setting["reported_units"]
    least = reported * (100 - setting["below_percent"]) // 100
    same_way = [one for one in profile.during(move, setting["within_hours"] * HOUR_SECONDS) if _alike(one, move)]
    amounts = [abs(move.amount), *(abs(one.amount) for one in same_way)]
    below = [amount for amount in amounts if least <= amount < reported]
    if not least <= abs(move.amount) < reported or len(below) < setting["moves_count"]:
        return None
    return {
        "count": len(below),
        "sum": money.text(sum(below), move.currency),
        "reported_from": money.text(reported, move.currency),
        "hours": setting["within_hours"],
    }


def round_trip(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match money that goes back to where it came from: about the same amount, soon."""
    if not _pays(move) or move.counterparty is None:
        return None
    seconds = setting["within_hours"] * HOUR_SECONDS
    others = [one for one in profile.during(move, seconds) if one.counterparty == move.counterparty]
    came = sum(one.amount for one in others if one.amount > 0)
    went = -move.amount - sum(one.amount for one in others if one.amount < 0)
    if came < setting["at_least_units"] or abs(went - came) * 100 > setting["within_percent"] * came:
        return None
    return {
        "came": money.text(came, move.currency),
        "went_back": money.text(went, move.currency),
        "hours": setting["within_hours"],
    }


def dormant_waking(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match money that leaves an account after months without movements, up to days after the first movement."""
    if not _pays(move) or -move.amount < setting["at_least_units"]:
        return None
    active = sorted(day for day in (*profile.days, profile.earlier_day) if day is not None and day <= move.day)
    since = move.day - setting["awake_days"]
    before = [day for day in active if day < since]
    woke = next((day for day in active if day >= since), move.day)
    if not before or woke - before[-1] < setting["quiet_days"]:
        return None
    return {"quiet_days": woke - before[-1], "amount": money.text(-move.amount, move.currency)}


def many_to_one(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match many payers, and more than on this account's busiest day."""
    if move.amount < 0:
        return None
    return _spread(move, profile, setting, max((day.in_count for day in _before(move, profile)), default=0))


def one_to_many(move: Move, profile: Profile, setting: Setting) -> Figures | None:
    """Match many payees, and more than on this account's busiest day."""
    if move.amount > 0:
        return None
    return _spread(move, profile, setting, max((day.out_count for day in _before(move, profile)), default=0))


RULES: Mapping[Code, Callable[[Move, Profile, Setting], Figures | None]] = {
    "velocity_count": velocity_count,
    "velocity_sum": velocity_sum,
    "amount_unusual": amount_unusual,
    "new_counterparty": new_counterparty,
    "structuring": structuring,
    "round_trip": round_trip,
    "dormant_waking": dormant_waking,
    "many_to_one": many_to_one,
    "one_to_many": one_to_many,
}


def _spread(move: Move, profile: Profile, setting: Setting, usual: int) -> Figures | None:
    if not move.is_foreign or move.counterparty is None:
        return None
    seconds = setting["within_hours"] * HOUR_SECONDS
    met = {one.counterparty for one in profile.during(move, seconds) if _alike(one, move)}
    count = len((met | {move.counterparty}) - {None})
    if count < setting["counterparties_count"] or count * 100 < setting["usual_percent"] * usual:
        return None
    return {"counterparties": count, "hours": setting["within_hours"], "usual_in_day": usual}


def _pays(move: Move) -> bool:
    return move.amount < 0 and move.is_foreign


def _out(moves: list[Recent]) -> list[Recent]:
    return [one for one in moves if one.amount < 0]


def _alike(one: Recent, move: Move) -> bool:
    return (one.amount < 0) == (move.amount < 0)


def _past(move: Move, profile: Profile) -> list[Day]:
    """Return the days that a movement is compared with: its own, and the days of a profile's length before it."""
    return [figures for day, figures in profile.days.items() if move.day - HISTORY_DAYS < day <= move.day]


def _before(move: Move, profile: Profile) -> list[Day]:
    """Return the days before the last 24 hours, in which the pattern that is being judged may have begun."""
    return [figures for day, figures in profile.days.items() if move.day - HISTORY_DAYS < day < move.day - 1]
