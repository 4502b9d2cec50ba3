"""Sets up sealing beyond the template: the public key, the archive's lock, and a start by hand."""

import json
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization

from infra.deploy import change_set
from infra.deploy.bank_keys import read_parameter
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

ALGORITHM = "ECDSA_SHA_256"
SEALER_SECONDS_MAX = 900


def ensure_digests(cloud: Cloud, settings: Settings) -> None:
    """Publish the key that signs digests, beside those that signed earlier ones, and see that the archive is locked."""
    outputs = change_set.outputs(cloud, settings.stack_name)
    _publish(cloud, settings.stage, outputs["DigestKeyArn"])
    if cloud.endpoint_url is not None:
        _lock(cloud.client("s3"), outputs["DigestBucketName"])


def _publish(cloud: Cloud, stage: str, key_arn: str) -> None:
    parameters, name = cloud.client("ssm"), f"/florin/{stage}/digest-keys"
    published = json.loads(read_parameter(parameters, name) or '{"keys": []}')
    answer = cloud.client("kms").get_public_key(KeyId=key_arn)
    document = with_key(published, answer["KeyId"].rpartition("/")[2], answer["PublicKey"])
    if document != published:
        parameters.put_parameter(Name=name, Value=json.dumps(document), Type="String", Overwrite=True)


def with_key(published: dict[str, Any], key_id: str, public_key_der: bytes) -> dict[str, Any]:
    """Return the document of public keys with a key added, unless it is there."""
    if any(key["key_id"] == key_id for key in published["keys"]):
        return published
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    pem = serialization.load_der_public_key(public_key_der).public_bytes(encoding, form).decode()
    return {"keys": [*published["keys"], {"key_id": key_id, "algorithm": ALGORITHM, "public_key": pem}]}


def _lock(storage: Any, bucket: str) -> None:
    """Lock the archive for a short time on emulators, which ignore the template's lock."""
    try:
        storage.get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
            raise
        retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        storage.put_object_lock_configuration(
            Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
        )


def seal_now(cloud: Cloud, stack_name: str) -> list[int]:
    """Do what the schedule does every hour; the numbers of the digests made. Raises Trouble."""
    event = dict.fromkeys(("account", "detail-type", "id", "region", "source", "time"), "by hand")
    payload = json.dumps({**event, "version": "0", "detail": {}, "resources": []})
    # As long as the function may take, and never a second one beside it.
    functions = cloud.client("lambda", read_timeout_seconds=SEALER_SECONDS_MAX, attempts_max=1)
    answer = functions.invoke(FunctionName=f"{stack_name}-sealer", Payload=payload)
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise CommandError(
            "Nothing could be sealed.", f"{result.get('errorMessage')}\nSee the function's log: make logs"
        )
    digests: list[int] = result["digests"]
    return digests
