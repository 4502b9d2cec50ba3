"""What became of the payments of a file: the state of each, the code of what refused it, its status in a pain.002."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chalicelib.domain.clearing import reasons
from chalicelib.domain.clearing.pain002 import FilePaymentStatus

FileState = Literal["received", "processing", "scheduled", "completed", "rejected"]
"""`scheduled`: what is left waits for its day. `rejected`: refused whole, nothing of it is paid."""

FilePaymentState = Literal[
    "planned", "refused", "waiting", "queued", "submitted", "settled", "recall_requested", "rejected", "returned"
]
"""`planned`: not worked on yet. `refused`: by this bank. The others are as of any payment; one within the bank is
settled at once."""

STATUSES: Mapping[FilePaymentState, FilePaymentStatus] = {
    "planned": "PDNG",
    "refused": "RJCT",
    "waiting": "PDNG",
    "queued": "ACSP",
    "submitted": "ACSP",
    "settled": "ACSC",
    "recall_requested": "ACSC",
    "rejected": "RJCT",
    "returned": "RJCT",
}

CODES: Mapping[str, str] = {
    "insufficient_funds": "AM04",
    "limit_exceeded": "AM14",
    "currency_mismatch": "AM03",
    "account_frozen": "AC06",
    "account_closed": "AC04",
    "not_found": "AC01",
    "same_account": "AC03",
    "validation_failed": "FF01",
    "forbidden": "AG01",
    "conflict_of_interest": "AG01",
    "action_blocked": "AG01",
    "no_approver": "AG01",
    "clearing_unavailable": "CNOR",
}
"""Codes of ISO 20022 by the code of a refusal of this bank; of any other it gives no reason."""


@dataclass(frozen=True)
class FileOutcome:
    """The state of a payment. `code` is of ISO 20022's external status reasons, `path` the XPath of what is wrong."""

    state: FilePaymentState
    code: str | None = None
    detail: str | None = None
    path: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None

    @property
    def status(self) -> FilePaymentStatus:
        return STATUSES[self.state]


def code_of(refusal: str) -> str:
    """Return the code of ISO 20022 for the code of a refusal."""
    return CODES.get(refusal, reasons.NOT_SPECIFIED)
