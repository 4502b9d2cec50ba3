"""The bucket of packaged artifacts: zips and templates under names made of their content.

Anybody can guess the bucket's name, and any account of AWS can take it before this one does. So each request names the
account that the bucket must belong to, and what is there already is compared before it is deployed.
"""

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.build import manifest
from infra.build.package import content_hash
from infra.deploy import generation, staged
from infra.errors import CommandError
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud

ZIPPED_PROPERTIES = ("CodeUri", "ContentUri")


@dataclass(frozen=True)
class UploadedTemplate:
    """A template in the bucket, and what it says."""

    url: str
    body: dict[str, Any]


@dataclass(frozen=True)
class _Bucket:
    """The bucket, and the account that it must belong to. An emulator stores no checksums."""

    s3: Any
    name: str
    account_id: str
    has_checksums: bool

    @property
    def place(self) -> dict[str, str]:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.account_id}

    def ensure(self) -> None:
        """Create a private bucket, encrypted at rest, if there is none. Raises CommandError for another account's."""
        try:
            self.s3.head_bucket(**self.place)
            return
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 403:
                raise CommandError(
                    f"The bucket {self.name} belongs to another account, or these credentials may not use it.",
                    "Nothing was uploaded. If it is another account's, tell AWS, and deploy to another account.",
                ) from error
            if status != 404:
                raise
        _create(self.s3, self.name)

    def put(self, key: str, body: bytes) -> None:
        """Store an object, unless it is there with the same content."""
        checksum = b64encode(hashlib.sha256(body).digest()).decode()
        try:
            found = self.s3.head_object(**self.place, Key=key, ChecksumMode="ENABLED")
        except ClientError:
            found = None
        if found is None or (self.has_checksums and found.get("ChecksumSHA256") != checksum):
            self.s3.put_object(**self.place, Key=key, Body=body, ChecksumSHA256=checksum)


def upload(cloud: Cloud, settings: Settings, stack: dict[str, Any] | None) -> UploadedTemplate:
    """Upload the packaged zips and the template that points at them. `stack` is the one that is deployed, if any."""
    account_id = cloud.account_id()
    name = f"florin-{settings.stage}-artifacts-{account_id}"
    bucket = _Bucket(cloud.client("s3"), name, account_id, has_checksums=settings.target == "aws")
    bucket.ensure()
    template = json.loads((settings.package_dir / "sam.json").read_text())
    if settings.target == "aws":
        manifest.require_unchanged(settings.package_dir)
    keys: dict[str, str] = {}
    for properties in _properties_of(template):
        for name in ZIPPED_PROPERTIES:
            if name in properties:
                archive = properties[name]
                keys[archive] = keys.get(archive) or _upload_archive(bucket, settings, archive)
                properties[name] = f"s3://{bucket.name}/{keys[archive]}"
    if settings.target == "aws":
        is_all_at_once = settings.is_all_at_once or _must_go_at_once(stack, template)
        template = staged.stage(template, past_alarms=settings.force, is_all_at_once=is_all_at_once)
    text = json.dumps(template, sort_keys=True, separators=(",", ":")).encode()
    key = f"templates/{hashlib.sha256(text).hexdigest()[:32]}.json"
    bucket.put(key, text)
    # The path form of the URL, which CloudFormation takes at all three homes.
    return UploadedTemplate(f"{bucket.s3.meta.endpoint_url}/{bucket.name}/{key}", template)


def _must_go_at_once(stack: dict[str, Any] | None, template: dict[str, Any]) -> bool:
    """Return whether the new functions cannot work beside the deployed ones, and say so."""
    is_other = generation.is_other(stack, template)
    if is_other:
        say("    These functions cannot work beside the deployed ones: the workflow between them is another.")
        say("    There is no canary: when the probe has passed, they get all requests at once. Choose a quiet hour.")
    return is_other


def _properties_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in template["Resources"].values() if "Properties" in resource]


def _upload_archive(bucket: _Bucket, settings: Settings, archive: str) -> str:
    path = settings.package_dir / archive
    key = f"packages/{content_hash(path)}.zip"
    bucket.put(key, path.read_bytes())
    return key


def _create(s3: Any, bucket: str) -> None:
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
