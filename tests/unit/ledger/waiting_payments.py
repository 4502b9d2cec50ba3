"""Payments that wait until another person has approved them."""

from typing import Any

from chalicelib.domain import ids
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.waiting import Wait
from tests.small_bank import customer

UNTIL = "2026-11-24T12:00:00.000000Z"


def wait_for_one(prepared: PreparedMovement) -> Wait:
    """Return an approval by one manager, for which a movement of the first customer waits."""
    given: dict[str, Any] = {"action": "transfer", "payload": {}, "payload_sha256": "", "summary": "", "parties": []}
    given |= {"reasons": ["amount"], "policy": {}, "roles": ["manager"], "decide_until": UNTIL}
    approval_id = ids.with_prefix("apr", prepared.movement.transaction_id)
    return Wait("approval", UNTIL, Approval.new(approval_id, customer(), prepared.at, **given))
