"""Alerts of risk, as staff see and settle them."""

from dataclasses import dataclass
from functools import partial

from chalicelib import aws, clock
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk.parameters import Severity
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging
from chalicelib.models.risk.alert import Outcome, RiskAlert, Status
from chalicelib.services import conflicts, idempotency
from chalicelib.services.accounts import accounts


@dataclass(frozen=True)
class AlertFilter:
    """Which alerts are wanted, all of these."""

    severity: Severity | None = None
    status: Status | None = None
    account_id: str | None = None
    customer_id: str | None = None


def page(caller: Caller, asked: AlertFilter, paging: Paging) -> Page[RiskAlert]:
    """List alerts with one query of the most selective list, and filter its page by the other criteria.

    Alerts about the caller are left out (`conflicts.without_own`), and others fill their places.

    An account's alerts are found among its customer's, so the account is read first. Raises NotFound for an unknown
    account.
    """
    customer_id = asked.customer_id
    if asked.account_id is not None:
        owner_id = accounts.get(caller, asked.account_id).customer_id
        if customer_id not in (None, owner_id):
            raise NotFound(f"This customer has no account {asked.account_id}.")
        customer_id = owner_id
    listed = partial(_page, asked, customer_id)
    found = conflicts.fill_page(paging, listed, partial(conflicts.without_own, caller))
    return Page([alert for alert in found.items if _is_wanted(alert, asked)], found.next_cursor)


def get(caller: Caller, alert_id: str) -> RiskAlert:
    """Read an alert. Raises NotFound, also for one about the caller."""
    alert = RiskAlert.by_id(alert_id) if ids.is_id("alr", alert_id) else None
    if alert is None or not conflicts.without_own(caller, [alert]):
        raise errors.unknown("alert", alert_id)
    return alert


def settle(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    alert_id: str,
    outcome: Outcome,
    note: str,
    matching: IfMatch = ANY_VERSION,
) -> tuple[RiskAlert, bool]:
    """Settle an alert for good, and return whether an earlier request under the same key had done it.

    Raises Conflict if it is settled, or when `matching` (If-Match) is outdated, and ConflictOfInterest for who made the
    payment that raised it.
    """
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return get(caller, earlier), True
    alert = get(caller, alert_id)
    if alert.status != "open":
        raise _second_settlement(alert)
    matching.require(alert.version)
    _require_other_maker(caller, alert)
    action = alert.settle(outcome, note, caller, timestamp(clock.now()))
    try:
        settled_id, replayed = idempotency.commit_once(
            caller, idempotency_key, alert.id, [action], timestamp(clock.now())
        )
    except transact.Cancelled:
        raise _second_settlement(get(caller, alert_id)) from None
    with aws.unknown_outcome_on_error():
        return get(caller, settled_id), replayed


def _require_other_maker(caller: Caller, alert: RiskAlert) -> None:
    """Raise ConflictOfInterest for the user who made the payment that raised the alert."""
    made = Transaction.by_id(alert.transaction_id)
    if made:
        conflict_of_interest.require_other_maker(caller, made.initiated_by, conflict_of_interest.OWN_ALERT)


def _second_settlement(alert: RiskAlert) -> Conflict:
    return Conflict(f"The alert was {alert.status} at {alert.settled_at}. An alert can be settled once.")


def _page(asked: AlertFilter, customer_id: str | None, paging: Paging) -> Page[RiskAlert]:
    """Return a page of the shortest list that has what is asked for."""
    if customer_id is not None:
        return RiskAlert.page_of_customer(customer_id, paging)
    if asked.status is not None:
        return RiskAlert.page_with_status(asked.status, paging)
    return RiskAlert.page_with_severity(asked.severity, paging) if asked.severity else RiskAlert.page_of_all(paging)


def _is_wanted(alert: RiskAlert, asked: AlertFilter) -> bool:
    """Return whether the alert itself matches the filter, because an index may be a moment behind."""
    return (
        asked.severity in (None, alert.severity)
        and asked.status in (None, alert.status)
        and asked.account_id in (None, alert.account_id)
    )
