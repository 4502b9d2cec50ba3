"""The current risk thresholds, under one key that screening may read, and the history of all."""

from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import CompactJSONAttribute
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Action
from chalicelib.models.numbered_setting import NumberedSetting
from chalicelib.models.paging import Page, Paging

ALL_THRESHOLDS = "RISK_THRESHOLDS"
CURRENT = "CURRENT"
SET = "THRESHOLDS#"


class RiskThresholds(NumberedSetting, discriminator="risk_thresholds"):
    """The thresholds that were set at one time."""

    thresholds = CompactJSONAttribute()

    @classmethod
    def current(cls) -> "RiskThresholds | None":
        """Read the current thresholds, or return None if none were ever set."""
        found = batch_get([(ALL_THRESHOLDS, CURRENT)])
        return next((item for item in found if isinstance(item, RiskThresholds)), None)

    @classmethod
    def history(cls, paging: Paging) -> Page["RiskThresholds"]:
        """Return a page of the thresholds as they were set, the latest first."""
        return cls.page_set(ALL_THRESHOLDS, SET, paging)


def replace_thresholds(
    before: RiskThresholds | None, thresholds: dict[str, Any], caller: Caller, at: str
) -> list[Action]:
    """Return the actions that replace the current thresholds, if they are as they were read, and add to the history."""
    return RiskThresholds.replace(before, (ALL_THRESHOLDS, CURRENT, SET), {"thresholds": thresholds}, caller, at)
