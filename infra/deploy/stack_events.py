"""Reads the events of a stack: what a deployment has done to each resource."""

from typing import Any


def read_new(cloudformation: Any, stack_name: str, seen: set[str]) -> list[dict[str, Any]]:
    """Return events that were not printed yet, oldest first.

    The newest are listed first, so a page with a known event is the last one: a stack has those of all its deployments.
    """
    fresh: dict[str, dict[str, Any]] = {}
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_name):
        found = {event["EventId"]: event for event in page["StackEvents"]}
        fresh |= {event_id: event for event_id, event in found.items() if event_id not in seen}
        if not seen.isdisjoint(found):
            break
    seen.update(fresh)
    return list(fresh.values())[::-1]


def latest_ids(cloudformation: Any, stack_name: str) -> set[str]:
    """Return the ids of the latest events, one page of them."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_name)
    return {event["EventId"] for event in next(iter(pages))["StackEvents"]}
