"""Replaces a key of the bank: the first run adds a new key, the second one ends the old one.

Nothing that the old key has signed becomes invalid by it. A key that has leaked is replaced at once, in one run.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib import aws
from chalicelib.domain import permissions
from chalicelib.models.identity.key_rotation import KeyName
from chalicelib.services.identity import key_rotation
from infra.deploy.bank_keys import new_key, public_half, publish, read_private, write_private
from infra.errors import CommandError
from infra.maintenance.operator import operator
from infra.maintenance.reporting import print_result

LEAKED = "leaked"


@dataclass(frozen=True)
class RotatedKey:
    """A key that is replaced: where it is, from when a new one signs, and until when an old one is needed.

    `since` is the field of a stored key that has its first second. The sentences get `kid`, `signs_from` and `ends_at`.
    """

    name: KeyName
    private_name: Callable[[], str]
    public_name: Callable[[], str]
    since: str
    announced_seconds: int
    ends_at: Callable[[int], int]
    begun: str
    too_early: str
    ended: str
    replaced: str


def main(key: RotatedKey, arguments: list[str]) -> int:
    """Do the next step of a rotation. Return UNDONE if there is none to do now."""
    return print_result(lambda: f"  {rotate(key, time.time(), is_leaked=LEAKED in arguments)}")


def rotate(key: RotatedKey, now: float, *, is_leaked: bool = False) -> str:
    """Add a new key, or end the old one. Return what happens next. Raises CommandError and BankError."""
    parameters = aws.client("ssm")
    stored = read_private(parameters, key.private_name())
    if stored is None:
        raise CommandError(f"This stage has no {key.name} yet.", "Deploy it first.")
    if is_leaked:
        return _replace_leaked(key, parameters, stored, int(now))
    if len(stored["keys"]) == 1:
        return _begin(key, parameters, stored, int(now) + key.announced_seconds)
    return _end(key, parameters, stored, now)


def _begin(key: RotatedKey, parameters: Any, stored: Any, signs_from: int) -> str:
    new: dict[str, Any] = {**new_key(), key.since: signs_from}
    key_rotation.record_beginning(_caller(), key.name, _kids(stored), (new["kid"], signs_from), operator())
    stored = {**stored, "keys": [new, *stored["keys"]]}
    # Published first: nothing may have a signature that no published key verifies.
    publish(parameters, key.public_name(), public_half(stored))
    write_private(parameters, key.private_name(), stored)
    return key.begun.format(kid=new["kid"], signs_from=_utc(signs_from), ends_at=_utc(key.ends_at(signs_from)))


def _end(key: RotatedKey, parameters: Any, stored: Any, now: float) -> str:
    newest = stored["keys"][0]
    left = key.ends_at(newest[key.since]) - now
    if left > 0:
        raise CommandError(key.too_early, f"Run the command again in {int(left) // 60 + 1} minutes.")
    key_rotation.record_end(_caller(), key.name, _kids(stored), newest[key.since], operator())
    _keep_only(key, parameters, stored, newest)
    return key.ended.format(kid=newest["kid"])


def _replace_leaked(key: RotatedKey, parameters: Any, stored: Any, now: int) -> str:
    new: dict[str, Any] = {**new_key(), key.since: now}
    key_rotation.record_beginning(_caller(), key.name, _kids(stored), (new["kid"], now), operator(), "leaked")
    _keep_only(key, parameters, stored, new)
    return key.replaced.format(kid=new["kid"])


def _keep_only(key: RotatedKey, parameters: Any, stored: Any, kept: dict[str, Any]) -> None:
    stored = {**stored, "keys": [kept]}
    write_private(parameters, key.private_name(), stored)
    publish(parameters, key.public_name(), public_half(stored))


def _caller() -> permissions.Caller:
    return permissions.system(request_id=str(uuid.uuid4()))


def _kids(stored: Any) -> list[str]:
    return [one["kid"] for one in stored["keys"]]


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")
