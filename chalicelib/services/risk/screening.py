"""Stops a risky transfer before it is posted, if the thresholds say so.

The transfer is refused, or waits for a person (`services/payments/approvals.py`). The profiles are as old as the stream
is behind, usually moments: faster payments are not stopped, but raise alerts.
"""

from dataclasses import dataclass
from typing import Literal

from chalicelib import clock, config
from chalicelib.domain.errors import Refusal, RiskDeclined, Unavailable
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk.assessment import STOPS, Stop, assess
from chalicelib.domain.risk.profile import Move, token
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.risk import profile
from chalicelib.observability import count, logger
from chalicelib.services.risk import thresholds as risk_thresholds

DECLINED = (
    "This payment was stopped, and nothing was posted: it is too unlike what this account does. If it is meant, ask the"
    " bank: its staff can make it for you."
)


@dataclass(frozen=True)
class Screening:
    """The verdict on a transfer: `clear` to post, `review` by a person first, or `declined` with a refusal."""

    verdict: Literal["clear", "review", "declined"]
    refusal: Refusal | None = None


def screen(caller: Caller, movement: Movement, snapshot: Snapshot) -> Screening:
    """Judge a transfer before it is posted. Staff see whom they pay for: they are alerted, not stopped.

    Raises Unavailable when the risk cannot be judged, unless the bank's setting lets such payments pass.
    """
    if caller.is_staff:
        return Screening("clear")
    try:
        stop = _stop(movement, snapshot)
    except Exception as error:  # whatever it is, the setting says whether payments wait for it
        count("RiskUnknown")
        logger.exception("risk could not be judged", transaction_id=movement.transaction_id)
        if config.risk_fails_open():
            return Screening("clear")
        detail = "This payment cannot be screened at the moment. Nothing was done; retry."
        raise Unavailable(detail, retry_after_seconds=5) from error
    if stop is None:
        return Screening("clear")
    count("RiskStopped", how=stop)
    return Screening("declined", RiskDeclined(DECLINED)) if stop == "decline" else Screening("review")


def _stop(movement: Movement, snapshot: Snapshot) -> Stop | None:
    """Return the stronger of the two sides' verdicts."""
    thresholds = risk_thresholds.current().thresholds
    if not thresholds.stops_anything:
        return None
    moves = _moves(movement, snapshot)
    profiles = profile.read([move.account_id for move in moves], consistent=False)
    found = {assess(move, profiles[move.account_id].folded, thresholds).stop for move in moves}
    return next((stop for stop in STOPS if stop in found), None)


def _moves(movement: Movement, snapshot: Snapshot) -> list[Move]:
    """Return both sides of the transfer, as if it were posted now."""
    payer, payee = (snapshot.account(leg.account_id) for leg in sorted(movement.legs, key=lambda leg: leg.amount))
    is_own = payer.customer_id == payee.customer_id
    second = int(clock.now().timestamp())
    return [
        Move(
            account_id=account.id,
            transaction_id=movement.transaction_id,
            seq=0,
            amount=amount,
            currency=movement.currency,
            second=second,
            kind="transfer",
            counterparty=None if is_own else token(account.id, other.id),
            is_own=is_own,
        )
        for account, other, amount in ((payer, payee, -movement.amount), (payee, payer, movement.amount))
    ]
