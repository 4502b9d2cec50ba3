"""The audit trail of a running bank, beside what it is a trail of."""

from typing import Any

from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.domain.verification.checks import AuditChain
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.events.stream_record import image_of
from chalicelib.models.item import RawItem
from tests.stack import Stack

Key = tuple[str, str]


def whole(stack: Stack, table: str) -> list[RawItem]:
    pages = (
        stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.table_name(table), ConsistentRead=True)
    )
    return [item for page in pages for item in page["Items"]]


def existing(stack: Stack) -> dict[Key, Any]:
    """Every item that the bank wrote and the audit keeps; tests of permissions leave bare keys behind."""
    images = [image_of(item) for item in whole(stack, "bank") if "version" in item]
    return {(image["pk"], image["sk"]): image for image in images if image["type"] not in SKIPPED}


def chains(stack: Stack) -> dict[Key, AuditChain]:
    """Every chain of the audit, each link of which holds."""
    records = [AuditRecord.from_raw_data(item).record() for item in whole(stack, "audit") if "hash" in item]
    found: dict[Key, AuditChain] = {}
    for record in sorted(records, key=lambda record: record.key):
        key = record.item_key
        found.setdefault(key, AuditChain(" ".join(key))).follow(record)
    return found


def is_complete(stack: Stack) -> bool:
    versions = {key: chain.version for key, chain in chains(stack).items()}
    return versions == {key: image["version"] for key, image in existing(stack).items()}
