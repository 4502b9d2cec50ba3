"""Replaces the key that signs webhook messages: the first run adds a new key, the second one removes the old one.

In between each message has a signature by both, so receivers that keep either key accept it.
"""

import time

from infra.deploy.bank_keys import new_key, public_half, publish, read_private, write_private
from infra.errors import CommandError
from infra.targets import Cloud

OVERLAP_SECONDS_MIN = 900
"""Functions keep the private keys for five minutes, and receivers the public ones for as long."""


def rotate(cloud: Cloud, stage: str, now: float | None = None) -> str:
    """Add a new key, or end the rotation that another run has begun. Return what to do next. Raises CommandError."""
    now = time.time() if now is None else now
    name, parameters = f"/florin/{stage}/private/webhook-keys", cloud.client("ssm")
    stored = read_private(parameters, name)
    if stored is None:
        raise CommandError("This stage has no key for webhooks yet.", "Deploy it first.")
    keys = stored["keys"]
    if len(keys) == 1:
        keys = [{**new_key(), "made_at": int(now)}, *keys]
        # Published first: no message may have a signature that no published key verifies.
        publish(parameters, f"/florin/{stage}/webhook-keys", public_half({"keys": keys}))
        write_private(parameters, name, {"keys": keys})
        return f"The key {keys[0]['kid']} signs beside the old one. Run this again, a day later, to end the old one."
    left = keys[0]["made_at"] + OVERLAP_SECONDS_MIN - now
    if left > 0:
        raise CommandError(
            "The new key is not known to every receiver yet.",
            f"Run the command again in {int(left) // 60 + 1} minutes.",
        )
    write_private(parameters, name, {"keys": keys[:1]})
    publish(parameters, f"/florin/{stage}/webhook-keys", public_half({"keys": keys[:1]}))
    return f"Only the key {keys[0]['kid']} signs. The old one is published no longer."
