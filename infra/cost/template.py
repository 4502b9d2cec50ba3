"""Reads a packaged template as a deployment with given parameters would: which resources there are."""

import json
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class Template:
    """A template with the values of its parameters; those that are not given have their defaults."""

    def __init__(self, template: Json, parameters: Mapping[str, str]):
        self._template = template
        defaults = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
        unknown = parameters.keys() - defaults.keys()
        if unknown:
            raise ValueError(f"The template has no parameters {sorted(unknown)}.")
        self._parameters = {**defaults, **parameters}

    def resources(self, kind: str) -> dict[str, Json]:
        """Return the resources of a type that the deployment makes, by name."""
        found = self._template["Resources"].items()
        return {name: one for name, one in found if one["Type"] == kind and self._is_made(one)}

    def _is_made(self, resource: Json) -> bool:
        return "Condition" not in resource or self._holds(self._template["Conditions"][resource["Condition"]])

    def _holds(self, condition: Json) -> bool:
        [(function, given)] = condition.items()
        match function:
            case "Condition":
                return self._holds(self._template["Conditions"][given])
            case "Fn::Not":
                return not self._holds(given[0])
            case "Fn::And":
                return all(map(self._holds, given))
            case "Fn::Or":
                return any(map(self._holds, given))
            case "Fn::Equals":
                left, right = map(self._value, given)
                return left == right
        raise ValueError(f"Conditions have no {function}.")

    def _value(self, given: Any) -> str:
        return self._parameters[given["Ref"]] if isinstance(given, dict) else str(given)

    @property
    def text(self) -> str:
        """Return the whole template as text."""
        return json.dumps(self._template)
