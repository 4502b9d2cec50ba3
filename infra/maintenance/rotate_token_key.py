"""Replaces the key that signs access tokens. No token becomes invalid by it, unless the key has leaked."""

import sys

from chalicelib import resources
from chalicelib.domain.identity import token_keys
from infra.maintenance import key_rotation

KEY = key_rotation.RotatedKey(
    name="token-key",
    private_name=resources.private_keys_parameter_name,
    public_name=resources.jwks_parameter_name,
    since="signs_from",
    announced_seconds=token_keys.ANNOUNCED_SECONDS,
    ends_at=token_keys.old_key_ends_at,
    begun="The key {kid} signs from {signs_from} on. Run this again after {ends_at} to end the old one.",
    too_early="The old key has signed tokens that are still valid.",
    ended="Only the key {kid} is valid. Tokens for metrics that the old one has signed have ended.",
    replaced="Only the key {kid} is valid, everywhere within five minutes. Until then requests may be 401; clients"
    " exchange their refresh tokens and go on. Tokens for metrics have ended: run make metrics-token.",
)

if __name__ == "__main__":
    sys.exit(key_rotation.main(KEY, sys.argv[1:]))
