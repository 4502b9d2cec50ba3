"""Names the actions of a bank that one person may do alone."""

import json

from chalicelib.domain.approvals.action import ACTION_NAMES
from chalicelib.domain.approvals.policy import Policy, standard
from chalicelib.models.approvals.policy import ALL_POLICIES, CURRENT
from infra.settings import Settings
from infra.targets import Cloud


def free_actions(cloud: Cloud, settings: Settings) -> list[str]:
    """Return the actions whose policy is off, in the order of their table.

    Reads the policies that were set from the table, and the standard of the stage from a deployed function.
    """
    is_on = cloud.environment(settings.stage).get("APPROVALS") == "on"
    answer = cloud.client("dynamodb").query(
        TableName=f"florin-{settings.stage}-bank",
        KeyConditionExpression="pk = :pk AND begins_with(sk, :current)",
        ExpressionAttributeValues={":pk": {"S": ALL_POLICIES}, ":current": {"S": CURRENT}},
        ConsistentRead=True,
    )
    stored = {item["action"]["S"]: json.loads(item["policy"]["S"]) for item in answer["Items"]}
    policies = [
        Policy.from_json(name, stored[name]) if name in stored else standard(name, is_on=is_on) for name in ACTION_NAMES
    ]
    return [policy.action for policy in policies if policy.control == "off"]
