"""Approvals: requests that wait for a second person, their decisions, and their outcome."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain import ids
from chalicelib.domain.approvals.action import ACTIONS, ActionName
from chalicelib.domain.approvals.decision import OPEN, Decision, Question, Status
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys

LISTED = "APPROVAL#"
"""Begins sort keys in the list of what a user has asked for."""


class Approval(BankItem, discriminator="approval"):
    """A request with everything that its execution needs, and the policy in force when it was made.

    `payload_sha256` is the hash of action, resource, version and payload, also of its `sealed` part, which is removed
    when the approval has ended. `maker` is the caller who made it. `parties` are the customers and users concerned,
    `notes` what the deciders wrote, by user. `amount` in minor units; `decide_until` is a timestamp in UTC.
    """

    id = UnicodeAttribute()
    action = ChoiceAttribute[ActionName]()
    resource_id = UnicodeAttribute(null=True)
    resource_version = UnicodeAttribute(null=True)
    payload = CompactJSONAttribute()
    sealed = CompactJSONAttribute(null=True)
    payload_sha256 = UnicodeAttribute()
    summary = UnicodeAttribute()
    amount = IntegerAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    parties = CompactJSONAttribute()
    maker = CompactJSONAttribute()
    requested_by = UnicodeAttribute()
    reasons = CompactJSONAttribute()
    policy = CompactJSONAttribute()
    required = IntegerAttribute(default=1)
    roles = CompactJSONAttribute()
    decisions = CompactJSONAttribute()
    notes = CompactJSONAttribute(null=True)
    decide_until = UnicodeAttribute()
    status = ChoiceAttribute[Status](default="requested")
    failure = CompactJSONAttribute(null=True)

    @staticmethod
    def key(approval_id: str) -> tuple[str, str]:
        return f"APPROVAL#{approval_id}", "APPROVAL"

    @classmethod
    def by_id(cls, approval_id: str) -> "Approval | None":
        return cls.find(*cls.key(approval_id))

    @staticmethod
    def key_of_transaction(transaction_id: str) -> tuple[str, str]:
        """Return the key of the approval that a pending transaction waits for."""
        return Approval.key(ids.with_prefix("apr", transaction_id))

    @property
    def transaction_id(self) -> str | None:
        """Return the id of the pending transaction that waits for it; None of an action that moves no money."""
        return ids.with_prefix("txn", self.id) if ACTIONS[self.action].executor is None else None

    @classmethod
    def new(cls, approval_id: str, caller: Caller, at: str, **fields: Any) -> "Approval":
        """Return a signed new approval, listed under its status and under its maker."""
        made = cls(
            *cls.key(approval_id),
            id=approval_id,
            # An older version knows no trace, so there is one only where the client named it.
            maker={name: value for name, value in asdict(caller).items() if name != "traceparent" or value},
            requested_by=caller.user_id,
            decisions=[],
            gsi1pk=approval_list("requested"),
            gsi1sk=at,
            gsi2pk=keys.user(caller.user_id),
            gsi2sk=f"{LISTED}{at}",
            **fields,
        )
        return made.stamp(caller, at)

    @property
    def decided_id(self) -> str:
        """Return what the key of a decision leads to; that of the request itself leads to its id."""
        return f"{self.id}/decision"

    def question(self) -> Question:
        """Return what decisions about it are asked against."""
        decisions = [Decision(**one) for one in self.decisions]
        return Question(self.requested_by, frozenset(self.parties), tuple(self.roles), self.required, decisions)

    def is_overdue(self, at: str) -> bool:
        """Return whether it may not be decided any more at a moment (UTC)."""
        return at >= self.decide_until

    def step(self, values: dict[str, Any], caller: Caller, at: str) -> Action:
        """Set fields by name, if the approval is still just as it was read; its list follows a new status."""
        if "status" in values:
            values = {**values, "gsi1pk": approval_list(values["status"])}
        if values.get("status") not in (None, *OPEN):
            values["sealed"] = None
        return self.set_as_read(values, caller, at)

    def add_decision(self, decision: Decision, note: str | None) -> dict[str, Any]:
        """Return the fields to set when somebody has decided, but for the status."""
        notes = {**(self.notes or {}), **({decision.by: note} if note else {})}
        return {"decisions": [*self.decisions, asdict(decision)], "notes": notes or None}

    @classmethod
    def page_with_status(cls, status: Status, paging: Paging, *, oldest_first: bool) -> Page["Approval"]:
        """Return a page of all approvals with a status."""
        return query_listed(cls, approval_list(status), paging, oldest_first=oldest_first)

    @classmethod
    def page_made_by(cls, user_id: str, paging: Paging) -> Page["Approval"]:
        """Return a page of what a user has asked for, newest first."""
        within = cls.gsi2sk.startswith(LISTED)
        return query_listed(cls, keys.user(user_id), paging, index="gsi2", between=within)

    @classmethod
    def ids_made_by(cls, user_id: str, since: str) -> Iterator[str]:
        """Yield the ids of what a user has asked for from a moment on, by an index that may be a moment behind."""
        for page in walk_keys(keys.user(user_id), "gsi2", cls.gsi2sk.between(f"{LISTED}{since}", f"{LISTED}~")):
            yield from (keys.id_in(pk) for pk, _ in page)

    @classmethod
    def walk_with_status(cls, status: Status) -> Iterator[Sequence["Approval"]]:
        """Yield all approvals with a status, the oldest first, a page at a time."""
        for page in walk_keys(approval_list(status), "gsi1"):
            yield get_all(cls, page)


def approval_list(status: Status) -> str:
    """Return the index partition of the approvals with a status."""
    return f"APPROVALS#{status}"
