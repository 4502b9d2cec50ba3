"""The bank's keys: created at the first deployment of a stage, and never replaced by a later one.

One secret has the keys of access tokens and of look-ups, another one those of webhooks: the function that sends
webhooks must not be able to sign a token.
"""

import base64
import json
import secrets
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.targets import Cloud

LOOKUP_KEY_BYTES = 32
BANK, WEBHOOKS = "Florin's signing key and look-up key.", "Florin's keys that sign webhook messages."


def ensure_keys(cloud: Cloud, stage: str) -> bool:
    """Make each secret that is absent, and publish its public half; False if all were there."""
    made = [
        _ensure(cloud, f"florin-{stage}-keys", BANK, new_keys, f"/florin/{stage}/jwks", public_jwks),
        _ensure(
            cloud,
            f"florin-{stage}-webhook-key",
            WEBHOOKS,
            new_webhook_keys,
            f"/florin/{stage}/webhook-keys",
            public_webhook_keys,
        ),
    ]
    return any(made)


def _ensure(
    cloud: Cloud,
    secret_name: str,
    description: str,
    make: Callable[[], Any],
    parameter_name: str,
    public_half: Callable[[Any], Any],
) -> bool:
    manager, parameters = cloud.client("secretsmanager"), cloud.client("ssm")
    keys = read_secret(manager, secret_name)
    made = keys is None
    if keys is None:
        keys = make()
        manager.create_secret(Name=secret_name, Description=description, SecretString=json.dumps(keys))
    return publish(parameters, parameter_name, public_half(keys)) or made


def publish(parameters: Any, name: str, document: Any) -> bool:
    """Write a document of public keys, unless it is there; return whether it was written.

    Public keys are no secret: functions read the parameter that may not read the secret.
    """
    text = json.dumps(document, sort_keys=True)
    if read_parameter(parameters, name) == text:
        return False
    parameters.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
    return True


def new_keys() -> dict[str, str]:
    """Create an Ed25519 key that signs access tokens, and a key for finding e-mail addresses without storing them."""
    return {**new_key(), "lookup_key": base64.b64encode(secrets.token_bytes(LOOKUP_KEY_BYTES)).decode()}


def new_webhook_keys() -> dict[str, list[dict[str, str]]]:
    """Create an Ed25519 key that signs webhook messages. The list has two while one replaces another, newest first."""
    return {"keys": [new_key()]}


def public_jwks(keys: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Return the public key as RFC 8037 describes it: enough to check a token."""
    return {"keys": [_public_key(keys)]}


def public_webhook_keys(keys: dict[str, list[dict[str, str]]]) -> dict[str, list[dict[str, str]]]:
    """Return the public keys of webhook messages."""
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


def read_secret(manager: Any, name: str) -> Any:
    """Return the keys in a secret, or None if there is no such secret."""
    try:
        return json.loads(manager.get_secret_value(SecretId=name)["SecretString"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def read_parameter(parameters: Any, name: str) -> str | None:
    """Return the value of a parameter, or None if there is none."""
    try:
        return str(parameters.get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
