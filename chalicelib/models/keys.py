"""Partition keys that several kinds of items share, and the ids in keys.

A key is `KIND#id`. What stands under one owner, such as an account with its holds, labels and PIN, shares the owner's
partition; a list of what an owner has stands in an index under the same text. Sort keys, and partitions that one kind
has to itself, are in the modules of their models.
"""

OPERATED_KEYS = {
    "token-key": "KEY_ROTATIONS#bank",
    "webhook-key": "KEY_ROTATIONS#webhooks",
    "metrics-token": "METRICS_TOKENS#bank",
}
"""The partitions of what operators do with the bank's own keys and tokens, by the names that the audit has for them."""
NAMED_PARTITIONS = OPERATED_KEYS | {
    "approval-policies": "APPROVAL_POLICIES",
    "authority": "AUTHORITY",
    "risk-thresholds": "RISK_THRESHOLDS",
    "webhook-endpoints": "WEBHOOKS#bank",
}
"""The partitions of what the bank has once, with what it sets under the last part of a path of the API."""


def account(account_id: str) -> str:
    """Return the partition of an account."""
    return f"ACCOUNT#{account_id}"


def customer(customer_id: str) -> str:
    """Return the partition of a customer."""
    return f"CUSTOMER#{customer_id}"


def is_of_customer(partition: str) -> bool:
    """Return whether a partition is a customer's."""
    return partition.startswith(customer(""))


def user(user_id: str) -> str:
    """Return the partition of a user."""
    return f"USER#{user_id}"


def email(email_hmac: str) -> str:
    """Return the partition of an e-mail address, which is known by its HMAC."""
    return f"EMAIL#{email_hmac}"


def id_in(key: str) -> str:
    """Return the id in a key of the form `KIND#id`."""
    return key.partition("#")[2]
