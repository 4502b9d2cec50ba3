"""Schemas of the API's health and of its description."""

from typing import Literal

from pydantic import ConfigDict

from chalicelib.handlers.http.schemas import View


class Health(View):
    status: Literal["ok"]


class OpenApi(View):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
