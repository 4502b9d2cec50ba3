"""Takes the gauges: what waits, what is held, and how far consumers of the stream are behind.

They are stored, because reading them takes many queries. Whoever shows them reads one item.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws, clock, resources
from chalicelib.domain.clearing.states import State
from chalicelib.domain.time import moment
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.everything import gauges as model
from chalicelib.models.everything.gauges import COUNTED_MAX, Gauges
from chalicelib.models.interest.run import InterestRun
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.run import OrderRun
from chalicelib.models.paging import Paging
from chalicelib.models.scheduled_runs.run import Run
from chalicelib.models.statements.run import StatementRun
from chalicelib.models.verification.digest import DigestItem
from chalicelib.observability import logger
from chalicelib.services.reports import rollups

Figures = dict[str, Any]
RUNS: dict[str, type[Run]] = {"interest": InterestRun, "statements": StatementRun, "standing_orders": OrderRun}
BEFORE_ALL = "0"
CONFLICTS_WITHIN = timedelta(minutes=5)
OPEN_PAYMENTS: tuple[State, ...] = ("queued", "submitted")


def take() -> Figures:
    """Take the gauges and store them in place of the last ones; return them."""
    now = clock.now()
    figures = {
        **_pending_money(),
        **_approvals(),
        **_payments(),
        **_deliveries(now),
        "set_aside": model.set_aside_counts(),
        "dead_letters": _dead_letters(),
        "unsealed_oldest_at": _oldest_unsealed(now),
        "lag_seconds": _lags(now),
        **_conflicts(now),
        "runs": {name: latest for name, kind in RUNS.items() if (latest := _latest(kind))},
    }
    Gauges.store(figures, now)
    logger.info("gauges taken", lag_seconds=figures["lag_seconds"])
    return figures


def _pending_money() -> Figures:
    """Return the pending transactions by type and currency, what is held by currency, and the oldest one's moment."""
    held, amounts = Counter[str](), Counter[str]()
    pending: dict[str, Transaction] = {}
    for hold, transaction in model.waiting_holds():
        if transaction is not None:
            held[transaction.currency] += hold.amount
            pending[transaction.id] = transaction
    for one in pending.values():
        amounts[f"{one.transaction_type}.{one.currency}"] += one.amount
    return {
        "held": held,
        "pending": Counter(f"{one.transaction_type}.{one.currency}" for one in pending.values()),
        "pending_amounts": amounts,
        "pending_oldest_at": min((str(one.created_at) for one in pending.values()), default=None),
    }


def _approvals() -> Figures:
    requested = model.approval_moments()
    return {"approvals": len(requested), "approvals_oldest_at": requested[0] if requested else None}


def _payments() -> Figures:
    """Return the payments to other banks that are under way, since when the oldest one waits for an answer, and when
    the first one is to be sent."""
    places = {state: model.payments_by_rail(state) for state in OPEN_PAYMENTS}
    submitted = [one.key for listed in places["submitted"].values() for one in listed][:COUNTED_MAX]
    since = (one.last_on_trace("submitted") or str(one.updated_at) for one in get_all(ClearingPayment, submitted))
    return {
        "payments": {f"{state}.{rail}": len(found) for state, rails in places.items() for rail, found in rails.items()},
        "queued_first_due_at": min((one.due_at for found in places["queued"].values() for one in found), default=None),
        "submitted_oldest_at": min(since, default=None),
    }


def _deliveries(now: datetime) -> Figures:
    """Return how many deliveries wait, are due and have failed at least once, and since when the oldest one is due."""
    counts, due = Counter[str](), list[str]()
    for one in model.pending_deliveries():
        counts["pending"] += 1
        counts["failing"] += one.attempt_count > 0
        if one.due_at and moment(one.due_at) <= now:
            due.append(one.due_at)
    return {"deliveries": {**counts, "due": len(due)}, "deliveries_oldest_due_at": min(due, default=None)}


def _lags(now: datetime) -> dict[str, float]:
    """Return by how many seconds consumers are behind: the age of the oldest probe that they have not handled."""
    moments = model.probe_moments(now)
    probed = model.read_probes(moments)
    behind = {"audit_trail": model.find_unaudited(probed), "events": rollups.find_uncounted(probed)}
    return {consumer: _oldest(now, (moments[one] for one in ids)) for consumer, ids in behind.items()}


def _oldest(now: datetime, moments: Iterable[str]) -> float:
    return max(((now - moment(at)).total_seconds() for at in moments), default=0.0)


def _oldest_unsealed(now: datetime) -> str | None:
    """Return when the first transaction after the last digest was listed, or None: a quiet bank seals once a day."""
    last = DigestItem.latest()
    return model.first_transaction_after(last.digest.sealed_to if last else BEFORE_ALL, now)


def _conflicts(now: datetime) -> Figures:
    """Return how many posts met another one in the last minutes. Empty where CloudWatch does not say."""
    asked = {
        "Namespace": "Florin",
        "MetricName": "PostConflicts",
        "Dimensions": [{"Name": "service", "Value": "florin"}],
        "StartTime": now - CONFLICTS_WITHIN,
        "EndTime": now,
        "Period": int(CONFLICTS_WITHIN.total_seconds()),
        "Statistics": ["Sum"],
    }
    try:
        points = aws.client("cloudwatch").get_metric_statistics(**asked)["Datapoints"]
    except (BotoCoreError, ClientError):
        logger.warning("conflicts could not be read")
        return {}
    return {"conflicts": int(sum(point["Sum"] for point in points))}


def _dead_letters() -> dict[str, int]:
    """Return how many messages each queue of dead letters has."""
    counts = {}
    for name, url in resources.dead_letter_queues().items():
        asked = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
        counts[name] = int(aws.client("sqs").get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessages"])
    return counts


def _latest(kind: type[Run]) -> Figures | None:
    """Return what is shown of the latest run of a kind, or None if there was none."""
    runs = kind.page_of_all(Paging(1, None)).items
    if not runs:
        return None
    run = runs[0]
    return {
        "period": run.period,
        "status": run.status,
        "failed": run.tally().failed,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
    }
