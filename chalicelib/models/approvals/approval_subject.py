"""Entries of approvals under what they are about: a customer, an account or a user.

A reversal is listed under the customers of the payment, and under the user who made it.

An approval is listed by status and by maker. Its entries answer what waits about somebody, in one query that is not
behind. They are sorted by the end of the time for a decision, so those that are over are not read. Nothing changes an
entry: whether the approval is still open, its own status says.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain import ids
from chalicelib.domain.approvals.decision import OPEN
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import keys
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, BankItem, key_of
from chalicelib.models.paging import walk_pages

KEPT = timedelta(days=1)
"""How long an entry is kept after the time for a decision."""
_PARTITIONS: dict[Literal["cus", "acc", "usr"], Callable[[str], str]] = {
    "cus": keys.customer,
    "acc": keys.account,
    "usr": keys.user,
}
_LISTED = "APPROVAL#"


class ApprovalSubject(BankItem, discriminator="approval_subject"):
    """An entry of an approval in the partition of its resource, or of a customer or user whom it concerns."""

    approval_id = UnicodeAttribute()

    @classmethod
    def put_all(cls, approval: Approval, caller: Caller, at: str) -> list[Action]:
        """Return the actions that list a new approval under its resource, its customers and its users."""
        places = {_partition(one) for one in (approval.resource_id, *approval.parties) if one}
        expires_at = int((moment(approval.decide_until) + KEPT).timestamp())
        entries = (
            cls(
                place, f"{_LISTED}{approval.decide_until}#{approval.id}", approval_id=approval.id, expires_at=expires_at
            )
            for place in sorted(filter(None, places))
        )
        return [entry.stamp(caller, at).put_if_absent() for entry in entries]

    @classmethod
    def find_open(cls, subject_id: str, now: datetime) -> list[Approval]:
        """Return the approvals about a customer, an account or a user that can still be decided or carried out.

        Takes one query, and one read for each hundred entries whose time is not over.
        """
        within = cls.sk.between(f"{_LISTED}{timestamp(now)}", f"{_LISTED}~")
        place = _partition(subject_id) or subject_id
        entries = [key_of(row)[1] for page in walk_pages(cls, place, within=within) for row in page]
        found = get_all(Approval, [Approval.key(entry.rpartition("#")[2]) for entry in entries])
        return [one for one in found if one.status in OPEN]


def _partition(subject_id: str) -> str | None:
    """Return the partition of a customer, an account or a user; None for anything else that a request is about."""
    return next((place(subject_id) for kind, place in _PARTITIONS.items() if ids.is_id(kind, subject_id)), None)
