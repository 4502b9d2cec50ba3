"""The shapes of the events of payments to other banks, and of files of payments.

A payment that comes from another bank is a transaction alone.
"""

from dataclasses import replace

from chalicelib.domain.events.fields import COUNT, DAY, ID, MOMENT, Field, Occurrence, amount, own_id, plain
from chalicelib.domain.events.shapes import Shape


def _without_rejections(told: Occurrence) -> list[str]:
    """Return who is told of a payment. Of a rejected one that is the owner alone, as of a failed transaction."""
    holders = [] if told.state["status"] == "rejected" else told.state.get("holder_ids") or []
    return [told.state["customer_id"], *holders]


_FIELDS = (
    Field("transaction_id", ID, lambda told: told.id, description="The transaction that pays"),
    plain("customer_id", ID, description="The owner of the paying account"),
    plain("account_id", ID, description="The paying account"),
    Field("state", {"type": "string"}, lambda told: told.state.get("status"), description="As in `payment`"),
    plain("rail", description="`instant` or `standard`"),
    amount("amount"),
    plain("currency"),
    plain("uetr", ID, description="The payment's id at all banks"),
    plain("end_to_end_id", ID),
    plain("reason_code", is_optional=True, description="Why it was rejected or returned, a code of ISO 20022"),
    plain("submit_by", MOMENT),
    plain("settlement_date", DAY),
    plain("return_id", ID, is_optional=True, description="The transaction that brought the money back"),
)

PAYMENT = Shape(
    "clearing_payment",
    "transactions/{0}/payment",
    _FIELDS,
    ("txn_3C4Q83PZB5B6SVXT405KB0RFF7",),
    {
        "customer_id": "cus_01KAK4XGPNB4ZSR7GAJ2HV8D1S",
        "account_id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
        "status": "submitted",
        "rail": "standard",
        "amount": 4000,
        "currency": "EUR",
        "uetr": "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90",
        "end_to_end_id": "3C4Q83PZB5B6SVXT405KB0RFF7",
        "submit_by": "2026-11-23T14:00:00.000000Z",
        "settlement_date": "2026-11-23",
    },
    _without_rejections,
)

RECALL = replace(
    PAYMENT,
    fields=(
        *_FIELDS,
        plain("recall_reason", description="Why the money was asked back, a code of ISO 20022"),
        plain("recall_refusal", is_optional=True, description="Why the other bank keeps it, a code of ISO 20022"),
    ),
    sample={**PAYMENT.sample, "recall_reason": "DUPL"},
)
"""A payment that was recalled."""
PAYMENT_FILE = Shape(
    "payment_file",
    "payment-files/{0}",
    (
        own_id("The file"),
        plain("customer_id", ID, description="The customer who handed it in"),
        plain("status", description="`completed`, or `rejected`: refused whole"),
        plain("payments", COUNT, description="How many the file has"),
        plain("accepted", COUNT, description="Made, or waiting for an approval"),
        plain("refused", COUNT),
        plain("code", is_optional=True, description="Why it was refused whole, a code of ISO 20022"),
    ),
    ("pfl_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",),
    {
        "customer_id": "cus_01KAK4XGPNB4ZSR7GAJ2HV8D1S",
        "status": "completed",
        "payments": 200,
        "accepted": 199,
        "refused": 1,
    },
    lambda told: [told.state["customer_id"]],
)
