"""The risk thresholds: current, and their history."""

from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain.errors import FieldError, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk import thresholds as domain
from chalicelib.domain.risk.thresholds import STANDARD, Thresholds
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.paging import Page, Paging
from chalicelib.models.risk.thresholds import RiskThresholds, replace_thresholds
from chalicelib.services import reference_cache, step_up
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest


@dataclass(frozen=True)
class InForce:
    """`number` is 0, and nobody has set them, as long as the standard holds."""

    number: int
    thresholds: Thresholds
    set_at: str | None = None
    set_by: str | None = None

    @classmethod
    def of(cls, kept: RiskThresholds | None) -> "InForce":
        if kept is None:
            return cls(0, STANDARD)
        return cls(kept.number, Thresholds.from_json(kept.thresholds), str(kept.updated_at), str(kept.updated_by))


def latest() -> InForce:
    """Read the thresholds from the table, not from the cache."""
    return InForce.of(RiskThresholds.current())


current = reference_cache.kept(latest)
"""As rules are applied: read once in a while."""


@transact.until_committed
def put(caller: Caller, thresholds: Thresholds, matching: IfMatch) -> InForce:
    """Replace them all, for good and at once; those before stay in the history.

    Needs a step-up. Raises ValidationFailed for what is out of bounds, Conflict when `matching` (If-Match) is outdated.
    """
    step_up.require(caller)
    wrong = [FieldError(field, message) for field, message in domain.wrong(thresholds)]
    if wrong:
        raise ValidationFailed("; ".join(f"{one.field}: {one.message}" for one in wrong[:5]), errors=tuple(wrong))
    stored = RiskThresholds.current()
    before = InForce.of(stored)
    matching.require(before.number)
    at = clock.next_timestamp(clock.now(), {f"risk thresholds {before.number}": before.set_at or ""})
    request = HeldRequest(
        "risk_thresholds",
        "Replace the thresholds of the risk rules.",
        resource_id="risk_thresholds",
        version=before.number,
        payload=thresholds.to_json(),
    )
    approved = gate.require(caller, request)
    actions = replace_thresholds(stored, thresholds.to_json(), caller, at)
    transact.commit([*actions, *approved], caller.request_id)
    reference_cache.forget()
    return InForce(before.number + 1, thresholds, at, caller.user_id)


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out a change of the thresholds that was approved."""
    put(maker, Thresholds.from_json(approval.payload), ANY_VERSION)


def history(paging: Paging) -> Page[InForce]:
    """List every set of thresholds, the latest first."""
    page = RiskThresholds.history(paging)
    return Page([InForce.of(one) for one in page.items], page.next_cursor)
