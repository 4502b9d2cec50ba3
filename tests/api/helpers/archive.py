"""The archive of digests, the key that signs them, and what tests of both say in nearly the same words."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3

from chalicelib import aws
from chalicelib.services.crypto import digest_signing
from chalicelib.services.verification import seal_digest, verify
from chalicelib.services.verification.verify import Verdict
from infra.deploy.digest_setup import with_key
from tests.api.helpers.bank import STAGE, Api, Json, User, counted_calls

EARLY = "2000-01-01T00:00:00.000000Z"
"""A cut before everything, for these tests have no stream, and so no audit of what changes."""
numbers = count()


class Archive:
    """A bucket under Object Lock."""

    def __init__(self, bucket: str):
        self.bucket = bucket
        self._client: Any = boto3.client("s3")

    def names(self, prefix: str = "") -> list[str]:
        answer = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in answer.get("Contents", [])]

    def text(self, name: str) -> str:
        body: bytes = self._client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        return body.decode()

    def put_over(self, name: str, text: str) -> None:
        """What the archive's lock does not hinder: another version on top of the one that it keeps."""
        self._client.put_object(Bucket=self.bucket, Key=name, Body=text.encode())

    def hide(self, name: str) -> None:
        """Nor this: a mark that says that it is deleted."""
        self._client.delete_object(Bucket=self.bucket, Key=name)


def new_archive() -> Archive:
    bucket = f"florin-{STAGE}-digests-{next(numbers)}"
    boto3.client("s3").create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    return Archive(bucket)


def digest_key() -> str:
    """A new key in KMS, published as the deploy tool does it."""
    keys = boto3.client("kms")
    key_id: str = keys.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    document = with_key({"keys": []}, key_id, keys.get_public_key(KeyId=key_id)["PublicKey"])
    boto3.client("ssm").put_parameter(Name=f"/florin/{STAGE}/digest-keys", Value=json.dumps(document), Type="String")
    return key_id


def pem() -> str:
    """The public key, as published."""
    return digest_signing.published()[0]["public_key"]


def seal() -> list[int]:
    """Seal what there is; the numbers of the digests."""
    return [signed.digest.number for signed in seal_digest.seal()]


def proof(client: Api, user: User, account: Json, seq: int) -> Json:
    found: Json = client.get(f"/v1/accounts/{account['id']}/proof?seq={seq}", token=user.token).ok()
    return found


def verdict(*, with_archive: bool = True) -> Verdict:
    """On the whole bank, but for the audit."""
    return verify.verify_bank(lambda _: None, cut=EARLY, with_archive=with_archive)


def broken(*, with_archive: bool = True) -> str:
    """Where the bank is broken, which it must be."""
    found = verdict(with_archive=with_archive).broken
    assert found
    return found.where


@contextmanager
def counted_services() -> Iterator[Counter[str]]:
    """Calls to DynamoDB, S3 and KMS by operation, while the block runs."""
    with counted_calls() as calls:
        events = [one.meta.events for one in (aws.client("s3", read_timeout_seconds=10), aws.client("kms"))]

        def add(model: Any, **_: object) -> None:
            calls[model.name] += 1

        for one in events:
            one.register("before-call", add)
        try:
            yield calls
        finally:
            for one in events:
                one.unregister("before-call", add)
