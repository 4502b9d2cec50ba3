"""Schemas of requests and responses about risk."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints, create_model

from chalicelib.domain.risk.parameters import CODES, PARAMETERS, SCORE_MAX, WEIGHT_MAX, Action, Code, Severity
from chalicelib.domain.risk.thresholds import STANDARD, Thresholds
from chalicelib.handlers.http.schemas import PageQuery, Schema, Text, Timestamp, View
from chalicelib.models.risk.alert import Outcome, RiskAlert, Status
from chalicelib.services.risk.thresholds import InForce

IdAsked = Annotated[str, StringConstraints(max_length=64)]
Points = Annotated[int, Field(ge=1, le=SCORE_MAX)]


class AlertsQuery(PageQuery):
    severity: Severity | None = None
    status: Status | None = None
    account_id: IdAsked | None = None
    customer_id: IdAsked | None = None


class SettleAlert(Schema):
    outcome: Outcome = Field(description="confirmed: the suspicion was right; dismissed: it was not")
    note: Text = Field(description="The finding. It is stored with the alert, not in the audit")


class ReasonView(View):
    code: Code
    points: int
    figures: dict[str, int | str] = Field(description="The figures that met the rule; docs/risk.md explains them")


class AlertView(View):
    id: str = Field(examples=["alr_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    account_id: str
    customer_id: str
    transaction_id: str
    severity: Severity
    score: int = Field(description="The sum of the points of its reasons, at most 100")
    reasons: list[ReasonView]
    declined: bool = Field(description="Whether the transaction was refused because of this alert, before posting")
    held_for_review: bool = Field(
        description="Whether the transaction was held for a review; its `status` is the result"
    )
    status: Status
    note: str | None
    created_at: Timestamp
    settled_at: Timestamp | None
    settled_by: str | None

    @classmethod
    def of(cls, alert: RiskAlert) -> "AlertView":
        names = "id account_id customer_id transaction_id severity score status note created_at settled_at settled_by"
        told: dict[str, Any] = {name: getattr(alert, name) for name in names.split()}
        reasons = [ReasonView.model_construct(**reason) for reason in alert.reasons]
        return cls.model_construct(
            **told, reasons=reasons, declined=alert.is_declined, held_for_review=bool(alert.is_held)
        )


def _rule_shape(code: Code) -> Any:
    """Create the schema of one rule's settings.

    The bounds are in the domain's table; here they are for the description.
    """
    rule = STANDARD.rules[code]
    parameters: dict[str, Any] = {
        name: (int, Field(ge=bound.least, le=bound.most, description=bound.meaning, examples=[bound.standard]))
        for name, bound in PARAMETERS[code].items()
    }
    name = code.title().replace("_", "")
    points = (Points, Field(description="Points that a match adds to the score", examples=[rule.points]))
    action = (Action, Field(description="What a match causes", examples=[rule.action]))
    return create_model(f"{name}Rule", __base__=Schema, action=action, points=points, **parameters)


if TYPE_CHECKING:
    RiskRules = Schema
else:
    RiskRules = create_model("RiskRules", __base__=Schema, **{code: (_rule_shape(code), ...) for code in CODES})


class RiskSeverities(Schema):
    """The minimum score of each severity; below `low` no alert is raised."""

    low: Points = Field(examples=[STANDARD.severities["low"]])
    medium: Points = Field(examples=[STANDARD.severities["medium"]])
    high: Points = Field(examples=[STANDARD.severities["high"]])


class PutRiskThresholds(Schema):
    """All thresholds: send all three fields, as GET returns them."""

    rules: RiskRules
    severities: RiskSeverities
    unit_weights: dict[str, Annotated[int, Field(ge=1, le=WEIGHT_MAX)]] = Field(
        description="How many units of a currency equal one unit of the `_units` parameters; 1 for any other currency",
        examples=[dict(STANDARD.unit_weights)],
    )

    def thresholds(self) -> Thresholds:
        return Thresholds.from_json(self.model_dump())


class RiskThresholdsView(View):
    number: int = Field(description="The ETag; 0 for the defaults, before any were set")
    set_at: Timestamp | None
    set_by: str | None
    rules: RiskRules
    severities: RiskSeverities
    unit_weights: dict[str, int] = Field(examples=[dict(STANDARD.unit_weights)])

    @classmethod
    def of(cls, in_force: InForce) -> "RiskThresholdsView":
        told = in_force.thresholds.to_json()
        return cls.model_construct(
            number=in_force.number,
            set_at=in_force.set_at,
            set_by=in_force.set_by,
            rules=RiskRules.model_validate(told["rules"]),
            severities=RiskSeverities.model_validate(told["severities"]),
            unit_weights=told["unit_weights"],
        )
