"""Stops a risky payment before it is posted, if the thresholds say so.

Transfers and withdrawals are screened, whoever makes them. The payment is refused, or waits for another person
(`services/payments/approvals.py`). The profiles are as old as the stream is behind, usually moments: faster payments
are not stopped, but raise alerts.
"""

from collections.abc import Iterable, Mapping
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
from chalicelib.models.batch import Wanted
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.risk import profile
from chalicelib.models.risk.profile import StoredProfile
from chalicelib.observability import count, logger
from chalicelib.services.risk import thresholds as risk_thresholds

DECLINED = (
    "This payment was stopped, and nothing was posted: it is too unlike what this account does. If it is meant, contact"
    " the bank."
)


Profiles = Mapping[str, StoredProfile]
"""By account."""


@dataclass(frozen=True)
class Screening:
    """The verdict on a payment: `clear` to post, `review` by a person first, or `declined` with a refusal.

    `profiles` are those that were read for it, by account.
    """

    verdict: Literal["clear", "review", "declined"]
    refusal: Refusal | None = None
    profiles: Profiles = field(default_factory=dict)


def review_until() -> str:
    """Return until when a payment that is held from now on waits for a review."""
    return timestamp(clock.now() + timedelta(hours=config.risk_review_hours()))


def screen(movement: Movement, snapshot: Snapshot, known: Profiles | None = None) -> Screening:
    """Judge a transfer or withdrawal before it is posted, by profiles that are `known`, were read with the accounts, or
    are read now.

    Raises Unavailable when the risk cannot be judged, unless the bank's setting lets such payments pass.
    """
    try:
        profiles = _profiles(movement, snapshot, known)
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


def request_profiles(account_ids: Iterable[str]) -> tuple[Wanted, ...]:
    """Return the profiles that the screening of a movement needs, to be read with its accounts.

    None if no rule can stop a payment, or the thresholds cannot be read: the screening says what that means.
    """
    try:
        is_needed = stops_anything()
    except Exception:  # noqa: BLE001 — whatever it is, the screening meets it, too
        return ()
    customers = [name for name in account_ids if not is_general_ledger(name)]
    return (profile.request_of(customers),) if is_needed else ()


def stops_anything() -> bool:
    """Return whether any rule can stop a payment."""
    return risk_thresholds.current().thresholds.stops_anything


def _profiles(movement: Movement, snapshot: Snapshot, known: Profiles | None) -> Profiles:
    """Return the profiles of the customers' accounts, if any rule can stop a payment."""
    if not stops_anything():
        return {}
    if known is not None:
        return known
    if profile.TABLE in snapshot.beside:
        return profile.pick_from(snapshot.beside, [leg.account_id for leg in movement.legs])
    account_ids = [leg.account_id for leg in movement.legs if not is_general_ledger(leg.account_id)]
    return profile.read(account_ids, consistent=False)


def _stop(movement: Movement, snapshot: Snapshot, profiles: Profiles) -> Stop | None:
    """Return the strongest of the sides' verdicts."""
    if not profiles:
        return None
    thresholds = risk_thresholds.current().thresholds
    moves = moves_of(movement, snapshot)
    found = {assess(move, profiles[move.account_id].folded, thresholds).stop for move in moves}
    return next((stop for stop in STOPS if stop in found), None)


def moves_of(movement: Movement, snapshot: Snapshot, numbers: Mapping[str, int] | None = None) -> list[Move]:
    """Return the customers' sides of the movement, as if it were posted now; `numbers` are those of its entries."""
    owners = {
        leg.account_id: str(snapshot.account(leg.account_id).customer_id)
        for leg in movement.legs
        if not is_general_ledger(leg.account_id)
    }
    number_of = dict(numbers or {})
    legs = [(leg.account_id, leg.amount, number_of.get(leg.account_id, sides.NOT_POSTED)) for leg in movement.legs]
    told = (movement.transaction_id, movement.type, movement.currency)
    return sides.moves_of(told, legs, owners, int(clock.now().timestamp()))
