"""The largest message to the clearing fits a queue, which no emulator checks."""

from datetime import UTC, date, datetime
from uuid import uuid4

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.parts import NAME_MAX, REFERENCE_MAX, REMITTANCE_MAX, TOWN_MAX
from chalicelib.services.clearing.submission import BATCH_MAX

QUEUE_BYTES_MAX = 262_144
"""Of every queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html."""
LONGEST_IBAN = "LC07HEMM000100010012001200013015"


def largest_payment() -> CreditTransfer:
    """Return a payment whose texts are as long as they may be, in characters that XML escapes or SEPA spells out."""
    party = Party("&" * NAME_MAX, LONGEST_IBAN, "Ü" * TOWN_MAX, "LV", "FLRNLV22XXX")
    uetr = str(uuid4())
    texts = ("R" * REFERENCE_MAX, "&Ü" * (REMITTANCE_MAX // 2))
    amount = 10**17 - 1
    return CreditTransfer(
        uetr, uetr[:35], texts[0], amount, "EUR", party, party, date(2026, 11, 30), "standard", texts[1]
    )


def test_message_with_as_many_of_the_largest_payments_as_it_may_have_fits_a_queue() -> None:
    batch = pacs008.Batch("M" * 35, [largest_payment() for _ in range(BATCH_MAX)], sender_bic="FLRNLV22XXX")
    written = pacs008.build(batch, datetime.now(UTC)).encode()
    assert len(written) <= QUEUE_BYTES_MAX
