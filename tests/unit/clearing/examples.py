"""A message of each kind that this bank writes and reads."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from chalicelib.domain.clearing import camt029, camt056, pacs002, pacs004, pacs008
from chalicelib.domain.clearing.camt029 import RecallAnswer, Resolution
from chalicelib.domain.clearing.camt056 import Recall, RecallRequest
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import GroupStatus, PaymentStatus, StatusReport
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from tests.unit.clearing.messages import NOW, RENT

OWN, OTHER = "FLRNLV22", "COBADEFFXXX"
DAY = date(2026, 12, 2)
ORIGINAL = OriginalPayment("MSG-1", pacs008.NAME, RENT.transaction_id, RENT.end_to_end_id, RENT.uetr)
CLOSED = Reason("AC04", "Account closed")
RETURN = PaymentReturn("RTR-1", ORIGINAL, 850_00, "EUR", DAY, Reason("MD07", "End customer deceased"))
RECALL = Recall("RCL-1", ORIGINAL, 850_00, "EUR", date(2026, 11, 30), Reason("DUPL"))
REFUSAL = RecallAnswer("ANS-1", "RCL-1", ORIGINAL, "refused", Reason("CUST", "The payee does not agree"))

STATUS_REPORT = StatusReport(
    "STS-1",
    (GroupStatus("MSG-1", pacs008.NAME, "PART"),),
    (
        PaymentStatus(ORIGINAL, "RJCT", CLOSED),
        PaymentStatus(replace(ORIGINAL, uetr=None), "ACSC", accepted_at=NOW),
        PaymentStatus(OriginalPayment(uetr=RENT.uetr), "PDNG"),
    ),
    OTHER,
)
RETURNS = ReturnBatch("RTB-1", (RETURN, replace(RETURN, return_id="RTR-2", amount=1)), OTHER)
RECALLS = RecallRequest("RCM-1", (RECALL,), OWN, OTHER)
RESOLUTION = Resolution("RSL-1", (REFUSAL,), OTHER, OWN)


@dataclass(frozen=True)
class Example:
    """A message as it is written, and what it is read as."""

    module: Any
    content: Any
    text: str


EXAMPLES = (
    Example(pacs002, STATUS_REPORT, pacs002.build(STATUS_REPORT, NOW)),
    Example(pacs004, RETURNS, pacs004.build(RETURNS, NOW)),
    Example(camt056, RECALLS, camt056.build(RECALLS, NOW)),
    Example(camt029, RESOLUTION, camt029.build(RESOLUTION, NOW)),
)
