"""Judges posted transactions from the stream: raises alerts, then updates the profiles.

An account's alerts are put before its profile is. After a crash in between the same movements are judged by the same
profile again, and an alert is put once only, whoever puts it; what the profile has seen is not judged again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import RiskDeclined
from chalicelib.domain.permissions import system
from chalicelib.domain.risk import sides
from chalicelib.domain.risk.assessment import Assessment, assess
from chalicelib.domain.risk.profile import Move, Profile, fold
from chalicelib.domain.risk.thresholds import Thresholds
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.risk import profile as risk_profile
from chalicelib.models.risk.alert import RiskAlert, alert_id
from chalicelib.models.risk.profile import StoredProfile
from chalicelib.observability import count, logger
from chalicelib.services.risk import thresholds as risk_thresholds


@dataclass(frozen=True)
class Seen:
    """A movement, and the transaction that it is a side of."""

    move: Move
    transaction: Transaction
    customer_id: str


def is_stopped(transaction: Transaction) -> bool:
    """Return whether the transaction was declined for its risk, or is held for a review."""
    return _is_declined(transaction) or _is_held(transaction)


def watch(transactions: Iterable[Transaction]) -> None:
    """Judge what was posted, or stopped, in the order in which it is told; asked again, nothing changes."""
    by_account: dict[str, list[Seen]] = defaultdict(list)
    for transaction in transactions:
        for seen in _sides(transaction):
            by_account[seen.move.account_id].append(seen)
    thresholds = risk_thresholds.current().thresholds
    for account_id, stored in risk_profile.read(by_account, consistent=True).items():
        risk_profile.update(stored, partial(_judge, by_account[account_id], thresholds))


def judge_late(transaction: Transaction, before: Callable[[str, int], Profile]) -> None:
    """Raise the alerts of a posted transaction that nobody judged, by the profiles from before it.

    `before` returns the profile of an account before the entry with a number. Nothing is added to profiles.
    """
    thresholds = risk_thresholds.current().thresholds
    for seen in _sides(transaction):
        assessment = assess(seen.move, before(seen.move.account_id, seen.move.seq), thresholds)
        if assessment.severity:
            _raise_once(seen, assessment)


def _judge(seen: Sequence[Seen], thresholds: Thresholds, stored: StoredProfile) -> Profile:
    """Raise what alerts there are, and return the profile after all of it."""
    profile = stored.folded
    for one in seen:
        if one.move.seq and profile.has_seen(one.move.seq):
            continue
        assessment = assess(one.move, profile, thresholds)
        if assessment.severity or _was_stopped(one):
            _raise_once(one, assessment)
        if one.move.seq:
            profile = fold(profile, [one.move])
    return profile


def _was_stopped(seen: Seen) -> bool:
    """Return whether this is the paying side of a stopped transaction.

    The payer learns of it, so staff must, too, even if the profile shows no reason any more.
    """
    return is_stopped(seen.transaction) and seen.move.amount < 0


def _is_declined(transaction: Transaction) -> bool:
    return transaction.status == "failed" and transaction.failure["code"] == RiskDeclined.code


def _is_held(transaction: Transaction) -> bool:
    return transaction.status == "pending" and transaction.awaits == "risk_review"


def _raise_once(seen: Seen, assessment: Assessment) -> None:
    made = seen.transaction
    severity = assessment.severity or "high"
    raised_id = alert_id(made.id, seen.move.account_id, str(made.created_at))
    parties = (made.id, seen.move.account_id, seen.customer_id)
    alert = RiskAlert.of(raised_id, parties, assessment, severity)
    alert.is_declined, alert.is_held = _is_declined(made), _is_held(made)
    request_id = str(made.request_id)
    try:
        transact.commit(alert.put_new(system(request_id), timestamp(clock.now())), request_id)
    except transact.Cancelled:
        return  # it was raised before
    count("RiskAlerts", severity=severity)
    codes = [reason.code for reason in assessment.reasons]
    logger.warning("risk alert raised", alert_id=raised_id, transaction_id=made.id, severity=severity, codes=codes)


def moves(transaction: Transaction) -> list[Move]:
    """Return the transaction as a move of each customer's account that it touched."""
    return [seen.move for seen in _sides(transaction)]


def _sides(transaction: Transaction) -> list[Seen]:
    """Return the customers' sides; for a stopped transaction, as they would be."""
    owners = dict(transaction.sides())
    if transaction.entries:
        legs = [(entry["account_id"], entry["amount"], entry["seq"]) for entry in transaction.entries]
    else:
        legs = [(account_id, amount, sides.NOT_POSTED) for account_id, amount in transaction.legs]
    second = int(moment(transaction.posted_at or str(transaction.created_at)).timestamp())
    facts = (transaction.id, transaction.transaction_type, transaction.currency)
    return [Seen(move, transaction, owners[move.account_id]) for move in sides.moves_of(facts, legs, owners, second)]
