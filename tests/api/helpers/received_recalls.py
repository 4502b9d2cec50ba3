"""Recalls by another bank of payments that came in."""

from datetime import date

from chalicelib.domain.clearing import camt056, pacs008
from chalicelib.domain.clearing.camt056 import Recall, RecallRequest
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party, Rail
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.models.clearing.received_recall import ReceivedRecall
from chalicelib.services.clearing import inbox
from tests.api.helpers.clearing import BANK, BIC, IBAN, Clearing

UETR = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"
DAY = date(2026, 11, 30)


def credit(clearing: Clearing, iban: str, uetr: str = UETR, amount: int = 2500, rail: Rail = "standard") -> None:
    """Let another bank pay an account (minor units)."""
    parties = Party("Acme GmbH", IBAN), Party("Ada", iban)
    one = CreditTransfer(uetr, "T-1", "E-1", amount, "EUR", *parties, DAY, rail, "Salary")
    inbox.receive(BANK, pacs008.build(Batch(f"IN-{uetr[-8:]}", (one,), sender_bic=BIC), clearing.now()))


def ask_back(
    clearing: Clearing,
    uetr: str = UETR,
    amount: int = 2500,
    code: str = "DUPL",
    name: str = "RCM-1",
    recall_id: str = "RCL-1",
) -> None:
    """Let the other bank recall it."""
    one = Recall(recall_id, OriginalPayment(uetr=uetr), amount, "EUR", DAY, Reason(code))
    inbox.receive(BANK, camt056.build(RecallRequest(name, (one,), BIC), clearing.now()))


def recalled_by_hand(transaction_id: str, customer_id: str, account_id: str) -> str:
    """Store an open recall of any transaction, and return its id."""
    made = ReceivedRecall.new(
        transaction_id,
        customer_id,
        "2026-11-30T09:00:00.000000Z",
        account_id=account_id,
        rail="standard",
        recall_id="RCL-1",
        original_id="IN-1",
        end_to_end_id="E-1",
        uetr=UETR,
        amount=100,
        currency="EUR",
        reason_code="DUPL",
        answer_by="2026-12-21",
    )
    return str(made.stamp(BANK, "2026-11-30T09:00:00.000000Z").put().id)
