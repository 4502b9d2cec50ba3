"""The bank's keys: created at the first deployment of a stage, and never replaced by a later one.

They are encrypted parameters of Systems Manager, which cost nothing to keep. One has the keys of access tokens and of
look-ups, another one those of webhooks: the function that sends webhooks must not be able to sign a token.
"""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.errors import CommandError
from infra.targets import Cloud

LOOKUP_KEY_BYTES = 32
RECOVERY_DAYS = 30
EDGE_SECRET_BYTES = 32


@dataclass(frozen=True)
class KeyPair:
    """A parameter with private keys, the one with their public halves, and the secret that had them before."""

    private_name: str
    public_name: str
    former_secret: str
    make: Callable[[], Any]


def key_pairs(stage: str) -> list[KeyPair]:
    """Return where the keys of a stage are."""
    return [
        KeyPair(f"/florin/{stage}/private/keys", f"/florin/{stage}/jwks", f"florin-{stage}-keys", new_keys),
        KeyPair(
            f"/florin/{stage}/private/webhook-keys",
            f"/florin/{stage}/webhook-keys",
            f"florin-{stage}-webhook-key",
            new_webhook_keys,
        ),
    ]


def ensure_keys(cloud: Cloud, stage: str) -> bool:
    """Make private keys that are absent, and publish their public halves; False if all were there.

    A stage whose keys are in Secrets Manager, as earlier versions kept them, keeps these keys. Raises CommandError for
    private keys that were there and are gone: with others the bank would find no user by address.
    """
    made = [_ensure(cloud, pair) for pair in key_pairs(stage)]
    return any(made)


def _ensure(cloud: Cloud, pair: KeyPair) -> bool:
    parameters = cloud.client("ssm")
    keys = read_private(parameters, pair.private_name)
    made = keys is None
    if keys is None:
        keys = _former_keys(cloud, pair) or _make(parameters, pair)
        write_private(parameters, pair.private_name, keys)
    return publish(parameters, pair.public_name, public_half(keys)) or made


def _make(parameters: Any, pair: KeyPair) -> Any:
    """Return new keys for a stage that has published none."""
    if read_parameter(parameters, pair.public_name) is not None:
        raise CommandError(
            f"The stage had private keys in {pair.private_name}, and they are gone.",
            "Write them back from your copy. With others nobody could log in, and receivers would refuse webhooks.\n"
            f"For a bank in which nobody is, delete {pair.public_name}, then deploy again.",
        )
    return pair.make()


def _former_keys(cloud: Cloud, pair: KeyPair) -> Any:
    """Return the keys of a stage that an earlier version has deployed, in today's form, or None."""
    manager = cloud.client("secretsmanager")
    try:
        keys = json.loads(manager.get_secret_value(SecretId=pair.former_secret)["SecretString"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    if "keys" in keys:
        return keys
    signing = {"kid": keys["kid"], "private_key": keys["private_key"], "signs_from": 0}
    return {"keys": [signing], "lookup_key": keys["lookup_key"]}


def ensure_edge_secret(cloud: Cloud, stage: str) -> str:
    """Return what the console's distribution proves itself with, which is made at the first deployment to AWS."""
    parameters, name = cloud.client("ssm"), edge_secret_name(stage)
    secret = read_private(parameters, name)
    if secret is None:
        secret = secrets.token_hex(EDGE_SECRET_BYTES)
        write_private(parameters, name, secret)
    return str(secret)


def edge_secret_name(stage: str) -> str:
    return f"/florin/{stage}/private/edge"


def retire_secrets(cloud: Cloud, stage: str) -> None:
    """Delete the secrets that earlier versions kept, once no function reads them; AWS can restore each for 30 days."""
    manager, parameters = cloud.client("secretsmanager"), cloud.client("ssm")
    for pair in key_pairs(stage):
        if read_private(parameters, pair.private_name) is None:
            continue
        try:
            manager.delete_secret(SecretId=pair.former_secret, RecoveryWindowInDays=RECOVERY_DAYS)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "InvalidRequestException"):
                raise


def publish(parameters: Any, name: str, document: Any) -> bool:
    """Write a document of public keys, unless it is there; return whether it was written.

    Public keys are no secret: functions read the parameter that may not read the private one.
    """
    text = json.dumps(document, sort_keys=True)
    if read_parameter(parameters, name) == text:
        return False
    parameters.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
    return True


def new_keys() -> dict[str, Any]:
    """Create an Ed25519 key that signs access tokens, and a key for finding e-mail addresses without storing them."""
    lookup_key = base64.b64encode(secrets.token_bytes(LOOKUP_KEY_BYTES)).decode()
    return {"keys": [{**new_key(), "signs_from": 0}], "lookup_key": lookup_key}


def new_webhook_keys() -> dict[str, list[dict[str, str]]]:
    """Create an Ed25519 key that signs webhook messages. The list has two while one replaces another, newest first."""
    return {"keys": [new_key()]}


def public_half(keys: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Return the public keys as RFC 8037 describes them: enough to check a token or a message."""
    return {"keys": [_public_key(key) for key in keys["keys"]]}


def new_key() -> dict[str, str]:
    """Create an Ed25519 key with an id."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"kid": secrets.token_hex(8), "private_key": pem.decode()}


def _public_key(key: dict[str, str]) -> dict[str, str]:
    private_key = serialization.load_pem_private_key(key["private_key"].encode(), password=None)
    public_bytes = private_key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = base64.urlsafe_b64encode(public_bytes).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": key["kid"], "use": "sig", "alg": "EdDSA"}


def read_private(parameters: Any, name: str) -> Any:
    """Return the keys in an encrypted parameter, or None if there is none."""
    text = _value(parameters, Name=name, WithDecryption=True)
    return None if text is None else json.loads(text)


def write_private(parameters: Any, name: str, keys: Any) -> None:
    """Write keys into an encrypted parameter."""
    parameters.put_parameter(Name=name, Value=json.dumps(keys), Type="SecureString", Overwrite=True)


def read_parameter(parameters: Any, name: str) -> str | None:
    """Return the value of a parameter that is not encrypted, or None if there is none."""
    return _value(parameters, Name=name)


def _value(parameters: Any, **request: Any) -> str | None:
    try:
        return str(parameters.get_parameter(**request)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
