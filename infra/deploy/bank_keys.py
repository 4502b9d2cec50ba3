"""The bank's keys: created at the first deployment of a stage, and never replaced by a later one."""

import base64
import json
import secrets
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.targets import Cloud

LOOKUP_KEY_BYTES = 32


def ensure_keys(cloud: Cloud, stage: str) -> bool:
    """Make the secret if it is absent, and publish its public half; False if both were there."""
    secret_name, parameter_name = f"florin-{stage}-keys", f"/florin/{stage}/jwks"
    manager, parameters = cloud.client("secretsmanager"), cloud.client("ssm")
    keys = _read_secret(manager, secret_name)
    made = keys is None
    if keys is None:
        keys = new_keys()
        manager.create_secret(
            Name=secret_name, Description="Florin's signing key and look-up key.", SecretString=json.dumps(keys)
        )
    jwks = json.dumps(public_jwks(keys), sort_keys=True)
    if read_parameter(parameters, parameter_name) != jwks:
        # Public keys are no secret; the parameter is what the authorizer may read instead of the secret.
        parameters.put_parameter(Name=parameter_name, Value=jwks, Type="String", Overwrite=True)
        made = True
    return made


def new_keys() -> dict[str, str]:
    """Create an Ed25519 key that signs access tokens, and a key for finding e-mail addresses without storing them."""
    private_key = Ed25519PrivateKey.generate()
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "kid": secrets.token_hex(8),
        "private_key": pem.decode(),
        "lookup_key": base64.b64encode(secrets.token_bytes(LOOKUP_KEY_BYTES)).decode(),
    }


def public_jwks(keys: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Return the public key as RFC 8037 describes it: enough to check a token."""
    private_key = serialization.load_pem_private_key(keys["private_key"].encode(), password=None)
    public_bytes = private_key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = base64.urlsafe_b64encode(public_bytes).rstrip(b"=").decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": keys["kid"], "use": "sig", "alg": "EdDSA"}]}


def _read_secret(manager: Any, name: str) -> dict[str, str] | None:
    try:
        keys: dict[str, str] = json.loads(manager.get_secret_value(SecretId=name)["SecretString"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return keys


def read_parameter(parameters: Any, name: str) -> str | None:
    """Return the value of a parameter, or None if there is none."""
    try:
        return str(parameters.get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
