"""Alerts of risk: one for a transaction and an account, raised once and settled once.

An alert is listed by its status, which changes, and under its customer; an item beside it, which never changes, lists
it among all and by its severity.
"""

import hashlib
from typing import Literal

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain import ids
from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk.assessment import Assessment
from chalicelib.domain.risk.parameters import Severity
from chalicelib.domain.time import moment
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys

Outcome = Literal["confirmed", "dismissed"]
Status = Literal["open", Outcome]
ALERT = "ALERT"
LISTED = "ALERT#"
"""Begins sort keys in a customer's list of alerts."""
ALL_ALERTS = "ALERTS"
"""The index partition in which all alerts are listed."""


def _with_status(status: Status) -> str:
    return f"ALERTS#{status}"


def _with_severity(severity: Severity) -> str:
    return f"ALERTS#{severity}"


def alert_id(transaction_id: str, account_id: str, happened_at: str) -> str:
    """Return the id of the alert for an account's side of a transaction: always the same, so it is raised once."""
    digest = hashlib.sha256(f"{transaction_id}\n{account_id}".encode()).digest()
    return ids.id_of("alr", moment(happened_at), int.from_bytes(digest[:10], "big"))


class RiskAlert(BankItem, discriminator="risk_alert"):
    """`reasons` are codes with points and figures; for them the transaction was refused before it was posted
    (`is_declined`), or held for a review (`is_held`)."""

    id = UnicodeAttribute()
    transaction_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    severity = ChoiceAttribute[Severity]()
    score = IntegerAttribute()
    reasons = CompactJSONAttribute()
    is_declined = BooleanAttribute(default=False)
    is_held = BooleanAttribute(default=False)
    status = ChoiceAttribute[Status](default="open")
    note = UnicodeAttribute(null=True)
    settled_at = UnicodeAttribute(null=True)
    settled_by = UnicodeAttribute(null=True)

    @staticmethod
    def key(alert_id: str) -> tuple[str, str]:
        return f"ALERT#{alert_id}", ALERT

    @classmethod
    def by_id(cls, alert_id: str) -> "RiskAlert | None":
        return cls.find(*cls.key(alert_id))

    @classmethod
    def page_of_customer(cls, customer_id: str, paging: Paging) -> Page["RiskAlert"]:
        """Return a page of a customer's alerts, newest first."""
        return cls._page(keys.customer(customer_id), paging, "gsi2", cls.gsi2sk.startswith(LISTED))

    @classmethod
    def has_open_of_customer(cls, customer_id: str) -> bool:
        """Return whether an alert of a customer is open: one query, and one read for each hundred alerts.

        The index may be a moment behind.
        """
        pages = walk_keys(keys.customer(customer_id), "gsi2", cls.gsi2sk.startswith(LISTED))
        found = (get_all(cls, [(pk, ALERT) for pk, _ in page]) for page in pages)
        return any(alert.status == "open" for alerts in found for alert in alerts)

    @classmethod
    def page_with_status(cls, status: Status, paging: Paging) -> Page["RiskAlert"]:
        """Return a page of the alerts with a status, newest first."""
        return cls._page(_with_status(status), paging, "gsi1")

    @classmethod
    def page_with_severity(cls, severity: Severity, paging: Paging) -> Page["RiskAlert"]:
        """Return a page of the alerts of a severity, newest first."""
        return cls._page(_with_severity(severity), paging, "gsi2")

    @classmethod
    def page_of_all(cls, paging: Paging) -> Page["RiskAlert"]:
        """Return a page of all alerts, newest first."""
        return cls._page(ALL_ALERTS, paging, "gsi1")

    @classmethod
    def _page(cls, partition: str, paging: Paging, index: str, within: Condition | None = None) -> Page["RiskAlert"]:
        return query_listed(cls, partition, paging, index=index, between=within, key=lambda row: (row.pk, ALERT))

    @classmethod
    def of(
        cls,
        alert_id: str,
        sides: tuple[str, str, str],
        assessment: Assessment,
        severity: Severity,
    ) -> "RiskAlert":
        """Return a new alert. `sides` are the transaction, the account and its customer."""
        transaction_id, account_id, customer_id = sides
        return cls(
            *cls.key(alert_id),
            id=alert_id,
            transaction_id=transaction_id,
            account_id=account_id,
            customer_id=customer_id,
            severity=severity,
            score=assessment.score,
            reasons=[reason.to_json() for reason in assessment.reasons],
        )

    def put_new(self, caller: Caller, at: str) -> list[Action]:
        """Return the actions that raise the alert, unless it exists."""
        self.gsi1pk, self.gsi1sk = _with_status("open"), at
        self.gsi2pk, self.gsi2sk = keys.customer(self.customer_id), f"{LISTED}{at}"
        listing = RiskAlertListing(self.pk, "LISTING", severity=self.severity)
        listing.gsi1pk, listing.gsi1sk = ALL_ALERTS, at
        listing.gsi2pk, listing.gsi2sk = _with_severity(self.severity), at
        return [self.stamp(caller, at).put_if_absent(), listing.stamp(caller, at).put_if_absent()]

    def settle(self, outcome: Outcome, note: str, caller: Caller, at: str) -> Action:
        """Return the action that settles the alert, if it is as it was read."""
        changes = [
            RiskAlert.status.set(outcome),
            RiskAlert.note.set(note),
            RiskAlert.settled_at.set(at),
            RiskAlert.settled_by.set(caller.user_id),
            RiskAlert.gsi1pk.set(_with_status(outcome)),
        ]
        return self.update_if(RiskAlert.version == self.version, changes, caller, at)


class RiskAlertListing(BankItem, discriminator="risk_alert_listing"):
    """Lists an alert among all, and by its severity."""

    severity = ChoiceAttribute[Severity]()
