"""What is signed, and how signatures are listed."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chalicelib.domain.webhooks.signing import content_to_sign, hmac_signature
from chalicelib.services.crypto import webhook_keys
from chalicelib.services.webhooks import signing

NOW = datetime(2026, 11, 29, 12, 0, 0, 999_999, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def test_example_of_standard_webhooks_has_its_signature() -> None:
    content = content_to_sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert hmac_signature(SECRET, content) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_headers_have_a_signature_by_each_secret() -> None:
    headers = signing.headers("hmac", [SECRET, OTHER_SECRET], "evt_1", NOW, b"{}")
    expected = [
        base64.b64encode(hmac.digest(base64.b64decode(secret[6:]), b"evt_1.1795953600.{}", hashlib.sha256)).decode()
        for secret in (SECRET, OTHER_SECRET)
    ]
    assert headers == {
        "webhook-id": "evt_1",
        "webhook-timestamp": "1795953600",
        "webhook-signature": f"v1,{expected[0]} v1,{expected[1]}",
    }


def test_headers_have_a_signature_by_each_key_of_the_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()]
    monkeypatch.setattr(webhook_keys, "private_keys", lambda: keys)
    headers = signing.headers("ed25519", [], "evt_1", NOW, b"{}")
    for key, listed in zip(keys, headers["webhook-signature"].split(" "), strict=True):
        scheme, _, signature = listed.partition(",")
        assert scheme == "v1a"
        key.public_key().verify(base64.b64decode(signature), b"evt_1.1795953600.{}")


def test_message_does_not_go_unsigned() -> None:
    with pytest.raises(ValueError, match="no key"):
        signing.headers("hmac", [], "evt_1", NOW, b"{}")


def test_id_with_a_full_stop_is_not_signed() -> None:
    with pytest.raises(ValueError, match="full stop"):
        signing.headers("hmac", [SECRET], "evt_1.5", NOW, b"{}")
