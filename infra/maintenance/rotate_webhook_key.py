"""Replaces the key that signs webhook messages.

While two keys are stored each message has a signature by both, so receivers that keep either key accept it.
"""

import sys

from chalicelib import resources
from infra.maintenance import key_rotation

OVERLAP_SECONDS_MIN = 900
"""Functions keep the private keys for five minutes, and receivers the public ones for as long."""

KEY = key_rotation.RotatedKey(
    name="webhook-key",
    private_name=resources.private_webhook_keys_parameter_name,
    public_name=resources.webhook_keys_parameter_name,
    since="made_at",
    announced_seconds=0,
    ends_at=lambda made_at: made_at + OVERLAP_SECONDS_MIN,
    begun="The key {kid} signs beside the old one. Run this again, a day later, to end the old one.",
    too_early="The new key is not known to every receiver yet.",
    ended="Only the key {kid} signs. The old one is published no longer.",
    replaced="Only the key {kid} signs, everywhere within five minutes. Receivers that keep the old one refuse messages"
    " until they ask for the keys again; the bank repeats what was refused.",
)

if __name__ == "__main__":
    sys.exit(key_rotation.main(KEY, sys.argv[1:]))
