"""Stops a risky payment before it is posted, if the thresholds say so.

Transfers and withdrawals are screened, whoever makes them. The payment is refused, or waits for another person
(`services/payments/approvals.py`). The profiles are as old as the stream is behind, usually moments: faster payments
are not stopped, but raise alerts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from chalicelib import clock, config
from chalicelib.domain.errors import Refusal, RiskDeclined, Unavailable
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.risk import sides
from chalicelib.domain.risk.assessment import STOPS, Stop, assess
from chalicelib.domain.risk.profile import Move
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.risk import profile
from chalicelib.models.risk.profile import StoredProfile
from chalicelib.observability import count, logger
from chalicelib.services.risk import thresholds as risk_thresholds

DECLINED = (
    "This payment was stopped, and nothing was posted: it is too unlike what this account does. If it is meant, contact"
    " the bank."
)


@dataclass(frozen=True)
class Screening:
    """The verdict on a payment: `clear` to post, `review` by a person first, or `declined` with a refusal.

    `profiles` are those that were read for it, by account.
    """

    verdict: Literal["clear", "review", "declined"]
    refusal: Refusal | None = None
    profiles: Mapping[str, StoredProfile] = field(default_factory=dict)


def review_until() -> str:
    """Return until when a payment that is held from now on waits for a review."""
    return timestamp(clock.now() + timedelta(hours=config.risk_review_hours()))


def screen(movement: Movement, snapshot: Snapshot) -> Screening:
    """Judge a transfer or withdrawal before it is posted.

    Raises Unavailable when the risk cannot be judged, unless the bank's setting lets such payments pass.
    """
    try:
        profiles = _profiles(movement)
        stop = _stop(movement, snapshot, profiles)
    except Exception as error:  # whatever it is, the setting says whether payments wait for it
        count("RiskUnknown")
        logger.exception("risk could not be judged", transaction_id=movement.transaction_id)
        if config.risk_fails_open():
            return Screening("clear")
        detail = "This payment cannot be screened at the moment. Nothing was done; retry."
        raise Unavailable(detail, retry_after_seconds=5) from error
    if stop is None:
        return Screening("clear", profiles=profiles)
    count("RiskStopped", how=stop)
    if stop == "decline":
        return Screening("declined", RiskDeclined(DECLINED), profiles)
    return Screening("review", profiles=profiles)


def _profiles(movement: Movement) -> Mapping[str, StoredProfile]:
    """Read the profiles of the customers' accounts, if any rule can stop a payment."""
    if not risk_thresholds.current().thresholds.stops_anything:
        return {}
    account_ids = [leg.account_id for leg in movement.legs if not is_general_ledger(leg.account_id)]
    return profile.read(account_ids, consistent=False)


def _stop(movement: Movement, snapshot: Snapshot, profiles: Mapping[str, StoredProfile]) -> Stop | None:
    """Return the strongest of the sides' verdicts."""
    if not profiles:
        return None
    thresholds = risk_thresholds.current().thresholds
    moves = _moves(movement, snapshot)
    found = {assess(move, profiles[move.account_id].folded, thresholds).stop for move in moves}
    return next((stop for stop in STOPS if stop in found), None)


def _moves(movement: Movement, snapshot: Snapshot) -> list[Move]:
    """Return the customers' sides of the movement, as if it were posted now."""
    owners = {
        leg.account_id: str(snapshot.account(leg.account_id).customer_id)
        for leg in movement.legs
        if not is_general_ledger(leg.account_id)
    }
    legs = [(leg.account_id, leg.amount, sides.NOT_POSTED) for leg in movement.legs]
    told = (movement.transaction_id, movement.type, movement.currency)
    return sides.moves_of(told, legs, owners, int(clock.now().timestamp()))
