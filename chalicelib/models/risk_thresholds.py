"""What the rules of risk were set to: one item for each time, never changed."""

from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import BankItem

ALL_THRESHOLDS = "RISK_THRESHOLDS"


class RiskThresholds(BankItem, discriminator="risk_thresholds"):
    """`created_at` and `updated_by` say when they were set, and who set them; the highest number holds."""

    number = IntegerAttribute()
    thresholds = CompactJSONAttribute()

    @classmethod
    def of(cls, number: int, thresholds: dict[str, Any], caller: Caller, at: str) -> "RiskThresholds":
        made = cls(ALL_THRESHOLDS, f"THRESHOLDS#{number:06d}", number=number, thresholds=thresholds)
        return made.written(caller, at)

    @classmethod
    def latest(cls) -> "RiskThresholds | None":
        """Those that hold, in one consistent query; None before any were set."""
        answer = cls.query_once(ALL_THRESHOLDS, consistent_read=True, limit=1, scan_index_forward=False)
        return next((cls.from_raw_data(item) for item in answer["Items"]), None)
