"""Removes a bank from an emulator that runs on: the stack, and what the deployment made beside it."""

from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy import change_set, current, identity
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

PARAMETERS = ("jwks", "digest-keys", "webhook-keys", "private/keys", "private/webhook-keys", "private/edge")
"""Public halves first: a deployment takes one without its private keys for a loss."""


def remove(cloud: Cloud, settings: Settings) -> bool:
    """Remove a stage with everything in it; False if there was none. Raises CommandError on AWS."""
    if cloud.endpoint_url is None:
        raise CommandError("A bank on AWS is not removed by this command.", "Delete its stack in CloudFormation.")
    storage = cloud.client("s3")
    prefix = f"florin-{settings.stage}-"
    for bucket in [one["Name"] for one in storage.list_buckets()["Buckets"] if one["Name"].startswith(prefix)]:
        _empty(storage, bucket)
    is_there = change_set.stands(cloud, settings.stack_name)
    if is_there:
        change_set.delete(cloud.client("cloudformation"), settings.stack_name)
    _delete_the_rest(cloud, settings.stage, prefix)
    return is_there


def _empty(storage: Any, bucket: str) -> None:
    """Delete every version of every object, also of those under a lock, which an emulator's root may lift."""
    lifting = {"BypassGovernanceRetention": True} if _has_lock(storage, bucket) else {}
    for page in storage.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            storage.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"], **lifting)


def _has_lock(storage: Any, bucket: str) -> bool:
    try:
        storage.get_object_lock_configuration(Bucket=bucket)
    except ClientError:
        return False
    return True


def _delete_the_rest(cloud: Cloud, stage: str, prefix: str) -> None:
    """What no stack has: the keys, their public halves, and the bucket of packages."""
    storage, parameters = cloud.client("s3"), cloud.client("ssm")
    for bucket in [one["Name"] for one in storage.list_buckets()["Buckets"] if one["Name"].startswith(prefix)]:
        storage.delete_bucket(Bucket=bucket)
    # The identity last: a removal that was interrupted can be repeated by its checkout alone.
    published = [f"/florin/{stage}/{name}" for name in PARAMETERS]
    made = (*published, current.parameter_name(stage))
    for name in (*made, identity.parameter_name(stage)):
        with suppress(ClientError):
            parameters.delete_parameter(Name=name)
