"""Schemas of how often an order pays."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from chalicelib.domain.orders.recurrence import LAST, Unit
from chalicelib.handlers.http.schemas import Schema, View
from chalicelib.services.orders.terms import Terms

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DayOfMonth = Annotated[int, Field(ge=1, le=31)]
EVERY_MAX = 366


class FrequencyBody(Schema):
    unit: Unit
    every: int = Field(default=1, ge=1, le=EVERY_MAX, description="Each so many units")
    day: DayOfMonth | Literal["last"] | None = Field(
        default=None,
        description="Of the month, for months and years. Shorter months pay on their last day. By default the start's",
    )
    weekday: Weekday | None = Field(default=None, description="For weeks. By default the start's")

    @model_validator(mode="after")
    def _fits_the_unit(self) -> "FrequencyBody":
        if self.day is not None and self.unit not in ("month", "year"):
            raise ValueError("day is for months and years only")
        if self.weekday is not None and self.unit != "week":
            raise ValueError("weekday is for weeks only")
        return self

    def terms(self) -> dict[str, Any]:
        """Return it as terms of an order."""
        day = LAST if self.day == "last" else self.day
        weekday = None if self.weekday is None else WEEKDAYS.index(self.weekday)
        return {"unit": self.unit, "every": self.every, "day": day, "weekday": weekday}


class FrequencyView(View):
    unit: Unit
    every: int
    day: int | Literal["last"] | None
    weekday: Weekday | None

    @classmethod
    def of(cls, terms: Terms) -> "FrequencyView":
        day: int | Literal["last"] | None = "last" if terms.day == LAST else terms.day
        weekday = None if terms.weekday is None else WEEKDAYS[terms.weekday]
        return cls.model_construct(unit=terms.unit, every=terms.every, day=day, weekday=weekday)
