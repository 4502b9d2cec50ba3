"""Schemas of the ceilings of roles."""

from typing import Any

from pydantic import Field

from chalicelib import config
from chalicelib.domain import money
from chalicelib.domain.approvals.action import CappedAction
from chalicelib.domain.approvals.ceilings import Ceilings
from chalicelib.domain.errors import ValidationFailed
from chalicelib.handlers.approvals.approval_schemas import StaffRole
from chalicelib.handlers.http.schemas import Amount, Currency, Id, Money, Schema, Timestamp, View
from chalicelib.services.approvals.in_force import AuthorityInForce

EXAMPLE: dict[str, Any] = {"teller": {"withdraw": {"EUR": "10000.00"}}, "manager": {"withdraw": {"EUR": "100000.00"}}}


class PutAuthority(Schema):
    """All ceilings that differ from the standard."""

    ceilings: dict[StaffRole, dict[CappedAction, dict[Currency, Amount]]] = Field(
        description="The most that a role does alone, by action and currency. What is left out is the standard",
        examples=[EXAMPLE],
    )

    def minor(self) -> Ceilings:
        """Return the ceilings in minor units. Raises ValidationFailed."""
        return {
            role: {action: _amounts(f"ceilings.{role}.{action}", amounts) for action, amounts in of.items()}
            for role, of in self.ceilings.items()
        }


class AuthorityView(View):
    ceilings: dict[StaffRole, dict[CappedAction, dict[str, Money]]] = Field(
        description="The most that a role does alone, by action and currency of the bank", examples=[EXAMPLE]
    )
    number: int = Field(description="The ETag; 0 for the standard, before any were set")
    set_at: Timestamp | None
    set_by: Id | None

    @classmethod
    def of(cls, in_force: AuthorityInForce) -> "AuthorityView":
        table: Any = in_force.authority.table(config.currencies())
        return cls.model_construct(
            ceilings={role: {action: _texts(amounts) for action, amounts in of.items()} for role, of in table.items()},
            number=in_force.number,
            set_at=in_force.set_at,
            set_by=in_force.set_by,
        )


def _texts(amounts: Any) -> dict[str, str]:
    return {currency: money.text(amount, currency) for currency, amount in amounts.items()}


def _amounts(field: str, amounts: dict[str, str]) -> dict[str, int]:
    return {currency: _minor(f"{field}.{currency}", text, currency) for currency, text in amounts.items()}


def _minor(field: str, text: str, currency: str) -> int:
    try:
        return money.parse(text, currency, zero_allowed=True)
    except (ValueError, KeyError):
        raise ValidationFailed.of(field, "must be an amount in a currency that is known here") from None
