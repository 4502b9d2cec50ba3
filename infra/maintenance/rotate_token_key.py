"""Replaces the key that signs access tokens: the first run adds a new key, the second one ends the old one.

No token becomes invalid by it. A key that has leaked is replaced at once, and every token that it has signed ends.
"""

import sys
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from chalicelib import aws, config
from chalicelib.domain import permissions
from chalicelib.domain.errors import BankError
from chalicelib.domain.identity import token_keys
from chalicelib.services.identity import token_key_rotation
from infra.deploy.bank_keys import new_key, public_half, publish, read_private, write_private
from infra.errors import CommandError
from infra.maintenance.operator import operator

LEAKED = "leaked"


def main(arguments: list[str]) -> int:
    """Do the next step of a rotation. Return 1 if there is none to do now."""
    try:
        print(f"  {rotate(time.time(), is_leaked=LEAKED in arguments)}")
    except CommandError as error:
        print(f"{error.problem}\n{error.advice}", file=sys.stderr)
        return 1
    except BankError as error:
        print(error.detail, file=sys.stderr)
        return 1
    return 0


def rotate(now: float, *, is_leaked: bool = False) -> str:
    """Add a new key, or end the old one. Return what happens next. Raises CommandError and BankError."""
    parameters = aws.client("ssm")
    stored = read_private(parameters, config.private_keys_parameter_name())
    if stored is None:
        raise CommandError("This stage has no key of tokens yet.", "Deploy it first.")
    caller = permissions.system(request_id=str(uuid.uuid4()))
    if is_leaked:
        return _replace_leaked(parameters, stored, caller, int(now))
    if len(stored["keys"]) == 1:
        return _begin(parameters, stored, caller, int(now) + token_keys.ANNOUNCED_SECONDS)
    return _end(parameters, stored, caller, now)


def _begin(parameters: Any, stored: Any, caller: permissions.Caller, signs_from: int) -> str:
    key: dict[str, Any] = {**new_key(), "signs_from": signs_from}
    kids = [one["kid"] for one in stored["keys"]]
    token_key_rotation.record_beginning(caller, kids, (key["kid"], signs_from), operator())
    stored = {**stored, "keys": [key, *stored["keys"]]}
    # Published first: no token may have a signature that no published key verifies.
    publish(parameters, config.jwks_parameter_name(), public_half(stored))
    write_private(parameters, config.private_keys_parameter_name(), stored)
    ends_at = _utc(token_keys.old_key_ends_at(signs_from))
    return f"The key {key['kid']} signs from {_utc(signs_from)} on. Run this again after {ends_at} to end the old one."


def _end(parameters: Any, stored: Any, caller: permissions.Caller, now: float) -> str:
    newest = stored["keys"][0]
    left = token_keys.old_key_ends_at(newest["signs_from"]) - now
    if left > 0:
        raise CommandError(
            "The old key has signed tokens that are still valid.",
            f"Run the command again in {int(left) // 60 + 1} minutes.",
        )
    token_key_rotation.record_end(caller, operator())
    _keep_only(parameters, stored, newest)
    return f"Only the key {newest['kid']} is valid. Tokens for metrics that the old one has signed have ended."


def _replace_leaked(parameters: Any, stored: Any, caller: permissions.Caller, now: int) -> str:
    key: dict[str, Any] = {**new_key(), "signs_from": now}
    kids = [one["kid"] for one in stored["keys"]]
    token_key_rotation.record_beginning(caller, kids, (key["kid"], now), operator(), "leaked")
    _keep_only(parameters, stored, key)
    return (
        f"Only the key {key['kid']} is valid, everywhere within five minutes. Until then requests may be 401; clients"
        " exchange their refresh tokens and go on."
    )


def _keep_only(parameters: Any, stored: Any, key: dict[str, Any]) -> None:
    stored = {**stored, "keys": [key]}
    write_private(parameters, config.private_keys_parameter_name(), stored)
    publish(parameters, config.jwks_parameter_name(), public_half(stored))


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
