"""Fields that the bank writes once: whose a thing is, what it is about, and where money goes. Any other value is theft.

They are set when the item is made, or later where they had none. They are taken away for good, or never.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.audit.record import Record

FIXED: Mapping[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "account": "account_type currency customer_id account_number",
        "transaction": "transaction_type currency from_account_id to_account_id from_customer_id to_customer_id"
        " initiated_by reverses opens_account_id branch_id holder_id order_id uetr",
        "hold": "account_id transaction_id amount",
        "label": "account_id transaction_id",
        "holder": "account_id customer_id",
        "pin": "account_id",
        "customer": "user_id",
        "customer_accounts": "customer_id",
        "daily_spending": "customer_id user_id",
        "address": "customer_id",
        "user": "customer_id linked_customer_id",
        "session": "user_id",
        "factor": "user_id kind",
        "beneficiary": "customer_id account_id",
        "order": "kind customer_id from_account_id currency",
        "order_execution": "order_id customer_id date",
        "payment_file": "customer_id made_by",
        "payment_file_batch": "file_id customer_id number",
        "clearing_recall": "transaction_id customer_id account_id original_transaction_id amount currency",
        "clearing_incoming": "customer_id account_id",
        "ticket": "customer_id raised_by",
        "ticket_message": "ticket_id customer_id number side kind",
        "risk_alert": "transaction_id account_id customer_id",
        "webhook_endpoint": "scope customer_id signature",
        "statement": "account_id period",
    }.items()
}
"""By kind of item, of those whose values the audit has."""
HIDDEN_FIXED: Mapping[str, frozenset[str]] = {
    "beneficiary": frozenset({"account_number", "iban"}),
    "clearing_payment": frozenset({"to_iban", "to_name"}),
    "transaction": frozenset({"fingerprint"}),
}
"""Fields of which the audit has only that they changed. They may be taken away, as when their customer is erased."""
FORWARD: Mapping[str, str] = {"account": "interest_paid_through"}
"""A day (YYYY-MM-DD) that only a later one follows: with an earlier one, interest is credited twice."""
FINAL: Mapping[str, frozenset[str]] = {
    kind: frozenset(statuses.split())
    for kind, statuses in {
        "account": "closed",
        "approval": "executed failed rejected cancelled expired",
        "beneficiary": "withdrawn",
        "clearing_recall": "returned refused",
        "customer": "erased",
        "factor": "withdrawn",
        "mfa_challenge": "used",
        "order": "ended cancelled",
        "payee_verification": "used",
        "session": "ended",
        "transaction": "posted failed voided expired",
        "webhook_endpoint": "deleted",
    }.items()
}
"""Statuses after which no other comes."""

_NONE: frozenset[str] = frozenset()
_WATCHED: Mapping[str, frozenset[str]] = {
    kind: FIXED.get(kind, _NONE)
    | ({"status"} if kind in FINAL else _NONE)
    | frozenset(filter(None, [FORWARD.get(kind)]))
    for kind in FIXED.keys() | FINAL.keys() | FORWARD.keys()
}
"""What most changes do not touch, which is found out quickly: verification follows each record."""


@dataclass
class FixedFields:
    """The fixed fields of one item, followed through its records. `gone` were taken away, `touched` were changed."""

    gone: frozenset[str] = _NONE
    touched: frozenset[str] = _NONE

    def follow(self, record: Record) -> str | None:
        """Take the next record, and return a field to which it gives another value; None without one."""
        if record.version == 1:
            return None
        kind, before, after = record.kind, record.before, record.after
        if _WATCHED.get(kind, _NONE).isdisjoint(before) and not self.gone and not record.changed:
            return None
        if hidden := HIDDEN_FIXED.get(kind):
            self.touched |= hidden.intersection(record.changed)
        had = FIXED.get(kind, _NONE) & before.keys()
        again = (had | self.gone) & after.keys()
        self.gone |= had
        if again:
            return min(again)
        if before.get("status") in FINAL.get(kind, _NONE):
            return "status"
        day = FORWARD.get(kind, "")
        return day if day in before and str(after.get(day, "")) < before[day] else None

    def find_in(self, image: Mapping[str, object]) -> str | None:
        """Return a hidden field that an item has, although it was changed after the item was made; None without one."""
        return min(self.touched & image.keys(), default=None) if self.touched else None
