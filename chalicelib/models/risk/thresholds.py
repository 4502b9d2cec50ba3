"""The current risk thresholds, under one key that screening may read, and the history of all."""

from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_page

ALL_THRESHOLDS = "RISK_THRESHOLDS"
CURRENT = "CURRENT"
SET = "THRESHOLDS#"


class RiskThresholds(BankItem, discriminator="risk_thresholds"):
    """`updated_at` and `updated_by` say when they were set, and who set them. The number counts from 1."""

    number = IntegerAttribute()
    thresholds = CompactJSONAttribute()

    @classmethod
    def current(cls) -> "RiskThresholds | None":
        """Read the current thresholds, or return None if none were ever set."""
        found = batch_get([(ALL_THRESHOLDS, CURRENT)])
        return next((item for item in found if isinstance(item, RiskThresholds)), None)

    @classmethod
    def history(cls, paging: Paging) -> Page["RiskThresholds"]:
        """Return a page of the thresholds as they were set, the latest first."""
        return query_page(
            cls,
            ALL_THRESHOLDS,
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(SET),
            consistent=True,
        )


def take_over(
    before: RiskThresholds | None, number: int, thresholds: dict[str, Any], caller: Caller, at: str
) -> list[Action]:
    """Return the actions that replace the current thresholds, if they are as they were read, and add to the history."""

    def made(sk: str) -> RiskThresholds:
        return RiskThresholds(ALL_THRESHOLDS, sk, number=number, thresholds=thresholds).stamp(caller, at)

    changes = [RiskThresholds.number.set(number), RiskThresholds.thresholds.set(thresholds)]
    if before is None:
        holding = made(CURRENT).put_if_absent()
    else:
        holding = before.update_if(RiskThresholds.version == before.version, changes, caller, at)
    return [holding, made(f"{SET}{number:06d}").put_if_absent()]
