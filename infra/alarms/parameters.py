"""The parameters of a deployment that say which alarms are made, and whom they tell."""

from collections.abc import Mapping
from typing import Any

from infra.alarms.fragment import CHOICES, SUBSCRIBERS
from infra.errors import CommandError
from infra.settings import Settings

PRODUCTION = "prod"


def of_deployment(settings: Settings, stack: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Return the parameters of alarms. What the command does not say stays as the stack has it. Raises CommandError."""
    before = {one["ParameterKey"]: one["ParameterValue"] for one in (stack or {}).get("Parameters", [])}
    alarms = settings.alarms or before.get("Alarms") or usual_choice(settings.stage)
    if alarms not in CHOICES:
        raise CommandError(f"There is no choice {alarms!r} of alarms.", f"Set ALARMS to one of: {', '.join(CHOICES)}.")
    found = {"Alarms": alarms}
    for (name, _, _), given in zip(SUBSCRIBERS, (settings.on_call, settings.tickets), strict=True):
        address = given or before.get(name, "")
        found |= {name: address, f"{name}Protocol": _protocol(address)}
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in found.items()]


def usual_choice(stage: str) -> str:
    """Return which alarms a stage has where nobody has said."""
    return "all" if stage == PRODUCTION else "wake"


def _protocol(address: str) -> str:
    if address.startswith("https://"):
        return "https"
    if address and ("@" not in address or ":" in address):
        raise CommandError(f"{address} cannot be called.", "Give an e-mail address, or a URL that begins with https://")
    return "email"
