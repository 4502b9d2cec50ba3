"""Examples for the API's description: recorded requests and responses, and one value for each parameter.

`recorded_examples/` has for each capability what its operations were asked and answered, by operation and status. The
tests that record them compare them with the API.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]
RECORDED = Path(__file__).with_name("recorded_examples")
EXAMPLES = "#/components/examples/"
SHARED = frozenset({"get_approval_200"})
"""Responses that operations have in common without recording them."""

SAMPLES: Json = {
    "account_id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "account_number": "123456780168",
    "account_type": "savings",
    "action": "overdraft_limit",
    "address_id": "adr_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "alert_id": "alr_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "announcement_id": "ann_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "approval_id": "apr_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "as_of": "2026-11-21",
    "assigned_to": "usr_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "at": "2026-11-21T08:30:00.000000Z",
    "branch_id": "brn_00000000000000000000000000",
    "category": "housing",
    "currency": "USD",
    "cursor": "ZjFiMmMzZDRlNWY2YTdiOHsicGsiOiJBQ0NPVU5UI2FjYyJ9",
    "customer_id": "cus_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "date": "2026-11-21",
    "delivery_id": "dlv_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "email": "ada@example.com",
    "endpoint_id": "whe_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "factor_id": "fac_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "export_id": "exp_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "file_id": "pfl_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "from": "2026-11-01",
    "last_name": "Marlowe",
    "limit": 20,
    "month": "2026-10",
    "period": "2026-10",
    "phone": "+442079460123",
    "recall_id": "rcl_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "rule_id": "rul_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "upload_id": "upl_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "token": "TOKEN_OF_THE_LINK",
    "seq": 2,
    "session_id": "ses_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "tag": "shared",
    "ticket_id": "tkt_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "to": "2026-11-30",
    "transaction_id": "txn_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "user_id": "usr_01KAK4XJ7M4Q9V0C2T5R8W3Y01",
    "request_id": "7c1e5a0e-5d0f-4d0f-8f6b-2f0b7a9c1d01",
}
"""By the name of a parameter. Ids are those of the first of their kind in recorded examples."""


@cache
def recordings() -> dict[str, Json]:
    """Return by operation its `request`, its responses by status, and texts by media type."""
    files = sorted(RECORDED.glob("*.json"))
    return {name: examples for file in files for name, examples in json.loads(file.read_text()).items()}


@cache
def common_responses() -> Json:
    """Return the responses that several operations have in common, by name."""
    names: dict[str, list[str]] = {}
    for operation, examples in recordings().items():
        for status, answer in examples.items():
            if status.isdecimal():
                names.setdefault(json.dumps(answer), []).append(f"{operation}_{status}")
    return {found[0]: json.loads(text) for text, found in names.items() if len(found) > 1 or found[0] in SHARED}


def media_example(operation: str, part: str) -> Json:
    """Return the `example` of a media type for a part, or `examples` with a shared one.

    A part is `request`, a status, or a media type other than JSON.
    """
    value = recordings().get(operation, {}).get(part)
    if value is None:
        return {}
    name = next((name for name, one in common_responses().items() if part.isdecimal() and one == value), None)
    return {"examples": {name: {"$ref": EXAMPLES + name}}} if name else {"example": value}


def reference_example(operation: str, part: str) -> Json:
    """Return `examples` with a response of another operation, one of SHARED."""
    name = f"{operation}_{part}"
    return {"examples": {name: {"$ref": EXAMPLES + name}}} if name in common_responses() else {}
