"""The published keys of webhook messages."""

import base64
import json
from datetime import UTC, datetime

import boto3
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chalicelib.services.webhooks import signing
from infra.deploy.bank_keys import read_private
from tests.api.helpers.bank import STAGE, Api, Json

PATH = "/v1/.well-known/webhook-keys.json"


def public_key(key: Json) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(f"{key['x']}="))


def test_anyone_gets_the_key_that_signs(client: Api) -> None:
    reply = client.get(PATH)
    [key] = reply.ok()["keys"]
    headers = signing.headers("ed25519", [], "evt_1", datetime.now(UTC), b"{}")
    [signature] = headers["webhook-signature"].split(" ")
    signed = base64.b64decode(signature.removeprefix("v1a,"))
    content = f"evt_1.{headers['webhook-timestamp']}.".encode()
    public_key(key).verify(signed, content + b"{}")
    with pytest.raises(InvalidSignature):
        public_key(key).verify(signed, content + b"[]")
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    assert base64.b64decode(key["whpk"].removeprefix("whpk_")) == base64.urlsafe_b64decode(f"{key['x']}=")


def test_key_is_published_without_its_secret(client: Api) -> None:
    private = read_private(boto3.client("ssm"), f"/florin/{STAGE}/private/webhook-keys")
    [key] = client.get(PATH).ok()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg", "whpk"}
    assert private["keys"][0]["private_key"] not in json.dumps(key)


def test_key_of_webhooks_signs_no_token(client: Api) -> None:
    [of_tokens] = client.get("/v1/.well-known/jwks.json").ok()["keys"]
    [of_webhooks] = client.get(PATH).ok()["keys"]
    assert (of_tokens["kid"], of_tokens["x"]) != (of_webhooks["kid"], of_webhooks["x"])
