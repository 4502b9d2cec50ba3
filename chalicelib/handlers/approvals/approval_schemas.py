"""Schemas of approvals and approval policies."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.approvals.action import ACTIONS, ActionName
from chalicelib.domain.approvals.decision import Status
from chalicelib.domain.approvals.decision import Verdict as DecisionVerdict
from chalicelib.domain.approvals.held import WouldWait
from chalicelib.domain.approvals.policy import EXPIRES_HOURS, EXPIRES_HOURS_MAX, REQUIRED_MAX, Control, Policy
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.permissions import Role
from chalicelib.handlers.http.schemas import Amount, Currency, Id, Line, Money, PageQuery, Schema, Timestamp, View
from chalicelib.models.approvals.approval import Approval
from chalicelib.services.approvals.in_force import InForce

EXAMPLE_ABOVE = {"EUR": "10000.00"}
Required = Annotated[int, Field(ge=1, le=REQUIRED_MAX, description="How many other people must approve")]
StaffRole = Literal["teller", "manager", "admin"]
Hours = Annotated[int, Field(ge=1, le=EXPIRES_HOURS_MAX, description="How long a request waits for a decision")]


class ApprovalsQuery(PageQuery):
    status: Status = Field(default="requested", description="Open requests come oldest first, others newest first")
    action: ActionName | None = None
    mine: bool = Field(default=False, description="Only what you have asked for; always so for customers")


class ApproveRequest(Schema):
    note: Line | None = Field(default=None, description="For colleagues; the person who asked sees it, too")


class RejectRequest(Schema):
    reason: Line


class DecisionView(View):
    by: str = Field(description="The user's id")
    role: Role
    decision: DecisionVerdict
    at: Timestamp
    note: str | None


class ApprovalFailureView(View):
    code: str = Field(examples=["approval_stale"])
    detail: str


class ApprovalView(View):
    """A request that waits for a second person, or did."""

    id: str = Field(examples=["apr_01JD8Z6V3W4X5Y6Z7A8B9C0D1E"])
    action: ActionName
    resource: str | None = Field(description="The id of what is changed")
    resource_version: str | None = Field(description="The version that was seen; if it has moved, nothing is done")
    status: Status = Field(description="`approved` is the moment between the last decision and its effect")
    summary: str
    reasons: list[str] = Field(description="Why it waits", examples=[["policy"]])
    amount: Money | None
    currency: str | None
    required: int
    roles: list[Role] = Field(description="Who may decide, except the person who asked and the customers concerned")
    decisions: list[DecisionView]
    requested_by: str
    payload: dict[str, Any] = Field(description="What is done, frozen when it was asked for")
    payload_sha256: str
    created_at: Timestamp
    expires_at: Timestamp
    failure: ApprovalFailureView | None = Field(description="Why it could not be done, though it was approved")

    @classmethod
    def of(cls, approval: Approval) -> "ApprovalView":
        notes = approval.notes or {}
        amount = money.text(approval.amount, approval.currency) if approval.currency else None
        return cls.model_construct(
            id=approval.id,
            action=approval.action,
            resource=approval.resource_id,
            resource_version=approval.resource_version,
            status=approval.status,
            summary=approval.summary,
            reasons=approval.reasons,
            amount=amount,
            currency=approval.currency,
            required=approval.required,
            roles=approval.roles,
            decisions=[DecisionView(**one, note=notes.get(one["by"])) for one in approval.decisions],
            requested_by=approval.requested_by,
            payload=approval.payload,
            payload_sha256=approval.payload_sha256,
            created_at=approval.created_at,
            expires_at=approval.decide_until,
            failure=ApprovalFailureView(**approval.failure) if approval.failure else None,
        )


class NewPersonView(View):
    email: str | None = Field(examples=["mary@example.com"])
    first_name: str | None = Field(examples=["Mary"])
    last_name: str | None = Field(examples=["Somerville"])


class ApprovalDetailView(ApprovalView):
    """A request, and whom it would let in."""

    person: NewPersonView | None = Field(
        description="Of `user.create`, for its maker and for those who may decide, until it ends: who the user would be"
    )

    @classmethod
    def with_person(cls, approval: Approval, person: Mapping[str, str | None] | None) -> "ApprovalDetailView":
        shown: dict[str, Any] = dict(ApprovalView.of(approval))
        values: dict[str, Any] = dict(person or {})
        return cls.model_construct(**shown, person=NewPersonView.model_construct(**values) if person else None)


class DryRunView(View):
    """The outcome of a request that was only tried."""

    would_wait: bool = Field(description="Whether other people would have to approve it")
    reasons: list[str] = Field(description="Why it would wait", examples=[["policy"]])
    required: int = Field(description="How many other people would have to approve it; 0 if none")
    roles: list[Role] = Field(description="Who could, except you and the customers concerned")
    expires_hours: int | None = Field(description="How long it would wait")

    @classmethod
    def of(cls, found: WouldWait | None) -> "DryRunView":
        if found is None:
            return cls.model_construct(would_wait=False, reasons=[], required=0, roles=[], expires_hours=None)
        policy = found.policy
        return cls.model_construct(
            would_wait=True,
            reasons=found.reasons,
            required=policy.required,
            roles=list(policy.roles),
            expires_hours=policy.expires_hours,
        )


class PutApprovalPolicy(Schema):
    """The whole policy of an action."""

    control: Control = Field(description="`require`: it waits for another person. `block`: nobody may do it")
    above: dict[Currency, Amount] = Field(
        default_factory=dict,
        description="An amount in one of these currencies waits only if it is larger; in any other it always waits",
        examples=[EXAMPLE_ABOVE],
    )
    within_24h: bool = Field(default=False, description="Whether what was paid in the 24 hours before counts, too")
    required: Required = 1
    roles: list[StaffRole] | None = Field(default=None, description="Who may decide; by default as for the action")
    expires_hours: Hours = EXPIRES_HOURS

    def policy(self, action: ActionName) -> Policy:
        """Return the policy with amounts in minor units. Raises ValidationFailed."""
        above = {currency: _minor(currency, text) for currency, text in self.above.items()}
        roles: tuple[Role, ...] = tuple(self.roles) if self.roles is not None else ACTIONS[action].deciders
        return Policy(action, self.control, above, self.within_24h, self.required, roles, self.expires_hours)


class ApprovalPolicyView(View):
    action: ActionName
    title: str
    control: Control
    above: dict[str, Money] = Field(examples=[EXAMPLE_ABOVE])
    within_24h: bool
    required: Required
    roles: list[Role]
    expires_hours: Hours
    number: int = Field(description="The ETag; 0 for the default, before any was set")
    set_at: Timestamp | None
    set_by: Id | None

    @classmethod
    def of(cls, in_force: InForce) -> "ApprovalPolicyView":
        policy = in_force.policy
        return cls.model_construct(
            action=policy.action,
            title=ACTIONS[policy.action].title,
            control=policy.control,
            above={currency: money.text(amount, currency) for currency, amount in policy.above.items()},
            within_24h=policy.within_24h,
            required=policy.required,
            roles=list(policy.roles),
            expires_hours=policy.expires_hours,
            number=in_force.number,
            set_at=in_force.set_at,
            set_by=in_force.set_by,
        )


def _minor(currency: str, text: str) -> int:
    try:
        return money.parse(text, currency)
    except (ValueError, KeyError):
        raise ValidationFailed.of(f"above.{currency}", "must be an amount in a currency that is known here") from None
