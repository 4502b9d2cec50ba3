"""Schemas of the API's health and of its description."""

from typing import Literal

from pydantic import ConfigDict, Field

from chalicelib.handlers.http.schemas import View


class Health(View):
    status: Literal["ok"]


class Check(View):
    name: str = Field(description="What was checked", examples=["audit_trail.lag"])
    ok: bool
    detail: str = Field(description="What was found", examples=["0 s behind the bank."])


class Readiness(View):
    status: Literal["ok", "degraded"]
    checks: list[Check]


class OpenApi(View):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
