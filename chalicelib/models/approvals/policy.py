"""The approval policies that were set: the current one of each action, and the history of all."""

from collections.abc import Iterator
from typing import Any

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute
from chalicelib.models.item import Action
from chalicelib.models.numbered_setting import NumberedSetting
from chalicelib.models.paging import Page, Paging, walk_pages

ALL_POLICIES = "APPROVAL_POLICIES"
CURRENT = "CURRENT#"
SET = "SET#"


class ApprovalPolicy(NumberedSetting, discriminator="approval_policy"):
    """A policy of an action as it was set; each action counts its own."""

    action = ChoiceAttribute[ActionName]()
    policy = CompactJSONAttribute()

    @classmethod
    def current(cls, action: ActionName) -> "ApprovalPolicy | None":
        """Read the current policy of an action, or return None if none was ever set."""
        return cls.find(ALL_POLICIES, f"{CURRENT}{action}")

    @classmethod
    def all_current(cls) -> "list[ApprovalPolicy]":
        """Read the current policies of all actions for which one was set, with one query."""
        pages = walk_pages(cls, ALL_POLICIES, within=cls.sk.startswith(CURRENT))
        return [cls.from_raw_data(item) for page in pages for item in page]

    @classmethod
    def walk_history(cls) -> "Iterator[ApprovalPolicy]":
        """Yield every policy that was set, of each action the oldest first."""
        for page in walk_pages(cls, ALL_POLICIES, within=cls.sk.startswith(SET)):
            yield from map(cls.from_raw_data, page)

    @classmethod
    def history(cls, action: ActionName, paging: Paging) -> "Page[ApprovalPolicy]":
        """Return a page of the policies of an action as they were set, the latest first."""
        return cls.page_set(ALL_POLICIES, f"{SET}{action}#", paging)


def replace_policy(
    before: ApprovalPolicy | None, action: ActionName, policy: dict[str, Any], caller: Caller, at: str
) -> list[Action]:
    """Return the actions that replace the current policy, if it is as it was read, and add to the history."""
    keys = ALL_POLICIES, f"{CURRENT}{action}", f"{SET}{action}#"
    return ApprovalPolicy.replace(before, keys, {"action": action, "policy": policy}, caller, at)
