"""The bucket of packaged artifacts: zips and templates under names made of their content."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.build import manifest
from infra.build.package import content_hash
from infra.deploy import generation, staged
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud

ZIPPED_PROPERTIES = ("CodeUri", "ContentUri")


@dataclass(frozen=True)
class UploadedTemplate:
    """A template in the bucket, and what it says."""

    url: str
    body: dict[str, Any]


def upload(cloud: Cloud, settings: Settings, stack: dict[str, Any] | None) -> UploadedTemplate:
    """Upload the packaged zips and the template that points at them. `stack` is the one that is deployed, if any."""
    s3 = cloud.client("s3")
    bucket = f"florin-{settings.stage}-artifacts-{cloud.account_id()}"
    _ensure_bucket(s3, bucket)
    template = json.loads((settings.package_dir / "sam.json").read_text())
    if settings.target == "aws":
        manifest.require_unchanged(settings.package_dir)
    keys: dict[str, str] = {}
    for properties in _properties_of(template):
        for name in ZIPPED_PROPERTIES:
            if name in properties:
                archive = properties[name]
                keys[archive] = keys.get(archive) or _upload_archive(s3, bucket, settings, archive)
                properties[name] = f"s3://{bucket}/{keys[archive]}"
    if settings.target == "aws":
        is_all_at_once = settings.is_all_at_once or _must_go_at_once(stack, template)
        template = staged.stage(template, past_alarms=settings.force, is_all_at_once=is_all_at_once)
    text = json.dumps(template, sort_keys=True, separators=(",", ":")).encode()
    key = f"templates/{hashlib.sha256(text).hexdigest()[:32]}.json"
    _put_if_absent(s3, bucket, key, text)
    # The path form of the URL, which CloudFormation takes at all three homes.
    return UploadedTemplate(f"{s3.meta.endpoint_url}/{bucket}/{key}", template)


def _must_go_at_once(stack: dict[str, Any] | None, template: dict[str, Any]) -> bool:
    """Return whether the new functions cannot work beside the deployed ones, and say so."""
    is_other = generation.is_other(stack, template)
    if is_other:
        say("    These functions cannot work beside the deployed ones: the workflow between them is another.")
        say("    There is no canary: when the probe has passed, they get all requests at once. Choose a quiet hour.")
    return is_other


def _properties_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in template["Resources"].values() if "Properties" in resource]


def _upload_archive(s3: Any, bucket: str, settings: Settings, archive: str) -> str:
    path = settings.package_dir / archive
    key = f"packages/{content_hash(path)}.zip"
    _put_if_absent(s3, bucket, key, path.read_bytes())
    return key


def _put_if_absent(s3: Any, bucket: str, key: str, body: bytes) -> None:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def _ensure_bucket(s3: Any, bucket: str) -> None:
    """Create a private bucket, encrypted at rest, if there is none."""
    try:
        s3.head_bucket(Bucket=bucket)
        return
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    region = s3.meta.region_name
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **location)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
