"""Receivers that others have written, and the one of docs/webhooks.md, judge messages that really were sent."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks
import svix.webhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chalicelib.domain.webhooks.signing import SECRET_PREFIX
from chalicelib.services.crypto import webhook_keys
from chalicelib.services.webhooks import sender, signing
from infra.deploy.bank_keys import new_webhook_keys, public_half
from infra.settings import ROOT
from tests.receiver import Message, Receiver

EVENT = {
    "id": "evt_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "type": "transaction.posted",
    "data": {"amount": "1.00", "memo": "ü.€"},
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()
SECRET = f"{SECRET_PREFIX}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_SECRET = f"{SECRET_PREFIX}C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
DOCUMENT = (ROOT / "docs/webhooks.md").read_text()
PYTHON = re.search(r"```python\n(import base64.*?)```", DOCUMENT, re.DOTALL)
JAVASCRIPT = re.search(r"```js\n(.*?)```", DOCUMENT, re.DOTALL)
Verify = Callable[[Message], Any]


def verify_with_document(message: Message, keys: list[dict[str, str]]) -> Any:
    """Verify by the lines of docs/webhooks.md."""
    assert PYTHON
    names: dict[str, Any] = {}
    exec(PYTHON[1], names)  # noqa: S102 — what the document says is what is tested
    return names["verify"](message.headers, message.body, keys)


def send(kind: Any, secrets: list[str], sent_at: datetime | None = None) -> Message:
    """Return a message as a receiver has got it."""
    headers = signing.headers(kind, secrets, str(EVENT["id"]), sent_at or datetime.now(UTC), BODY)
    with Receiver() as receiver:
        assert sender.send(receiver.url, headers, BODY).is_success
    return receiver.messages[0]


@dataclass(frozen=True)
class Judge:
    """A receiver: its right message, what verifies it, and the same with keys that are not the bank's."""

    send: Callable[[datetime | None], Message]
    verify: Verify
    verify_as_stranger: Verify
    refusal: type[Exception]


def judge_of_hmac(library: Any, refusal: type[Exception]) -> Judge:
    ours, strange = library.Webhook(SECRET), library.Webhook(NEW_SECRET)
    return Judge(
        send=lambda at: send("hmac", [SECRET], at),
        verify=lambda message: ours.verify(message.body, message.headers),
        verify_as_stranger=lambda message: strange.verify(message.body, message.headers),
        refusal=refusal,
    )


def keys_of(private_keys: list[Ed25519PrivateKey]) -> list[dict[str, str]]:
    """Return the published form of keys."""
    return public_half({"keys": [stored(key) for key in private_keys]})["keys"]


def stored(key: Ed25519PrivateKey) -> dict[str, str]:
    from cryptography.hazmat.primitives import serialization

    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"kid": "0123456789abcdef", "private_key": pem.decode()}


@pytest.fixture
def private_keys(monkeypatch: pytest.MonkeyPatch) -> list[Ed25519PrivateKey]:
    keys = [Ed25519PrivateKey.generate()]
    monkeypatch.setattr(webhook_keys, "private_keys", lambda: keys)
    return keys


@pytest.fixture(params=["standardwebhooks", "svix", "document"])
def judge(request: pytest.FixtureRequest, private_keys: list[Ed25519PrivateKey]) -> Judge:
    if request.param == "document":
        published = keys_of(private_keys)
        return Judge(
            send=lambda at: send("ed25519", [], at),
            verify=lambda message: verify_with_document(message, published),
            verify_as_stranger=lambda message: verify_with_document(message, public_half(new_webhook_keys())["keys"]),
            refusal=ValueError,
        )
    if request.param == "svix":
        return judge_of_hmac(svix.webhooks, svix.webhooks.WebhookVerificationError)
    return judge_of_hmac(standardwebhooks, standardwebhooks.WebhookVerificationError)


def test_message_of_the_bank_is_accepted(judge: Judge) -> None:
    assert judge.verify(judge.send(None)) in (EVENT, None)


def test_message_of_another_key_is_refused(judge: Judge) -> None:
    with pytest.raises(judge.refusal):
        judge.verify_as_stranger(judge.send(None))


@pytest.mark.parametrize(
    "tamper",
    [
        lambda message: replace(message, body=message.body.replace(b"1.00", b"9.00")),
        lambda message: replace(message, body=message.body + b" "),
        lambda message: replace(message, headers={**message.headers, "webhook-id": "evt_01KAK4XJ7M4Q9V0C2T5R8W3Y02"}),
        lambda message: replace(
            message,
            headers={**message.headers, "webhook-timestamp": str(int(message.headers["webhook-timestamp"]) + 1)},
        ),
        lambda message: replace(
            message,
            headers={
                **message.headers,
                "webhook-signature": message.headers["webhook-signature"].split(",")[0] + ",AAAA",
            },
        ),
    ],
    ids=["amount", "space", "id", "timestamp", "signature"],
)
def test_message_that_was_changed_is_refused(judge: Judge, tamper: Callable[[Message], Message]) -> None:
    message = judge.send(None)
    judge.verify(message)
    with pytest.raises(judge.refusal):
        judge.verify(tamper(message))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_message_of_another_time_is_refused(judge: Judge, minutes: int) -> None:
    with pytest.raises(judge.refusal):
        judge.verify(judge.send(datetime.now(UTC) + timedelta(minutes=minutes)))


def test_message_of_four_minutes_ago_is_accepted(judge: Judge) -> None:
    judge.verify(judge.send(datetime.now(UTC) - timedelta(minutes=4)))


@pytest.mark.parametrize("library", [standardwebhooks, svix.webhooks])
@pytest.mark.parametrize("secret", [SECRET, NEW_SECRET])
def test_both_secrets_verify_during_a_rotation(library: Any, secret: str) -> None:
    message = send("hmac", [NEW_SECRET, SECRET])
    library.Webhook(secret).verify(message.body, message.headers)


@pytest.mark.parametrize("number", [0, 1])
def test_both_keys_verify_while_one_replaces_the_other(private_keys: list[Ed25519PrivateKey], number: int) -> None:
    private_keys.append(Ed25519PrivateKey.generate())
    message = send("ed25519", [])
    assert verify_with_document(message, keys_of(private_keys)[number : number + 1]) == EVENT


def test_document_verifies_in_fifteen_lines() -> None:
    assert PYTHON
    assert len([line for line in PYTHON[1].splitlines() if line]) <= 15


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_document_verifies_in_javascript(private_keys: list[Ed25519PrivateKey]) -> None:
    assert JAVASCRIPT
    message = send("ed25519", [])
    right: list[Any] = [message.headers, message.body.decode(), keys_of(private_keys)]
    strange = [*right[:2], public_half(new_webhook_keys())["keys"]]
    old = [{**message.headers, "webhook-timestamp": str(int(time.time()) - 301)}, *right[1:]]
    program = f"""{JAVASCRIPT[1]}
    Date.now = () => {time.time_ns() // 1_000_000};
    const judge = ([headers, body, keys]) => {{
      try {{ return verifyMessage(headers, Buffer.from(body), keys).type; }} catch (error) {{ return error.message; }}
    }};
    console.log(JSON.stringify({json.dumps([right, strange, old])}.map(judge)));"""
    done = subprocess.run(
        ["node", "--input-type=module", "-"], input=program, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == ["transaction.posted", "no signature is right", "too old, or from the future"]
